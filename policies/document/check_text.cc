// What no reader should see is refused before it is read. (Apart from source.cc, which programs without
// simdjson link too.) Tested by tests/unit/document/source_test.cc.
#include <simdjson.h>

#include <cstring>

#include "policies/base/utf8.h"
#include "policies/document/source.h"

namespace guard {

namespace {

std::string HexByte(unsigned char byte) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  return {'0', 'x', kDigits[byte >> 4], kDigits[byte & 15]};
}

// Without the line: it may be what is wrong.
Error PlainError(const Source& source, size_t offset, std::string message, std::string hint = {}) {
  uint32_t at = static_cast<uint32_t>(offset);
  Error error = source.ErrorAt({at, at}, std::move(message), std::move(hint));
  error.line_text.clear();
  return error;
}

}  // namespace

Result<void> CheckText(const Source& source) {
  std::string_view text = source.text();
  if (text.size() > kLargestSource) {
    Error error;
    error.message = "the text is larger than " + std::to_string(kLargestSource >> 20) + " MiB";
    error.place.file = source.name();
    return Fail(std::move(error));
  }
  if (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF"))
    return Fail(PlainError(source, 0, "the text is UTF-16, not UTF-8", "save it as UTF-8"));
  if (!simdjson::validate_utf8(text.data(), text.size())) {
    size_t at = FindInvalidUtf8(text);
    return Fail(PlainError(
        source, at, "byte " + HexByte(static_cast<unsigned char>(text[at])) + " is not valid UTF-8 here",
        "save the file as UTF-8"));
  }
  if (const void* nul = text.empty() ? nullptr : std::memchr(text.data(), 0, text.size())) {
    size_t at = static_cast<size_t>(static_cast<const char*>(nul) - text.data());
    return Fail(PlainError(source, at, "a NUL byte is not text",
                           "a binary file, or UTF-16 without a byte order mark?"));
  }
  for (size_t begin = 0; text.size() - begin > kLongestLine;) {
    size_t end = text.find('\n', begin);
    if (std::min(end, text.size()) - begin > kLongestLine)
      return Fail(PlainError(source, begin,
                             "the line is longer than " + std::to_string(kLongestLine >> 20) + " MiB"));
    begin = end + 1;
  }
  return {};
}

}  // namespace guard
