// Tested by tests/unit/reports/spool_test.cc.
#include "auditor/reports/spool.h"

#include <array>

namespace guard {

namespace {
constexpr size_t kInMemory = size_t{256} << 10;
}

Spool::~Spool() {
  if (file_) std::fclose(file_);
}

void Spool::Settle() {
  if (tail_.size() < kInMemory) return;
  if (!file_) file_ = std::tmpfile();
  if (!file_) return;  // no place for temporary files: memory it is
  if (std::fwrite(tail_.data(), 1, tail_.size(), file_) != tail_.size()) failed_ = true;
  tail_.clear();
}

void Spool::Drain(std::ostream& out) {
  if (file_) {
    failed_ = std::fseek(file_, 0, SEEK_SET) != 0 || failed_;
    std::array<char, 1 << 16> buffer;
    while (size_t got = std::fread(buffer.data(), 1, buffer.size(), file_))
      out.write(buffer.data(), static_cast<std::streamsize>(got));
    failed_ = failed_ || std::ferror(file_) != 0;
    std::fclose(file_);
    file_ = nullptr;
  }
  out << tail_;
  tail_.clear();
  if (failed_) out.setstate(std::ios::failbit);
}

}  // namespace guard
