// Init holds nothing that the step could want: it cannot be traced or opened through /proc (not dumpable),
// and has no capability left but the one to signal what it started.
//
// Tested by tests/e2e/sandbox_namespaces.sh.
#include <linux/keyctl.h>
#include <net/if.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <cerrno>
#include <csignal>
#include <cstring>

#include "rootless-builder/sandbox/capabilities.h"
#include "rootless-builder/sandbox/seccomp_profile.h"
#include "rootless-builder/sandbox/step.h"

namespace guard::builder {
namespace {

Result<void> BringUpLoopback() {
  Fd socket_fd(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ifreq request{};
  memcpy(request.ifr_name, "lo", 3);
  if (!socket_fd.valid() || ioctl(socket_fd.get(), SIOCGIFFLAGS, &request) != 0) {
    return SystemFail("cannot look at the loopback interface", errno);
  }
  request.ifr_flags = static_cast<short>(request.ifr_flags | IFF_UP);
  if (ioctl(socket_fd.get(), SIOCSIFFLAGS, &request) != 0) {
    return SystemFail("cannot bring the loopback interface up", errno);
  }
  return {};
}

Result<void> SetUp(const StepPlace& place, const RunSpec& spec, const StepFiles& files) {
  if (sethostname(spec.hostname.data(), spec.hostname.size()) != 0) {
    return SystemFail("cannot name the step's host '" + spec.hostname + "'", errno);
  }
  if (spec.network == RunNetwork::kNone) TRY_VOID(BringUpLoopback());
  TRY_VOID(EnterStepRoot(spec, {place.id_range, files.private_directory}));
  syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, nullptr);  // where there are no keyrings, none leak
  return InstallSeccomp(CompileSeccomp(StepSeccompTables()));
}

}  // namespace

RunExit ExitOf(int status) {
  if (WIFSIGNALED(status)) return {128 + WTERMSIG(status), WTERMSIG(status)};
  return {WEXITSTATUS(status), 0};
}

void ReportExec(int errors, int output, const RunSpec& spec, RunExit& exit) {
  int error = 0;
  if (read(errors, &error, sizeof error) != sizeof error) return;
  std::string text = "cannot run '" + spec.argv[0] + "': ";
  if (error == ENOENT) {
    text += "it needs an interpreter or loader that is not in the image";
  } else if (error == ENOEXEC) {
    text += "it is no program for this machine, nor a script with #!";
  } else {
    text += ErrorText(error);
  }
  WriteAll(output, text + "\n");
  exit = {error == ENOENT ? 127 : 126, 0};
}

void RunInit(const StepPlace& place, const RunSpec& spec, const StepFiles& files) {
  auto give_up = [&](const Error& error) {
    SendError(files.link, error);
    _exit(1);
  };
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  prctl(PR_SET_DUMPABLE, 0);
  prctl(PR_SET_NAME, "init");
  setsid();
  sigset_t all;
  sigfillset(&all);
  sigprocmask(SIG_BLOCK, &all, nullptr);
  if (Result<void> ready = SetUp(place, spec, files); !ready) give_up(ready.error());
  sigset_t children;
  sigemptyset(&children);
  sigaddset(&children, SIGCHLD);
  Fd signals(signalfd(-1, &children, SFD_CLOEXEC));
  int ends[2];
  if (!signals.valid() || pipe2(ends, O_CLOEXEC) != 0)
    give_up(SystemFail("cannot start the command", errno).error());
  Fd errors(ends[0]), errors_theirs(ends[1]);

  pid_t command = fork();
  if (command < 0) give_up(SystemFail("cannot start the command", errno).error());
  if (command == 0) {
    errors.Reset();
    signals.Reset();
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
    if (errors_theirs.get() != 3) dup2(errors_theirs.get(), 3);
    RunCommand(place, spec, files);
  }
  errors_theirs.Reset();
  if (Result<void> cut = CutCapabilities(CapBit(kCapKill)); !cut) give_up(cut.error());

  for (bool linked = true;;) {
    pollfd watched[2] = {{signals.get(), POLLIN, 0}, {linked ? files.link : -1, POLLIN, 0}};
    if (poll(watched, 2, -1) < 0 && errno != EINTR) _exit(1);
    if (watched[1].revents) {
      char byte;
      ssize_t got = recv(files.link, &byte, 1, MSG_DONTWAIT);
      if (got == 0) _exit(1);  // no keeper: the step has no reader
      if (got == 1 && byte == 'T') kill(-1, SIGTERM);
    }
    if (!watched[0].revents) continue;
    signalfd_siginfo info;
    if (read(signals.get(), &info, sizeof info) < 0) continue;
    int status;
    for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;) {
      if (pid != command) continue;
      RunExit exit = ExitOf(status);
      ReportExec(errors.get(), files.output, spec, exit);
      char packet[1 + sizeof exit] = {'X'};
      memcpy(packet + 1, &exit, sizeof exit);
      send(files.link, packet, sizeof packet, MSG_NOSIGNAL);
      _exit(0);
    }
  }
}

}  // namespace guard::builder
