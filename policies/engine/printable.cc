// Tested by tests/unit/engine/evaluate_test.cc and vap_judge_test.cc.
#include "policies/engine/printable.h"

namespace guard {

std::string Printable(std::string_view text, size_t longest) {
  bool cut = text.size() > longest;
  if (cut) {
    text = text.substr(0, longest);
    while (!text.empty() && (static_cast<unsigned char>(text.back()) & 0xC0) == 0x80) text.remove_suffix(1);
    if (!text.empty() && static_cast<unsigned char>(text.back()) >= 0xC0) text.remove_suffix(1);
  }
  std::string printable;
  printable.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    unsigned char c = static_cast<unsigned char>(text[i]);
    bool second_set = c == 0xC2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xA0;
    if (c >= 0x20 && c != 0x7F && !second_set) {
      printable += text[i];
      continue;
    }
    if (second_set) c = static_cast<unsigned char>(text[++i]);
    constexpr char kHex[] = "0123456789abcdef";
    printable.append("\\x") += kHex[c >> 4];
    printable += kHex[c & 15];
  }
  return cut ? printable + "..." : printable;
}

}  // namespace guard
