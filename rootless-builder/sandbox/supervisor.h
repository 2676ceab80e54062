// Virtual ownership while a step runs: calls that would set or read owners, devices and file capabilities are
// answered by a process outside, from what is remembered beside the files (remembered.h).
#pragma once

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/types.h>

#include <string>
#include <vector>

#include "rootless-builder/sandbox/remembered.h"
#include "rootless-builder/sandbox/system.h"
#include "rootless-builder/sandbox/tracee.h"
#include "rootless-builder/sandbox/virtual_credentials.h"

namespace guard::builder {

// In the command's process: puts the filter on it and sends the listener and its mount namespace over `link`.
Result<void> InstallSupervised(int link);

// Starts the process that answers; it ends with the step, or is killed. `first`: who the command is.
pid_t StartSupervisor(Fd listener, Fd mount_namespace, const std::string& state_directory,
                      const VirtualCredentials& first);

// The answer to a call.
struct Reply {
  enum class Kind : uint8_t { kContinue, kValue, kError, kSent } kind = Kind::kContinue;
  int64_t value = 0;  // or the errno
  static Reply Continue() { return {}; }
  static Reply Value(int64_t value) { return {Kind::kValue, value}; }
  static Reply Failed(int error) { return {Kind::kError, error}; }
  // Answered already, with a descriptor.
  static Reply Sent() { return {Kind::kSent, 0}; }
};

struct Call {
  const seccomp_notif& notif;
  const Tracee& tracee;
  const VirtualCredentials& who;
  const LinkTable& links;
  int listener;
  uint64_t arg(unsigned i) const { return notif.data.args[i]; }
  int fd(unsigned i) const { return static_cast<int>(arg(i)); }
};

// Calls about files; kContinue for all others.
Reply AnswerFileCall(const Call& call);
// Calls about extended attributes; kContinue for all others.
Reply AnswerXattrCall(const Call& call);
// Calls about the caller's own ids. `who` may change; false: it is no such call.
bool AnswerIdCall(const seccomp_notif& notif, const Tracee& tracee, VirtualCredentials& who, Reply& reply);

}  // namespace guard::builder
