// The filter refuses what Docker's default profile refuses a container without CAP_SYS_ADMIN and that would
// matter inside our namespaces: making namespaces and mounts, keys, the kernel's own programs and modules,
// clocks, other processes' descriptors. It names what is refused, and a call that is newer than this program
// does not exist for the step. Written by hand: the kernel remembers per call number that a filter of this
// shape allows it, so allowed calls cost nothing.
//
// Tested by seccomp_profile_test.cc, which runs the filter over calls, and tests/e2e/sandbox_namespaces.sh.
#include "rootless-builder/sandbox/seccomp_profile.h"

#include <linux/audit.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>

#include "rootless-builder/sandbox/system.h"

#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (1UL << 5)
#endif

namespace guard::builder {
namespace {

constexpr const char* kRefused[] = {
    // mounts and namespaces
    "mount", "umount", "umount2", "pivot_root", "move_mount", "open_tree", "fsopen", "fsconfig", "fsmount",
    "fspick", "mount_setattr", "unshare", "setns",
    // the kernel itself
    "bpf", "perf_event_open", "kexec_load", "kexec_file_load", "init_module", "finit_module", "delete_module",
    "create_module", "query_module", "get_kernel_syms", "syslog", "reboot", "swapon", "swapoff", "acct",
    "quotactl", "quotactl_fd", "nfsservctl", "lookup_dcookie", "fanotify_init", "userfaultfd", "uselib",
    "_sysctl", "sysfs", "ustat", "vhangup", "vm86", "vm86old", "iopl", "ioperm",
    // clocks and names
    "settimeofday", "stime", "clock_settime", "clock_settime64", "sethostname", "setdomainname",
    // around permissions
    "open_by_handle_at", "keyctl", "add_key", "request_key", "kcmp", "pidfd_getfd", "process_madvise",
    "move_pages", "migrate_pages"};

constexpr const char* kUnavailable[] = {"clone3",  // its flags lie in memory, where no filter can look
                                        "io_uring_setup", "io_uring_enter", "io_uring_register"};

// file_setattr of Linux 6.17 is 469 on every machine since the numbers are shared; what is above is unknown.
constexpr uint32_t kHighest = 469;
// Of those, what came after libseccomp's tables and must not be allowed blindly: open_tree_attr.
constexpr uint32_t kOpenTreeAttr = 467;

constexpr uint32_t kNamespaceFlags =
    CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWCGROUP;

SeccompTable TableOf(uint32_t seccomp_arch, uint32_t audit_arch) {
  SeccompTable table;
  table.audit_arch = audit_arch;
  table.highest = kHighest;
  auto add = [&](const char* name, std::vector<uint32_t>& to) {
    int number = seccomp_syscall_resolve_name_arch(seccomp_arch, name);
    if (number >= 0) to.push_back(static_cast<uint32_t>(number));  // negative: not on this machine
  };
  for (const char* name : kRefused) add(name, table.refused);
  table.refused.push_back(kOpenTreeAttr);
  for (const char* name : kUnavailable) add(name, table.unavailable);
  auto number = [&](const char* name) {
    return static_cast<uint32_t>(seccomp_syscall_resolve_name_arch(seccomp_arch, name));
  };
  table.clone = number("clone");
  table.socket = number("socket");
  table.personality = number("personality");
  return table;
}

constexpr sock_filter Statement(uint16_t code, uint32_t k) { return {code, 0, 0, k}; }
constexpr sock_filter Jump(uint16_t test, uint32_t k, uint8_t yes, uint8_t no) {
  return {static_cast<uint16_t>(BPF_JMP | test | BPF_K), yes, no, k};
}
constexpr sock_filter Load(size_t offset) {
  return Statement(BPF_LD | BPF_W | BPF_ABS, static_cast<uint32_t>(offset));
}
constexpr sock_filter Return(uint32_t value) { return Statement(BPF_RET | BPF_K, value); }
constexpr sock_filter kAllow = Return(SECCOMP_RET_ALLOW);
constexpr sock_filter kPermission = Return(SECCOMP_RET_ERRNO | EPERM);
constexpr sock_filter kNoSuchCall = Return(SECCOMP_RET_ERRNO | ENOSYS);

// The low half of an argument (both machines are little-endian).
constexpr size_t Argument(unsigned index) { return offsetof(seccomp_data, args) + index * sizeof(uint64_t); }

std::vector<sock_filter> CompileTable(const SeccompTable& table) {
  std::vector<sock_filter> code;
  code.push_back(Load(offsetof(seccomp_data, nr)));
  code.push_back(Jump(BPF_JGT, table.highest, 0, 1));
  code.push_back(kNoSuchCall);
  for (uint32_t number : table.refused) {
    code.push_back(Jump(BPF_JEQ, number, 0, 1));
    code.push_back(kPermission);
  }
  for (uint32_t number : table.unavailable) {
    code.push_back(Jump(BPF_JEQ, number, 0, 1));
    code.push_back(kNoSuchCall);
  }
  code.push_back(Jump(BPF_JEQ, table.clone, 0, 4));
  code.push_back(Load(Argument(0)));
  code.push_back(Jump(BPF_JSET, kNamespaceFlags, 0, 1));
  code.push_back(kPermission);
  code.push_back(kAllow);
  code.push_back(Jump(BPF_JEQ, table.socket, 0, 5));
  code.push_back(Load(Argument(0)));
  code.push_back(Jump(BPF_JEQ, AF_VSOCK, 1, 0));  // the machine's hypervisor
  code.push_back(Jump(BPF_JEQ, AF_ALG, 0, 1));
  code.push_back(kPermission);
  code.push_back(kAllow);
  code.push_back(Jump(BPF_JEQ, table.personality, 0, 7));
  code.push_back(Load(Argument(0)));
  // PER_LINUX, PER_LINUX32, UNAME26, both, and the question what it is.
  constexpr uint32_t kHarmless[] = {0x0, 0x8, 0x20000, 0x20008, 0xffffffff};
  for (uint8_t i = 0; i < 5; ++i) code.push_back(Jump(BPF_JEQ, kHarmless[i], static_cast<uint8_t>(5 - i), 0));
  code.push_back(kPermission);
  code.push_back(kAllow);
  return code;
}

}  // namespace

std::vector<SeccompTable> StepSeccompTables() {
#if defined(__x86_64__)
  return {TableOf(SCMP_ARCH_X86_64, AUDIT_ARCH_X86_64), TableOf(SCMP_ARCH_X86, AUDIT_ARCH_I386)};
#elif defined(__aarch64__)
  return {TableOf(SCMP_ARCH_AARCH64, AUDIT_ARCH_AARCH64), TableOf(SCMP_ARCH_ARM, AUDIT_ARCH_ARM)};
#endif
}

std::vector<sock_filter> CompileSeccomp(const std::vector<SeccompTable>& tables) {
  std::vector<sock_filter> code;
  code.push_back(Load(offsetof(seccomp_data, arch)));
  for (const SeccompTable& table : tables) {
    std::vector<sock_filter> part = CompileTable(table);
    // A conditional jump spans 255 instructions at most; an unconditional one any number.
    code.push_back(Jump(BPF_JEQ, table.audit_arch, 1, 0));
    code.push_back(Statement(BPF_JMP | BPF_JA, static_cast<uint32_t>(part.size())));
    code.insert(code.end(), part.begin(), part.end());
  }
  code.push_back(kNoSuchCall);
  return code;
}

Result<void> InstallSeccomp(const std::vector<sock_filter>& filter, int* listener) {
  sock_fprog program{static_cast<unsigned short>(filter.size()), const_cast<sock_filter*>(filter.data())};
  unsigned long flags =
      listener ? SECCOMP_FILTER_FLAG_NEW_LISTENER | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV : 0;
  long got = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
  if (got < 0 && listener && errno == EINVAL) {
    got = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &program);
  }
  if (got < 0) return SystemFail("cannot install the step's seccomp filter", errno);
  if (listener) *listener = static_cast<int>(got);
  return {};
}

}  // namespace guard::builder
