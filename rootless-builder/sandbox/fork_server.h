// Where the processes of steps come from: a small process with one thread, forked off before the builder has
// any other thread.
//
// Forking a program with threads leaves a child that may not even allocate memory; and it would carry the
// builder's descriptors and secrets. This process has neither: it was forked when there were none, keeps its
// socket alone, and forks once more for each step.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "policies/base/error.h"
#include "rootless-builder/sandbox/system.h"

namespace guard::builder {

class ForkServer {
 public:
  // What a step's process does: `control` is its end of the step's own socket, `output` where the step
  // writes. The process ends when it returns.
  using Handler = std::function<void(const std::string& request, int control, int output)>;

  static Result<std::unique_ptr<ForkServer>> Start(const Handler& handler);
  ~ForkServer();

  // Thread-safe.
  Result<void> Send(const std::string& request, int control, int output);

 private:
  ForkServer(Fd socket, pid_t pid) : socket_(std::move(socket)), pid_(pid) {}
  Fd socket_;
  pid_t pid_;
};

// Descriptors over a Unix socket. Gives the number of bytes, 0 at the end, -1 with errno set.
ssize_t SendWithFds(int socket, std::string_view bytes, const int* fds, size_t fd_count);
ssize_t ReceiveWithFds(int socket, char* buffer, size_t size, Fd* fds, size_t fd_count);

}  // namespace guard::builder
