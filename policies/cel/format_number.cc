// Doubles as the clauses of string.format write them. std::to_chars gives the digits; the layout is Go's, and
// for the localised style that of golang.org/x/text for English. Tested by tests/unit/cel/format_test.cc.
#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>

#include "policies/cel/format.h"

namespace guard::cel {
namespace {

std::string Digits(double number, std::chars_format format, int precision) {
  std::string out(static_cast<size_t>(precision) + 330,
                  '\0');  // 309 digits before the point, sign, point, exponent
  const char* end = std::to_chars(out.data(), out.data() + out.size(), number, format, precision).ptr;
  out.resize(static_cast<size_t>(end - out.data()));
  return out;
}

const char* NotFinite(double number, FormatStyle style) {
  if (std::isnan(number)) return "NaN";
  if (style == FormatStyle::kLocalised) return number < 0 ? "-∞" : "∞";
  return number < 0 ? "-Infinity" : "Infinity";
}

// x/text keeps the sign of what rounds to zero, not that of zero.
double WithoutNegativeZero(double number) { return number == 0 ? 0 : number; }

std::string PadLeft(const std::string& text, size_t size, int width) {
  size_t wanted = static_cast<size_t>(width);
  return size < wanted ? std::string(wanted - size, ' ') + text : text;
}

}  // namespace

std::string ShortestNumber(double number) {
  if (!std::isfinite(number)) return NotFinite(number, FormatStyle::kPlain);
  char buffer[64];
  const char* end = std::to_chars(buffer, buffer + sizeof buffer, number, std::chars_format::scientific).ptr;
  const char* exponent = std::find(static_cast<const char*>(buffer), end, 'e');
  std::string out, digits;
  for (const char* at = buffer; at < exponent; ++at) {
    if (*at != '.') (*at == '-' ? out : digits) += *at;
  }
  int point = std::atoi(std::string(exponent + 1, end).c_str()) + 1;  // digits before the point
  int count = static_cast<int>(digits.size());
  if (point <= 0) return out + "0." + std::string(static_cast<size_t>(-point), '0') + digits;
  if (point >= count) return out + digits + std::string(static_cast<size_t>(point - count), '0');
  return out + digits.insert(static_cast<size_t>(point), 1, '.');
}

std::string FixedNumber(double number, int precision, FormatStyle style) {
  if (!std::isfinite(number)) return NotFinite(number, style);
  if (style == FormatStyle::kPlain) return Digits(number, std::chars_format::fixed, precision);
  std::string out = Digits(WithoutNegativeZero(number), std::chars_format::fixed, precision);
  size_t first = out[0] == '-' ? 1 : 0;
  for (size_t at = std::min(out.find('.'), out.size()); at > first + 3;) out.insert(at -= 3, 1, ',');
  return out;
}

std::string ScientificNumber(double number, int precision, FormatStyle style) {
  if (style == FormatStyle::kPlain) {
    if (!std::isfinite(number)) return NotFinite(number, style);
    return Digits(number, std::chars_format::scientific, precision);
  }
  if (!std::isfinite(number)) {
    size_t size = std::isnan(number) ? 3 : number < 0 ? 2 : 1;
    return PadLeft(NotFinite(number, style), size, precision);
  }
  constexpr const char* kSuperscript[] = {"⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"};
  std::string text = Digits(WithoutNegativeZero(number), std::chars_format::scientific, 6);
  size_t e = text.find('e');
  std::string out = text.substr(0, e) + "×10";
  if (text[e + 1] == '-') out += "⁻";
  for (char digit : std::string_view(text).substr(e + 2)) out += kSuperscript[digit - '0'];
  // In place of "e+" come three signs, or four with a minus.
  return PadLeft(out, text.size() + (text[e + 1] == '-' ? 2 : 1), precision);
}

}  // namespace guard::cel
