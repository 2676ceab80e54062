// Which system calls a step may not make.
#pragma once

#include <linux/filter.h>

#include <cstdint>
#include <string>
#include <vector>

#include "policies/base/error.h"

namespace guard::builder {

// One machine's rules. Numbers are the machine's own, so that its compatibility modes have tables of theirs.
struct SeccompTable {
  uint32_t audit_arch = 0;
  std::vector<uint32_t> refused;      // EPERM
  std::vector<uint32_t> unavailable;  // ENOSYS: programs then take an older way
  uint32_t clone = 0;                 // refused with flags for new namespaces
  uint32_t socket = 0;                // refused for families that reach beyond the network
  uint32_t personality = 0;           // only harmless ones
  uint32_t highest = 0;               // calls beyond it came after this program: ENOSYS
};

// The tables of this machine: its own and what it can run besides (i386 on x86-64, arm on arm64).
std::vector<SeccompTable> StepSeccompTables();
// The filter for them; other machines' calls and x32's get ENOSYS. Pure.
std::vector<sock_filter> CompileSeccomp(const std::vector<SeccompTable>& tables);

// Puts a filter on this thread and what it starts. Needs CAP_SYS_ADMIN in its user namespace, or
// no_new_privs. With `listener` not null, it gets the descriptor of the notifications.
Result<void> InstallSeccomp(const std::vector<sock_filter>& filter, int* listener = nullptr);

}  // namespace guard::builder
