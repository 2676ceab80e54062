// How numbers and strings are written in CEL (cel-spec, "Numeric Values" and "String and Bytes Values").
//
// Tested by tests/unit/cel/lexer_test.cc.
#include "policies/cel/literals.h"

#include <algorithm>
#include <charconv>
#include <string>

#include "policies/base/utf8.h"
#include "policies/cel/lexer.h"

namespace guard::cel {

namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

int HexDigit(char c) {
  if (IsDigit(c)) return c - '0';
  char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

// Whether a number that does not fit into a double is too large rather than too small: the decimal exponent
// of its first digit that counts.
bool IsLarge(std::string_view text) {
  int64_t exponent = 0;
  size_t mantissa_end = std::min(text.find_first_of("eE"), text.size());
  if (mantissa_end < text.size()) {
    bool negative = text[mantissa_end + 1] == '-';
    for (char c : text.substr(mantissa_end + 1))
      if (IsDigit(c)) exponent = std::min<int64_t>(exponent * 10 + (c - '0'), 1'000'000'000);
    if (negative) exponent = -exponent;
  }
  std::string_view mantissa = text.substr(0, mantissa_end);
  auto point = static_cast<int64_t>(std::min(mantissa.find('.'), mantissa.size()));
  auto first = static_cast<int64_t>(mantissa.find_first_of("123456789"));
  return point - first + exponent > 0;
}

// One escape sequence, the reader's position behind its backslash.
struct EscapeReader {
  const QuotedText& text;
  std::vector<Issue>& issues;
  size_t pos = 0;
  std::string out;

  void Fail(size_t begin, size_t end, std::string message, std::string hint) {
    if (issues.size() >= kMostIssues) return;
    auto at = [&](size_t offset) {
      return text.at + static_cast<uint32_t>(std::min(offset, text.body.size()));
    };
    issues.push_back({{at(begin), at(end)}, std::move(message), std::move(hint)});
  }

  std::string Quote(size_t begin, size_t end) const {
    return "'" + std::string(text.body.substr(begin, end - begin)) + "'";
  }

  // A string counts code points, bytes count bytes.
  void Put(uint32_t value) {
    if (text.bytes) {
      out += static_cast<char>(value);
    } else {
      char encoded[4];
      out.append(encoded, EncodeUtf8(value, encoded));
    }
  }

  void Hex(size_t begin, size_t digits) {
    uint32_t value = 0;
    size_t end = pos + digits;
    for (; pos < end; ++pos) {
      int digit = pos < text.body.size() ? HexDigit(text.body[pos]) : -1;
      if (digit < 0)
        return Fail(
            begin, pos,
            "escape " + Quote(begin, pos) + " needs " + std::to_string(digits) + " hexadecimal digits",
            "write a backslash itself as \\\\, or the whole string raw: r'...'");
      value = value << 4 | static_cast<uint32_t>(digit);
    }
    if (digits > 2 && text.bytes)
      return Fail(begin, pos, "escape " + Quote(begin, pos) + " is not allowed in bytes",
                  "write the bytes of the character with \\x, or the character itself");
    if (value >= 0xD800 && value <= 0xDFFF)
      return Fail(begin, pos, "escape " + Quote(begin, pos) + " is half of a surrogate pair, not a character",
                  "write the whole code point with \\U and eight digits");
    if (value > 0x10FFFF)
      return Fail(begin, pos, "escape " + Quote(begin, pos) + " is beyond the last code point, \\U0010FFFF",
                  "");
    Put(value);
  }

  void Octal(size_t begin) {
    uint32_t value = 0;
    for (size_t end = begin + 4; pos < end; ++pos) {
      bool octal = pos < text.body.size() && text.body[pos] >= '0' && text.body[pos] <= '7';
      if (!octal)
        return Fail(begin, pos, "escape " + Quote(begin, pos) + " needs three octal digits",
                    "write \\000 to \\377, or use \\x and two hexadecimal digits");
      value = value * 8 + static_cast<uint32_t>(text.body[pos] - '0');
    }
    if (value > 0377) return Fail(begin, pos, "escape " + Quote(begin, pos) + " is beyond \\377", "");
    Put(value);
  }

  void Read() {
    size_t begin = pos - 1;
    char c = pos < text.body.size() ? text.body[pos] : '\0';
    constexpr std::string_view kNames = "abfnrtv\\'\"`?", kMeanings = "\a\b\f\n\r\t\v\\'\"`?";
    if (size_t known = kNames.find(c); known != std::string_view::npos) {
      ++pos;
      out += kMeanings[known];
      return;
    }
    if (c >= '0' && c <= '7') return Octal(begin);
    if (c == 'x' || c == 'X') return ++pos, Hex(begin, 2);
    if (c == 'u') return ++pos, Hex(begin, 4);
    if (c == 'U') return ++pos, Hex(begin, 8);
    if (c == '\n' || c == '\r')
      return Fail(begin, pos, "a line break cannot be escaped",
                  "write \\\\ for a backslash at the end of a line");
    // The whole character is shown, however many bytes it has.
    std::string_view character = text.body.substr(pos, BytesOfCodePoints(text.body.substr(pos, 4), 1));
    pos += character.size();
    bool shown =
        static_cast<unsigned char>(c) >= 0x20 && FindInvalidUtf8(character) == std::string_view::npos;
    Fail(begin, pos, "unknown escape " + (shown ? Quote(begin, pos) : "of a character that is no text"),
         "write a backslash itself as \\\\, or the whole string raw: r'...'");
  }
};

}  // namespace

std::optional<uint64_t> ParseMagnitude(std::string_view digits) {
  int base = 10;
  if (digits.starts_with("0x")) digits.remove_prefix(2), base = 16;
  uint64_t value = 0;
  auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, base);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return value;
}

std::optional<double> ParseDouble(std::string_view text) {
  double value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc::result_out_of_range)
    return IsLarge(text) ? std::nullopt : std::optional<double>(0.0);
  return value;
}

std::string_view Unescape(const QuotedText& text, Arena& arena, std::vector<Issue>& issues) {
  EscapeReader reader{text, issues};
  std::string_view body = text.body;
  while (reader.pos < body.size()) {
    size_t stop = std::min(body.find_first_of(text.raw ? "\r" : "\\\r", reader.pos), body.size());
    reader.out += body.substr(reader.pos, stop - reader.pos);
    reader.pos = stop;
    if (stop == body.size()) break;
    ++reader.pos;
    if (body[stop] == '\\') {
      reader.Read();
    } else {
      reader.out += '\n';
      if (reader.pos < body.size() && body[reader.pos] == '\n') ++reader.pos;
    }
  }
  return arena.Copy(reader.out);
}

}  // namespace guard::cel
