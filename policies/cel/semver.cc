// Tested by lib_k8s_semver_test.cc.
#include "policies/cel/semver.h"

#include <algorithm>
#include <charconv>

namespace guard::cel {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsIdentifier(char c) {
  return IsDigit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-';
}
bool IsNumber(std::string_view text) { return std::all_of(text.begin(), text.end(), IsDigit); }

std::unexpected<Error> NotOne(std::string_view text, const char* why) {
  constexpr size_t kLongest = 64;
  std::string shown(text.substr(0, kLongest));
  for (char& c : shown)
    if (static_cast<unsigned char>(c) < ' ') c = '?';
  return Fail("\"" + shown + (text.size() > kLongest ? "...\"" : "\"") +
              " is not a semantic version: " + why);
}

bool ReadNumber(std::string_view text, uint64_t* value) {
  if (text.empty() || !IsNumber(text) || (text.size() > 1 && text.front() == '0')) return false;
  return std::from_chars(text.data(), text.data() + text.size(), *value).ec == std::errc();
}

// The next identifier in front of a dot; false at the end.
bool Next(std::string_view* rest, bool* more, std::string_view* part) {
  if (!*more) return false;
  size_t dot = rest->find('.');
  *part = rest->substr(0, dot);
  *more = dot != std::string_view::npos;
  rest->remove_prefix(*more ? dot + 1 : rest->size());
  return true;
}

bool AreIdentifiers(std::string_view list, bool refuse_leading_zeros) {
  bool more = true;
  for (std::string_view part; Next(&list, &more, &part);) {
    if (part.empty() || !std::all_of(part.begin(), part.end(), IsIdentifier)) return false;
    uint64_t number;
    if (refuse_leading_zeros && IsNumber(part) && !ReadNumber(part, &number)) return false;
  }
  return true;
}

int Order(uint64_t a, uint64_t b) { return a < b ? -1 : a > b ? 1 : 0; }

// Numbers before words; numbers by value, words by bytes.
int CompareIdentifiers(std::string_view a, std::string_view b) {
  bool a_number = IsNumber(a), b_number = IsNumber(b);
  if (a_number != b_number) return a_number ? -1 : 1;
  if (a_number && a.size() != b.size()) return a.size() < b.size() ? -1 : 1;
  int order = a.compare(b);
  return order < 0 ? -1 : order > 0 ? 1 : 0;
}

}  // namespace

Result<Semver> ParseSemver(std::string_view text) {
  Semver version;
  size_t first = text.find('.'), second = first == std::string_view::npos ? first : text.find('.', first + 1);
  if (second == std::string_view::npos) return NotOne(text, "it is not major.minor.patch");
  std::string_view patch = text.substr(second + 1);
  if (size_t plus = patch.find('+'); plus != std::string_view::npos) {
    version.build = patch.substr(plus + 1);
    patch = patch.substr(0, plus);
    if (!AreIdentifiers(version.build, false)) return NotOne(text, "its build metadata is invalid");
  }
  if (size_t minus = patch.find('-'); minus != std::string_view::npos) {
    version.prerelease = patch.substr(minus + 1);
    patch = patch.substr(0, minus);
    if (!AreIdentifiers(version.prerelease, true)) return NotOne(text, "its pre-release is invalid");
  }
  if (!ReadNumber(text.substr(0, first), &version.major)) return NotOne(text, "its major version is invalid");
  if (!ReadNumber(text.substr(first + 1, second - first - 1), &version.minor))
    return NotOne(text, "its minor version is invalid");
  if (!ReadNumber(patch, &version.patch)) return NotOne(text, "its patch version is invalid");
  return version;
}

Result<std::string> NormalizeSemver(std::string_view text) {
  std::string_view rest = text;
  if (rest.starts_with('v')) rest.remove_prefix(1);
  std::string out;
  int parts = 0;
  for (bool more = true; more; ++parts) {
    size_t dot = parts < 2 ? rest.find('.') : std::string_view::npos;
    std::string_view part = rest.substr(0, dot);
    more = dot != std::string_view::npos;
    if (more) rest.remove_prefix(dot + 1);
    if (parts < 2 && !more && part.find_first_of("+-") != std::string_view::npos)
      return NotOne(text, "a short version has no pre-release or build metadata");
    if (part.size() > 1) {
      part.remove_prefix(std::min(part.find_first_not_of('0'), part.size()));
      if (part.empty() || !IsDigit(part.front())) out += '0';
    }
    (out += part) += more ? "." : "";
  }
  for (; parts < 3; ++parts) out += ".0";
  return out;
}

int Compare(const Semver& a, const Semver& b) {
  if (int order = Order(a.major, b.major); order != 0) return order;
  if (int order = Order(a.minor, b.minor); order != 0) return order;
  if (int order = Order(a.patch, b.patch); order != 0) return order;
  // A pre-release comes before its release.
  if (a.prerelease.empty() || b.prerelease.empty())
    return static_cast<int>(a.prerelease.empty()) - static_cast<int>(b.prerelease.empty());
  std::string_view a_rest = a.prerelease, b_rest = b.prerelease, a_part, b_part;
  bool a_more = true, b_more = true;
  for (;;) {
    bool a_has = Next(&a_rest, &a_more, &a_part), b_has = Next(&b_rest, &b_more, &b_part);
    if (!a_has || !b_has) return static_cast<int>(a_has) - static_cast<int>(b_has);
    if (int order = CompareIdentifiers(a_part, b_part); order != 0) return order;
  }
}

std::string ToString(const Semver& version) {
  std::string out = std::to_string(version.major) + "." + std::to_string(version.minor) + "." +
                    std::to_string(version.patch);
  if (!version.prerelease.empty()) (out += "-") += version.prerelease;
  if (!version.build.empty()) (out += "+") += version.build;
  return out;
}

}  // namespace guard::cel
