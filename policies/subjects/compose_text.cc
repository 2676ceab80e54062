// Tested by compose_test.cc.
#include "policies/subjects/compose_text.h"

#include <cctype>

namespace guard {

namespace {

constexpr int kDeepest = 10;

bool IsNameChar(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; }

// The position of the brace that closes the one before `begin`; npos where none does.
size_t ClosingBrace(std::string_view text, size_t begin) {
  int open = 1;
  for (size_t i = begin; i < text.size(); ++i) {
    if (text[i] == '$' && i + 1 < text.size() && text[i + 1] == '{')
      ++open, ++i;
    else if (text[i] == '}' && --open == 0)
      return i;
  }
  return text.npos;
}

// What ${inner} comes to; nothing known: as written.
std::string Expand(std::string_view inner, std::string_view written, int depth) {
  size_t end = 0;
  while (end < inner.size() && IsNameChar(inner[end])) ++end;
  std::string_view rest = inner.substr(end);
  if (rest.starts_with(':')) rest.remove_prefix(1);
  if (end == 0 || !(rest.starts_with('-') || rest.starts_with('+'))) return std::string(written);
  return InterpolateCompose(rest.substr(1), depth + 1);
}

}  // namespace

std::string InterpolateCompose(std::string_view text, int depth) {
  std::string result;
  if (depth > kDeepest) return std::string(text);
  for (size_t i = 0; i < text.size(); ++i) {
    const char next = i + 1 < text.size() ? text[i + 1] : '\0';
    if (text[i] != '$' || (next != '$' && next != '{')) {
      result += text[i];
      continue;
    }
    const size_t close = next == '{' ? ClosingBrace(text, i + 2) : text.npos;
    if (next == '$') {
      result += '$', ++i;
    } else if (close == text.npos) {
      result += '$';
    } else {
      result += Expand(text.substr(i + 2, close - i - 2), text.substr(i, close - i + 1), depth);
      i = close;
    }
  }
  return result;
}

std::vector<std::string_view> SplitComposeVolume(std::string_view text) {
  std::vector<std::string_view> parts;
  size_t begin = 0;
  int open = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '{') ++open;
    if (text[i] == '}') --open;
    if (text[i] != ':' || open > 0) continue;
    const bool drive = i == begin + 1 && std::isalpha(static_cast<unsigned char>(text[begin])) &&
                       i + 1 < text.size() && (text[i + 1] == '\\' || text[i + 1] == '/');
    if (drive) continue;
    parts.push_back(text.substr(begin, i - begin));
    begin = i + 1;
  }
  parts.push_back(text.substr(begin));
  return parts;
}

}  // namespace guard
