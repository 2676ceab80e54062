// Platforms: reading and comparing them, as containerd normalises them.
//
// Tested by descriptor_test.cc.
#include <sys/utsname.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <vector>

#include "rootless-builder/image/descriptor.h"

namespace guard::builder {
namespace {

struct Alias {
  std::string_view written, architecture, variant;
};
// What uname and people call architectures, as GOARCH does.
constexpr Alias kArchitectures[] = {
    {"x86_64", "amd64", ""},   {"x86-64", "amd64", ""},
    {"aarch64", "arm64", ""},  {"armhf", "arm", "v7"},
    {"armel", "arm", "v6"},    {"armv7l", "arm", "v7"},
    {"armv6l", "arm", "v6"},   {"armv8l", "arm", "v7"},
    {"armv5tel", "arm", "v5"}, {"i386", "386", ""},
    {"i486", "386", ""},       {"i586", "386", ""},
    {"i686", "386", ""},       {"loongarch64", "loong64", ""},
    {"mips64", "mips64", ""},
};
constexpr std::array<std::string_view, 16> kKnownArchitectures = {
    "386",    "amd64", "arm",     "arm64",   "loong64", "mips", "mips64",  "mips64le",
    "mipsle", "ppc64", "ppc64le", "riscv64", "s390x",   "wasm", "sparc64", "unknown"};
constexpr std::array<std::string_view, 13> kKnownSystems = {
    "linux",   "windows", "darwin",  "freebsd", "netbsd", "openbsd", "dragonfly",
    "solaris", "illumos", "android", "plan9",   "wasip1", "unknown"};

std::string Lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

template <size_t N>
bool Contains(const std::array<std::string_view, N>& list, std::string_view word) {
  return std::ranges::find(list, word) != list.end();
}

// The one spelling of an architecture and variant.
void Normalise(std::string& architecture, std::string& variant) {
  architecture = Lower(architecture);
  variant = Lower(variant);
  for (const Alias& alias : kArchitectures) {
    if (architecture != alias.written) continue;
    architecture = alias.architecture;
    if (variant.empty()) variant = alias.variant;
    break;
  }
  if (architecture == "arm") {
    if (variant.empty()) variant = "v7";
    if (variant.size() == 1 && variant[0] >= '5' && variant[0] <= '8') variant = "v" + variant;
  } else if (architecture == "arm64") {
    if (variant == "8" || variant == "v8" || variant == "v8.0") variant.clear();
  } else if (architecture == "amd64" && variant == "v1") {
    variant.clear();
  }
}

}  // namespace

std::string Platform::ToString() const {
  std::string text = os + "/" + architecture;
  if (!variant.empty()) text += "/" + variant;
  return text;
}

Result<Platform> ParsePlatform(std::string_view text) {
  constexpr std::string_view kHint = "write os/architecture or os/architecture/variant, as in linux/arm64";
  std::vector<std::string> parts;
  for (size_t begin = 0;;) {
    const size_t slash = text.find('/', begin);
    parts.emplace_back(text.substr(begin, slash == text.npos ? slash : slash - begin));
    if (slash == text.npos) break;
    begin = slash + 1;
  }
  const std::string shown(text.substr(0, 100));
  const bool plain = std::ranges::all_of(parts, [](const std::string& part) {
    return !part.empty() && part.size() <= 64 && std::ranges::all_of(part, [](unsigned char c) {
      return std::isalnum(c) || c == '_' || c == '-' || c == '.';
    });
  });
  if (!plain || parts.size() > 3) return Fail("'" + shown + "' is no platform", std::string(kHint));

  Platform platform;
  if (parts.size() == 1) {
    // A system with this machine's architecture, or an architecture of this system.
    const Platform host = HostPlatform();
    platform.os = Lower(parts[0]);
    if (platform.os == "macos") platform.os = "darwin";
    if (Contains(kKnownSystems, platform.os)) {
      platform.architecture = host.architecture;
      platform.variant = host.variant;
      return platform;
    }
    platform.os = "linux";
    platform.architecture = parts[0];
  } else {
    platform.os = Lower(parts[0]);
    if (platform.os == "macos") platform.os = "darwin";
    platform.architecture = parts[1];
    if (parts.size() == 3) platform.variant = parts[2];
  }
  Normalise(platform.architecture, platform.variant);
  if (!Contains(kKnownSystems, platform.os)) {
    return Fail("'" + shown + "' names the unknown operating system '" + platform.os + "'",
                std::string(kHint));
  }
  if (!Contains(kKnownArchitectures, platform.architecture)) {
    const std::string_view nearest = Nearest(platform.architecture, kKnownArchitectures);
    return Fail("'" + shown + "' names the unknown architecture '" + platform.architecture + "'",
                nearest.empty() ? std::string(kHint) : "did you mean '" + std::string(nearest) + "'?");
  }
  return platform;
}

Platform HostPlatform() {
  Platform platform{.os = "linux"};
  utsname name{};
  if (uname(&name) == 0) platform.architecture = name.machine;
#if defined(__x86_64__)
  platform.architecture = "amd64";
#elif defined(__aarch64__)
  platform.architecture = "arm64";  // also where a 32-bit personality hides it
#endif
  Normalise(platform.architecture, platform.variant);
  return platform;
}

bool Matches(const Platform& have, const Platform& want) {
  Platform a = have, b = want;
  Normalise(a.architecture, a.variant);
  Normalise(b.architecture, b.variant);
  return Lower(a.os) == Lower(b.os) && a.architecture == b.architecture && a.variant == b.variant;
}

}  // namespace guard::builder
