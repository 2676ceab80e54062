// Modes as chmod(1) takes them, without a umask: where no class is named, all are meant. Tested by
// tests/unit/dockerfile/values_test.cc.
#include "rootless-builder/dockerfile/chmod.h"

#include <string>

namespace guard::builder {

namespace {

constexpr uint32_t kUser = 04700, kGroup = 02070, kOther = 01007, kAll = 07777;

std::unexpected<Error> BadMode(std::string_view text) {
  return Fail("\"" + std::string(text.substr(0, 80)) + "\" is no file mode",
              "write an octal mode such as 0755, or a symbolic one such as u=rwX,go=rX");
}

}  // namespace

Result<FileMode> FileMode::Parse(std::string_view text) {
  FileMode mode;
  if (!text.empty() && text.find_first_not_of("01234567") == std::string_view::npos) {
    mode.octal_ = true;
    for (char c : text) {
      mode.value_ = mode.value_ << 3 | static_cast<uint32_t>(c - '0');
      if (mode.value_ > kAll) return BadMode(text);
    }
    return mode;
  }
  size_t at = 0;
  auto sees = [&](std::string_view letters) {
    return at < text.size() && letters.find(text[at]) != std::string_view::npos;
  };
  for (;;) {
    uint32_t who = 0;
    while (sees("ugoa")) {
      char c = text[at++];
      who |= c == 'u' ? kUser : c == 'g' ? kGroup : c == 'o' ? kOther : kAll;
    }
    if (who == 0) who = kAll;
    if (!sees("+-=")) return BadMode(text);
    while (sees("+-=")) {
      Step step;
      step.operation = text[at++];
      step.who = who;
      if (sees("ugo")) {
        step.copy_from = text[at++];
      } else {
        while (sees("rwxXst")) {
          switch (text[at++]) {
            case 'r': step.bits |= 0444; break;
            case 'w': step.bits |= 0222; break;
            case 'x': step.bits |= 0111; break;
            case 'X': step.execute_if = true; break;
            case 's': step.bits |= 06000; break;
            default: step.bits |= 01000;
          }
        }
      }
      mode.steps_.push_back(step);
    }
    if (at == text.size()) return mode;
    if (text[at++] != ',') return BadMode(text);
  }
}

uint32_t FileMode::Apply(uint32_t mode, bool is_directory) const {
  if (octal_) return value_;
  for (const Step& step : steps_) {
    uint32_t bits = step.bits;
    if (step.execute_if && (is_directory || (mode & 0111) != 0)) bits |= 0111;
    if (step.copy_from != 0) {
      uint32_t shift = step.copy_from == 'u' ? 6 : step.copy_from == 'g' ? 3 : 0;
      bits = (mode >> shift & 7) * 0111;
    }
    bits &= step.who;
    switch (step.operation) {
      case '+': mode |= bits; break;
      case '-': mode &= ~bits; break;
      default: mode = (mode & ~step.who) | bits;
    }
  }
  return mode & kAll;
}

}  // namespace guard::builder
