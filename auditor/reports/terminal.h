// Text as a terminal shows it: what may be printed, how wide it is, where it breaks, which colour it has.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "policies/engine/guardrail.h"

namespace guard {

// Text from inputs made harmless: control characters (an escape sequence in a manifest must not reach the
// terminal) become U+FFFD, tabs one space, invalid UTF-8 U+FFFD.
std::string Printable(std::string_view text);

// Columns a terminal needs: 2 for East Asian wide characters and emoji, 0 for combining marks.
uint32_t DisplayWidth(std::string_view printable);

// Breaks at spaces so that lines, with `indent` spaces before every one but the first, stay within `width`.
std::string Wrap(std::string_view text, uint32_t indent, uint32_t width);

enum class Style : uint8_t { kPlain, kBold, kDim, kBlue, kGreen, kRed, kYellow, kMagenta, kCyan };

class Painter {
 public:
  explicit Painter(bool on) : on_(on) {}
  std::string operator()(Style style, std::string_view text) const;
  std::string Severe(Severity severity, std::string_view text) const;

 private:
  bool on_;
};

}  // namespace guard
