// Ignore rules against a naive twin: patterns, a NUL byte, a path. What CanSkip says must hold for what lies
// below.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "rootless-builder/dockerfile/ignore.h"
#include "rootless-builder/dockerfile/ignore_pattern.h"

namespace {

using guard::builder::IgnorePattern;
using guard::builder::IgnoreRules;

// Every pattern in turn, every parent in turn, by the automaton alone.
bool NaiveIgnored(const std::vector<std::string>& patterns, std::string_view path) {
  bool ignored = false;
  for (std::string_view pattern : patterns) {
    bool exception = pattern.starts_with('!');
    if (exception) pattern.remove_prefix(1);
    auto compiled = IgnorePattern::Compile(pattern);
    if (!compiled) abort();
    bool matches = compiled->Matches(guard::builder::ToPoints(path));
    if (matches) ignored = !exception;
  }
  return ignored;
}

bool IsClean(std::string_view text) {
  if (text.empty() || text.front() == '/' || text.back() == '/' || text.front() <= ' ' || text.back() <= ' ')
    return false;
  return text.find("//") == std::string_view::npos && text.find("./") == std::string_view::npos &&
         text.find("/.") == std::string_view::npos && text != "." && text != ".." &&
         static_cast<unsigned char>(text.back()) < 0x80 && static_cast<unsigned char>(text.front()) < 0x80;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size > 1024) return 0;
  std::string_view text(reinterpret_cast<const char*>(data), size);
  size_t nul = text.find('\0');
  std::string_view file = text.substr(0, nul),
                   path = nul == std::string_view::npos ? "a/b.c" : text.substr(nul + 1);
  auto rules = IgnoreRules::Parse(file, ".dockerignore");
  if (!rules || !IsClean(path)) return 0;
  bool ignored = rules->Ignored(path);
  if (size_t slash = path.rfind('/');
      slash != std::string_view::npos && rules->CanSkip(path.substr(0, slash)) && !ignored)
    abort();
  std::vector<std::string> patterns;
  for (size_t at = 0; at < file.size();) {
    size_t end = std::min(file.find('\n', at), file.size());
    std::string_view line = file.substr(at, end - at);
    at = end + 1;
    bool plain = line[0] != '#' && IsClean(line.starts_with('!') ? line.substr(1) : line);
    if (!line.empty() && !plain) return 0;
    if (!line.empty()) patterns.emplace_back(line);
  }
  auto again = IgnoreRules::FromPatterns(patterns);
  if (!again || again->Ignored(path) != ignored || NaiveIgnored(patterns, path) != ignored) abort();
  return 0;
}
