// Runs the compiled filter over calls, with an interpreter for the few instructions it has.
#include "rootless-builder/sandbox/seccomp_profile.h"

#include <gtest/gtest.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <cerrno>
#include <cstring>

namespace guard::builder {
namespace {

uint32_t Judge(const std::vector<sock_filter>& filter, const seccomp_data& data) {
  uint32_t a = 0;
  for (size_t at = 0; at < filter.size(); ++at) {
    const sock_filter& step = filter[at];
    bool yes = false;
    switch (step.code) {
      case BPF_LD | BPF_W | BPF_ABS:
        memcpy(&a, reinterpret_cast<const char*>(&data) + step.k, sizeof a);
        continue;
      case BPF_RET | BPF_K: return step.k;
      case BPF_JMP | BPF_JA: at += step.k; continue;
      case BPF_JMP | BPF_JEQ | BPF_K: yes = a == step.k; break;
      case BPF_JMP | BPF_JGT | BPF_K: yes = a > step.k; break;
      case BPF_JMP | BPF_JSET | BPF_K: yes = (a & step.k) != 0; break;
      default: return 0;
    }
    at += yes ? step.jt : step.jf;
  }
  return 0;  // fell off the end
}

constexpr uint32_t kAllowed = SECCOMP_RET_ALLOW, kRefused = SECCOMP_RET_ERRNO | EPERM,
                   kUnknown = SECCOMP_RET_ERRNO | ENOSYS;

uint32_t Native(int number, uint64_t argument = 0) {
  static const std::vector<SeccompTable> tables = StepSeccompTables();
  static const std::vector<sock_filter> filter = CompileSeccomp(tables);
  seccomp_data data{};
  data.nr = number;
  data.arch = tables[0].audit_arch;
  data.args[0] = argument;
  return Judge(filter, data);
}

TEST(SeccompProfile, OrdinaryCallsPass) {
  for (int number :
       {SYS_read, SYS_openat, SYS_execve, SYS_ptrace, SYS_setuid, SYS_chroot, SYS_mknodat, SYS_signalfd4,
        SYS_exit_group, SYS_sendto, SYS_capset, SYS_seccomp, SYS_landlock_create_ruleset}) {
    EXPECT_EQ(Native(number), kAllowed) << number;
  }
}

TEST(SeccompProfile, WhatReachesBeyondTheStepIsRefused) {
  for (int number :
       {SYS_mount,       SYS_umount2,   SYS_pivot_root,    SYS_unshare,           SYS_setns,
        SYS_bpf,         SYS_keyctl,    SYS_add_key,       SYS_perf_event_open,   SYS_kexec_load,
        SYS_init_module, SYS_swapon,    SYS_reboot,        SYS_open_by_handle_at, SYS_fsopen,
        SYS_move_mount,  SYS_open_tree, SYS_mount_setattr, SYS_userfaultfd,       SYS_pidfd_getfd}) {
    EXPECT_EQ(Native(number), kRefused) << number;
  }
  EXPECT_EQ(Native(467), kRefused);  // open_tree_attr
}

TEST(SeccompProfile, WhatHasAnOlderWayIsUnknown) {
  EXPECT_EQ(Native(SYS_clone3), kUnknown);
  EXPECT_EQ(Native(SYS_io_uring_setup), kUnknown);
  EXPECT_EQ(Native(470), kUnknown);
  EXPECT_EQ(Native(0x40000000 | 1), kUnknown);  // x32
}

TEST(SeccompProfile, ArgumentsDecide) {
  EXPECT_EQ(Native(SYS_clone, CLONE_VM | CLONE_THREAD | 17), kAllowed);
  EXPECT_EQ(Native(SYS_clone, CLONE_NEWUSER | 17), kRefused);
  EXPECT_EQ(Native(SYS_clone, CLONE_NEWNS), kRefused);
  EXPECT_EQ(Native(SYS_socket, AF_INET), kAllowed);
  EXPECT_EQ(Native(SYS_socket, AF_UNIX), kAllowed);
  EXPECT_EQ(Native(SYS_socket, AF_VSOCK), kRefused);
  EXPECT_EQ(Native(SYS_socket, AF_ALG), kRefused);
  for (uint64_t harmless : {0x0ull, 0x8ull, 0x20000ull, 0x20008ull, 0xffffffffull}) {
    EXPECT_EQ(Native(SYS_personality, harmless), kAllowed) << harmless;
  }
  EXPECT_EQ(Native(SYS_personality, 0x400000), kRefused);
}

TEST(SeccompProfile, OtherMachinesDoNotExist) {
  seccomp_data data{};
  data.arch = AUDIT_ARCH_S390X;
  EXPECT_EQ(Judge(CompileSeccomp(StepSeccompTables()), data), kUnknown);
}

#if defined(__x86_64__)
TEST(SeccompProfile, ThirtyTwoBitProgramsHaveTheSameLimits) {
  std::vector<sock_filter> filter = CompileSeccomp(StepSeccompTables());
  seccomp_data data{};
  data.arch = AUDIT_ARCH_I386;
  data.nr = 21;  // mount
  EXPECT_EQ(Judge(filter, data), kRefused);
  data.nr = 3;  // read
  EXPECT_EQ(Judge(filter, data), kAllowed);
  data.nr = 310;  // unshare
  EXPECT_EQ(Judge(filter, data), kRefused);
}
#endif

}  // namespace
}  // namespace guard::builder
