// A progress bar on standard error, for runs that take long enough to wonder.
#pragma once

#include <chrono>
#include <string>

#include "auditor/audit.h"

namespace guard {

class ProgressBar final : public AuditProgress {
 public:
  // Draws on a terminal of `width` columns, after the first half second.
  explicit ProgressBar(unsigned width);
  ~ProgressBar() override { Hide(); }

  void Audited(const Summary& so_far, double fraction, const std::string& file) override;
  void Hide() override;

 private:
  unsigned width_;
  bool shown_ = false;
  std::chrono::steady_clock::time_point next_;
};

// The line itself, without control sequences: "[=====>    ]  48 %  12,345 files, 17 findings
// deploy/…/web.yaml".
std::string ProgressLine(const Summary& so_far, double fraction, const std::string& file, unsigned width);

}  // namespace guard
