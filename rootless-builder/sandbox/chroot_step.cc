// A step without namespaces: the keeper is its processes' reaper, and when the command ends it kills until
// none is left.
//
// Tested by tests/e2e/sandbox_chroot.sh.
#include <dirent.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <ctime>

#include "rootless-builder/sandbox/placed_files.h"
#include "rootless-builder/sandbox/step.h"
#include "rootless-builder/sandbox/trampoline.h"
#include "rootless-builder/sandbox/wire.h"

namespace guard::builder {
namespace {

constexpr int kTick = 50;          // milliseconds between looks
constexpr int kPatience = 10'000;  // between SIGTERM and SIGKILL
constexpr int kMostSweeps = 10'000;

// Signals every child of this process; gives their number.
int SignalChildren(int signal) {
  int count = 0;
  DIR* processes = opendir("/proc");
  if (!processes) return 0;
  while (dirent* entry = readdir(processes)) {
    pid_t pid = atoi(entry->d_name);
    if (pid <= 0) continue;
    Result<std::string> stat = ReadSmallFile("/proc/" + std::string(entry->d_name) + "/stat");
    size_t at = stat ? stat->rfind(')') : std::string::npos;
    if (at == std::string::npos || at + 4 > stat->size() || (*stat)[at + 2] == 'Z') continue;
    if (atoi(stat->c_str() + at + 4) != getpid()) continue;
    kill(pid, signal);
    ++count;
  }
  closedir(processes);
  return count;
}

// The children of what is killed become ours, and are killed in the next round.
void KillAll() {
  for (int sweep = 0; sweep < kMostSweeps; ++sweep) {
    SignalChildren(SIGKILL);
    pid_t pid;
    while ((pid = waitpid(-1, nullptr, WNOHANG)) > 0) {
    }
    if (pid < 0 && errno == ECHILD) return;
    timespec pause{0, 1'000'000};
    nanosleep(&pause, nullptr);
  }
}

Result<RunExit> Watch(pid_t command, int errors, const RunSpec& spec, int control, int output) {
  int patience = -1;
  for (;;) {
    int status;
    for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;) {
      if (pid != command) continue;
      RunExit exit = ExitOf(status);
      ReportExec(errors, output, spec, exit);
      return exit;
    }
    pollfd watched{control, POLLIN, 0};
    poll(&watched, 1, kTick);
    if (watched.revents) {
      char byte;
      ssize_t got = recv(control, &byte, 1, MSG_DONTWAIT);
      if (got == 0) patience = 0, control = -1;  // the builder is gone
      if (got == 1 && byte == 'T' && patience < 0) {
        patience = kPatience;
        kill(-command, SIGTERM);
        SignalChildren(SIGTERM);
      }
    }
    if (patience < 0) continue;
    bool over = patience <= kTick;
    patience = over ? -1 : patience - kTick;
    if (over) kill(command, SIGKILL);
  }
}

Result<RunExit> RunCommandIn(const StepPlace& place, const RunSpec& spec, int control, int output) {
  Fd input = TRY(InputOf(spec));
  Fd trampoline = TRY(MakeTrampoline());
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return SystemFail("cannot make a pipe", errno);
  Fd errors(fcntl(ends[0], F_DUPFD_CLOEXEC, 10)), theirs(fcntl(ends[1], F_DUPFD_CLOEXEC, 10));
  close(ends[0]);
  close(ends[1]);
  if (fchown(output, spec.uid, spec.gid) != 0) return SystemFail("cannot give the output to the step", errno);
  // Out of the way of descriptor 3.
  StepFiles files;
  files.link = fcntl(control, F_DUPFD_CLOEXEC, 10);
  files.output = fcntl(output, F_DUPFD_CLOEXEC, 10);
  files.input = fcntl(input.get(), F_DUPFD_CLOEXEC, 10);
  files.trampoline = fcntl(trampoline.get(), F_DUPFD_CLOEXEC, 10);
  pid_t command = fork();
  if (command < 0) return SystemFail("cannot start the command", errno);
  if (command == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    dup2(theirs.get(), kTrampolineErrorFd);
    RunCommand(place, spec, files);
  }
  theirs.Reset();
  Result<RunExit> exit = Watch(command, errors.get(), spec, control, output);
  KillAll();
  return exit;
}

}  // namespace

void KeepChrootStep(const StepPlace& place, const std::string& request, int control, int output) {
  prctl(PR_SET_NAME, "builder-step");
  prctl(PR_SET_DUMPABLE, 0);
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  auto keep = [&]() -> Result<RunExit> {
    RunSpec spec = TRY(UnpackRunSpec(request));
    if (spec.network == RunNetwork::kNone) {
      return Fail("RUN --network=none is not possible in the chroot sandbox",
                  "allow user namespaces, or give the builder CAP_SYS_ADMIN");
    }
    PrivateDirectory aside;
    TRY_VOID(aside.Make(place.store_directory));
    PlacedFiles files;
    Result<void> placed = files.Place(spec, aside.path());
    Result<RunExit> exit = placed ? RunCommandIn(place, spec, control, output) : Fail(placed.error());
    Result<void> taken = files.TakeOut();
    if (exit && !taken) return Fail(taken.error());
    return exit;
  };
  Result<RunExit> exit = keep();
  if (!exit) return SendError(control, exit.error());
  char packet[1 + sizeof(RunExit)] = {'X'};
  memcpy(packet + 1, &*exit, sizeof(RunExit));
  send(control, packet, sizeof packet, MSG_NOSIGNAL);
}

}  // namespace guard::builder
