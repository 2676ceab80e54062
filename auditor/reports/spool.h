// A Spool keeps text until it is wanted: in memory while it is small, in an unlinked temporary file beyond
// that. It is what lets a report with three arrays be written in one pass over the inputs.
#pragma once

#include <cstdint>
#include <cstdio>
#include <ostream>
#include <string>

namespace guard {

class Spool {
 public:
  Spool() = default;
  ~Spool();
  Spool(const Spool&) = delete;
  Spool& operator=(const Spool&) = delete;

  // The text not yet moved to disk; append to it, then call Settle.
  std::string& tail() { return tail_; }
  void Settle();
  bool empty() const { return tail_.empty() && file_ == nullptr; }
  // Writes everything and forgets it. Sets `out`'s failbit when the temporary file could not be read or
  // written.
  void Drain(std::ostream& out);

 private:
  std::string tail_;
  std::FILE* file_ = nullptr;
  bool failed_ = false;
};

}  // namespace guard
