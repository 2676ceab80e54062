// Tested by tests/unit/document/yaml_test.cc (SpansAreExact), tests/fuzz/yaml_fuzz.cc.
#include "policies/document/yaml_place.h"

namespace guard {

namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

bool IsBlank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

// The letters of libyaml's anchors: "&a:b" is the anchor a and what begins with a colon.
bool IsAnchorChar(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

// The size of the line break at a place, 0 where there is none. YAML 1.1 has three more than ASCII.
uint32_t BreakAt(std::string_view text, uint32_t at) {
  if (text[at] == '\n' || text[at] == '\r') return 1;
  if (text.substr(at, 2) == "\xC2\x85") return 2;
  std::string_view three = text.substr(at, 3);
  return three == "\xE2\x80\xA8" || three == "\xE2\x80\xA9" ? 3 : 0;
}

bool IsOneOf(char c, std::string_view set) { return set.find(c) != std::string_view::npos; }

}  // namespace

uint32_t SkipYamlBlank(std::string_view text, uint32_t at) {
  bool line_begin = at == 0 || text[at - 1] == '\n' || text[at - 1] == '\r';
  while (at < text.size()) {
    if (text[at] == '#') {
      while (at < text.size() && BreakAt(text, at) == 0) ++at;
    } else if (uint32_t size = BreakAt(text, at)) {
      at += size, line_begin = true;
    } else if (text[at] == ' ' || text[at] == '\t') {
      ++at, line_begin = false;
    } else if (line_begin && text.substr(at, 3) == kByteOrderMark) {
      at += 3;  // libyaml passes one at the begin of a line; anywhere else it is a letter
    } else {
      break;
    }
  }
  return at;
}

uint32_t SkipYamlProperties(std::string_view text, uint32_t at, bool* non_specific) {
  while (at < text.size() && (text[at] == '&' || text[at] == '!')) {
    uint32_t begin = at;
    if (text[at] == '&') {
      ++at;
      while (at < text.size() && IsAnchorChar(text[at])) ++at;
    } else if (text.substr(at, 2) == "!<") {
      while (at < text.size() && text[at] != '>') ++at;
      if (at < text.size()) ++at;
    } else {
      while (at < text.size() && BreakAt(text, at) == 0 && !IsOneOf(text[at], " \t,[]{}")) ++at;
      if (non_specific != nullptr && at == begin + 1) *non_specific = true;
    }
    at = SkipYamlBlank(text, at);
  }
  return at;
}

uint32_t EndOfBlockScalar(std::string_view text, uint32_t begin, uint32_t end) {
  uint32_t header = begin;
  while (header < end && IsOneOf(text[header], "|>+-0123456789")) ++header;
  size_t first_break = text.find('\n', begin);
  uint32_t last = end;
  while (last > begin && IsBlank(text[last - 1])) --last;
  if (first_break == std::string_view::npos || last <= first_break) return header;
  while (last < end && text[last] != '\n' && text[last] != '\r') ++last;
  return last;
}

}  // namespace guard
