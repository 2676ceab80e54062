// Virtual ownership while a step runs: calls that would set or read owners, devices and file capabilities are
// answered by the keeper, from what is remembered beside the files (ownership.h).
#pragma once

#include <memory>
#include <string>

#include "rootless-builder/sandbox/system.h"

namespace guard::builder {

// In the command's process: puts the filter on it and sends the listener over `link`.
Result<void> InstallSupervised(int link);

class Supervisor {
 public:
  static Result<std::unique_ptr<Supervisor>> Create(Fd listener, const std::string& store_directory);
  virtual ~Supervisor() = default;
  virtual int listener() const = 0;  // -1 when closed
  // Answers one call; the listener was readable.
  virtual void Serve() = 0;
  virtual void Close() = 0;
};

}  // namespace guard::builder
