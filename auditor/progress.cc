// Tested by tests/unit/auditor/progress_test.cc.
#include "auditor/progress.h"

#include <algorithm>
#include <cstdio>

#include "auditor/reports/terminal.h"

namespace guard {

using namespace std::chrono_literals;

ProgressBar::ProgressBar(unsigned width) : width_(width), next_(std::chrono::steady_clock::now() + 500ms) {}

void ProgressBar::Audited(const Summary& so_far, double fraction, const std::string& file) {
  auto now = std::chrono::steady_clock::now();
  if (now < next_) return;
  next_ = now + 100ms;
  std::string line = "\r" + ProgressLine(so_far, fraction, file, width_) + "\x1b[K";
  std::fwrite(line.data(), 1, line.size(), stderr);
  shown_ = true;
}

void ProgressBar::Hide() {
  if (!shown_) return;
  std::fputs("\r\x1b[K", stderr);
  shown_ = false;
}

std::string ProgressLine(const Summary& so_far, double fraction, const std::string& file, unsigned width) {
  constexpr int kBar = 20;
  int filled = std::clamp(static_cast<int>(fraction * kBar), 0, kBar);
  std::string line = "[" + std::string(static_cast<size_t>(filled), '=') + (filled < kBar ? ">" : "") +
                     std::string(static_cast<size_t>(std::max(0, kBar - filled - 1)), ' ') + "] ";
  std::string percent = std::to_string(static_cast<int>(fraction * 100));
  line += std::string(3 - std::min<size_t>(3, percent.size()), ' ') + percent + " %  ";
  uint64_t files = so_far.files_audited + so_far.files_skipped + so_far.files_failed;
  line += std::to_string(files) + (files == 1 ? " file, " : " files, ") + std::to_string(so_far.findings()) +
          (so_far.findings() == 1 ? " finding  " : " findings  ");
  std::string name = Printable(file);
  size_t room = width > line.size() + 1 ? width - line.size() - 1 : 0;
  if (DisplayWidth(name) > room) {
    if (room < 8) return line;
    size_t cut = name.size() - std::min(name.size(), room - 1);
    while (cut < name.size() && (static_cast<unsigned char>(name[cut]) & 0xC0) == 0x80) ++cut;
    name = "…" + name.substr(cut);
  }
  return line + name;
}

}  // namespace guard
