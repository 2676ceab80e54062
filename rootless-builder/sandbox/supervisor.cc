// Which credentials a process has is kept in the process itself: a number in the soft limit of RLIMIT_LOCKS,
// which the kernel ignores and hands on over fork and exec.
//
// Most answers are "go on": the kernel does the call as it stands. That is safe here although another thread
// may change the path meanwhile, because the process has no right that it should not use: only the owners
// that are shown would be wrong.
//
// Tested by tests/e2e/sandbox_one_id.sh.
#include "rootless-builder/sandbox/supervisor.h"

#include <linux/audit.h>
#include <poll.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstring>

#include "rootless-builder/sandbox/fork_server.h"
#include "rootless-builder/sandbox/seccomp_profile.h"

namespace guard::builder {
namespace {

// Of Linux 6.6; not in Debian 12's headers.
constexpr unsigned long kSetFlags = _IOW('!', 4, uint64_t);
constexpr uint64_t kSyncWakeUp = 1;

#if defined(__x86_64__)
constexpr uint32_t kMachine = AUDIT_ARCH_X86_64;
constexpr long kOldCalls[] = {SYS_chown, SYS_lchown, SYS_mknod,   SYS_stat,
                              SYS_lstat, SYS_mkdir,  SYS_symlink, SYS_creat};
#else
constexpr uint32_t kMachine = AUDIT_ARCH_AARCH64;
constexpr long kOldCalls[] = {SYS_fchownat};
#endif
constexpr long kCalls[] = {
    SYS_fchown,       SYS_fchownat,     SYS_mknodat,   SYS_fstat,      SYS_newfstatat, SYS_statx,
    SYS_mkdirat,      SYS_symlinkat,    SYS_getxattr,  SYS_lgetxattr,  SYS_fgetxattr,  SYS_setxattr,
    SYS_lsetxattr,    SYS_fsetxattr,    SYS_listxattr, SYS_llistxattr, SYS_flistxattr, SYS_removexattr,
    SYS_lremovexattr, SYS_fremovexattr, SYS_setuid,    SYS_setgid,     SYS_setreuid,   SYS_setregid,
    SYS_setresuid,    SYS_setresgid,    SYS_setfsuid,  SYS_setfsgid,   SYS_setgroups,  SYS_getuid,
    SYS_geteuid,      SYS_getgid,       SYS_getegid,   SYS_getresuid,  SYS_getresgid,  SYS_getgroups};
// setxattrat, getxattrat, listxattrat, removexattrat: programs then take the calls above.
constexpr uint32_t kNewXattrCalls[] = {463, 464, 465, 466};

std::vector<sock_filter> SupervisedFilter() {
  auto load = [](size_t offset) {
    return sock_filter{BPF_LD | BPF_W | BPF_ABS, 0, 0, static_cast<uint32_t>(offset)};
  };
  auto equal = [](uint32_t k, uint8_t no) { return sock_filter{BPF_JMP | BPF_JEQ | BPF_K, 0, no, k}; };
  auto give = [](uint32_t value) { return sock_filter{BPF_RET | BPF_K, 0, 0, value}; };
  std::vector<sock_filter> code = {load(offsetof(seccomp_data, arch)),
                                   equal(kMachine, 1),
                                   {BPF_JMP | BPF_JA, 0, 0, 1},
                                   give(SECCOMP_RET_ALLOW),
                                   load(offsetof(seccomp_data, nr))};
  auto notify = [&](uint32_t number) {
    code.push_back(equal(number, 1));
    code.push_back(give(SECCOMP_RET_USER_NOTIF));
  };
  for (long number : kCalls) notify(static_cast<uint32_t>(number));
  for (long number : kOldCalls) notify(static_cast<uint32_t>(number));
  for (uint32_t number : kNewXattrCalls) {
    code.push_back(equal(number, 1));
    code.push_back(give(SECCOMP_RET_ERRNO | ENOSYS));
  }
  // Opening only where it may make a file.
  auto opening = [&](long number, unsigned flags_argument) {
    code.push_back(equal(static_cast<uint32_t>(number), 4));
    code.push_back(load(offsetof(seccomp_data, args) + flags_argument * sizeof(uint64_t)));
    code.push_back(sock_filter{BPF_JMP | BPF_JSET | BPF_K, 0, 1, O_CREAT});
    code.push_back(give(SECCOMP_RET_USER_NOTIF));
    code.push_back(give(SECCOMP_RET_ALLOW));
  };
  opening(SYS_openat, 2);
#if defined(__x86_64__)
  opening(SYS_open, 1);
#endif
  code.push_back(give(SECCOMP_RET_ALLOW));
  return code;
}

class Server {
 public:
  Server(int listener, int proc, LinkTable links, const VirtualCredentials& first)
      : listener_(listener), proc_(proc), links_(std::move(links)), table_(first) {}

  void Loop() {
    for (;;) {
      pollfd watched{listener_, POLLIN, 0};
      if (poll(&watched, 1, -1) < 0 && errno != EINTR) return;
      if (watched.revents & POLLIN) Answer();
      if (watched.revents & (POLLHUP | POLLERR | POLLNVAL)) return;
    }
  }

 private:
  void Answer() {
    seccomp_notif notif;
    memset(&notif, 0, sizeof notif);
    if (ioctl(listener_, SECCOMP_IOCTL_NOTIF_RECV, &notif) != 0) return;
    Reply reply = Decide(notif);
    if (reply.kind == Reply::Kind::kSent) return;
    seccomp_notif_resp answer{};
    answer.id = notif.id;
    if (reply.kind == Reply::Kind::kContinue) answer.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
    if (reply.kind == Reply::Kind::kValue) answer.val = reply.value;
    if (reply.kind == Reply::Kind::kError) answer.error = -static_cast<int>(reply.value);
    ioctl(listener_, SECCOMP_IOCTL_NOTIF_SEND, &answer);  // a caller that was killed meanwhile needs none
  }

  Reply Decide(const seccomp_notif& notif) {
    Tracee tracee(proc_, static_cast<pid_t>(notif.pid));
    rlimit64 tag{};
    if (syscall(SYS_prlimit64, notif.pid, RLIMIT_LOCKS, nullptr, &tag) != 0) return Reply::Continue();
    const VirtualCredentials& who = table_.Get(tag.rlim_cur);
    VirtualCredentials changed = who;
    Reply reply;
    if (AnswerIdCall(notif, tracee, changed, reply)) {
      if (changed == who) return reply;
      tag.rlim_cur = table_.NumberOf(changed);
      if (ioctl(listener_, SECCOMP_IOCTL_NOTIF_ID_VALID, &notif.id) != 0 ||
          syscall(SYS_prlimit64, notif.pid, RLIMIT_LOCKS, &tag, nullptr) != 0) {
        return Reply::Failed(EPERM);
      }
      return reply;
    }
    Call call{notif, tracee, who, links_, listener_};
    reply = AnswerXattrCall(call);
    return reply.kind == Reply::Kind::kContinue ? AnswerFileCall(call) : reply;
  }

  int listener_, proc_;
  LinkTable links_;
  CredentialTable table_;
};

}  // namespace

Result<void> InstallSupervised(int link) {
  Fd mounts(open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC));
  if (!mounts.valid()) return SystemFail("cannot name the step's mounts", errno);
  int listener = -1;
  TRY_VOID(InstallSeccomp(SupervisedFilter(), &listener));
  Fd owned(listener);
  int fds[2] = {listener, mounts.get()};
  if (SendWithFds(link, "l", fds, 2) != 1) return SystemFail("cannot hand over the listener", errno);
  return {};
}

pid_t StartSupervisor(Fd listener, Fd mount_namespace, const std::string& state_directory,
                      const VirtualCredentials& first) {
  pid_t child = fork();
  if (child != 0) return child;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  prctl(PR_SET_NAME, "builder-owners");
  umask(0);
  Fd proc(open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  Fd state(open(state_directory.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!proc.valid() || !state.valid() || setns(mount_namespace.get(), CLONE_NEWNS) != 0) _exit(1);
  Fd own(openat(proc.get(), "self/fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!own.valid() || fchdir(own.get()) != 0) _exit(1);
  uint64_t flags = kSyncWakeUp;
  ioctl(listener.get(), kSetFlags, flags);  // slower without, not wrong
  Server(listener.get(), proc.get(), LinkTable(NameOf(state)), first).Loop();
  _exit(0);
}

}  // namespace guard::builder
