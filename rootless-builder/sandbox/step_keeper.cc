// Tested by tests/e2e/sandbox_namespaces.sh.
#include <poll.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <memory>

#include "rootless-builder/sandbox/fork_server.h"
#include "rootless-builder/sandbox/step.h"
#include "rootless-builder/sandbox/supervisor.h"
#include "rootless-builder/sandbox/trampoline.h"
#include "rootless-builder/sandbox/wire.h"

namespace guard::builder {
namespace {

constexpr int64_t kPatience = 10'000;  // milliseconds between SIGTERM and SIGKILL

int64_t Milliseconds() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return int64_t{now.tv_sec} * 1000 + now.tv_nsec / 1'000'000;
}

// fork(2), with namespaces. The child's signals are the parent's.
pid_t ForkInto(unsigned long namespaces) {
  return static_cast<pid_t>(syscall(SYS_clone, namespaces | SIGCHLD, nullptr, nullptr, nullptr, nullptr));
}

class Keeper {
 public:
  Keeper(const StepPlace& place, const RunSpec& spec, int control, int output)
      : place_(place), spec_(spec), control_(control), output_(output) {}

  // Sends an 'X' itself; an error is for the caller to send.
  Result<void> Keep();

 private:
  Result<void> StartInit();
  Result<void> Watch();
  Result<void> Supervise();
  void Forward();

  const StepPlace& place_;
  const RunSpec& spec_;
  int control_, output_;
  MountPoints points_;
  PrivateDirectory private_;
  Fd link_, notify_link_, init_fd_;
  pid_t init_ = -1, supervisor_ = -1;
  bool answered_ = false;
  bool out_of_patience_ = false;  // the command had its ten seconds
};

Result<void> Keeper::StartInit() {
  int ends[2], notify_ends[2] = {-1, -1};
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) {
    return SystemFail("cannot make a socket", errno);
  }
  link_.Reset(ends[0]);
  Fd theirs(ends[1]), notify_theirs;
  if (place_.virtual_ownership) {
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, notify_ends) != 0) {
      return SystemFail("cannot make a socket", errno);
    }
    notify_link_.Reset(notify_ends[0]);
    notify_theirs.Reset(notify_ends[1]);
  }
  Fd input = TRY(InputOf(spec_));
  Fd trampoline = TRY(MakeTrampoline());
  if (fchown(output_, spec_.uid, spec_.gid) != 0 && !place_.virtual_ownership) {
    return SystemFail("user " + std::to_string(spec_.uid) + " is not mapped here", errno);
  }
  StepFiles files{theirs.get(), output_, input.get(), trampoline.get(), notify_theirs.get(), private_.path()};
  unsigned long namespaces = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS;
  if (spec_.network == RunNetwork::kNone) namespaces |= CLONE_NEWNET;
  init_ = ForkInto(namespaces);
  if (init_ < 0) return SystemFail("cannot make the step's namespaces", errno);
  if (init_ == 0) {
    close(control_);
    link_.Reset();
    notify_link_.Reset();
    RunInit(place_, spec_, files);
  }
  init_fd_.Reset(static_cast<int>(syscall(SYS_pidfd_open, init_, 0)));
  if (!init_fd_.valid()) return SystemFail("cannot watch the step", errno);
  return {};
}

// Passes on what init says.
void Keeper::Forward() {
  char packet[4096];
  ssize_t size;
  while ((size = recv(link_.get(), packet, sizeof packet, MSG_DONTWAIT)) > 0) {
    if (answered_) continue;  // the first word counts
    answered_ = true;
    send(control_, packet, static_cast<size_t>(size), MSG_NOSIGNAL);
  }
}

Result<void> Keeper::Supervise() {
  char byte;
  Fd fds[2];
  ssize_t got = ReceiveWithFds(notify_link_.get(), &byte, 1, fds, 2);
  notify_link_.Reset();
  if (got <= 0 || !fds[1].valid()) return {};  // the command ended before; init says why
  std::string state = place_.store_directory + "/sandbox";
  std::error_code ignored;
  std::filesystem::create_directories(state, ignored);
  VirtualCredentials first;
  first.uid.fill(spec_.uid);
  first.gid.fill(spec_.gid);
  first.groups.assign(spec_.groups.begin(), spec_.groups.end());
  supervisor_ = StartSupervisor(std::move(fds[0]), std::move(fds[1]), state, first);
  if (supervisor_ < 0) return SystemFail("cannot start the process that answers for owners", errno);
  return {};
}

Result<void> Keeper::Watch() {
  int64_t deadline = -1;
  for (;;) {
    pollfd watched[4] = {{init_fd_.get(), POLLIN, 0},
                         {control_, POLLIN, 0},
                         {link_.get(), POLLIN, 0},
                         {notify_link_.get(), POLLIN, 0}};
    int timeout = deadline < 0 ? -1 : static_cast<int>(std::max<int64_t>(0, deadline - Milliseconds()));
    int ready = poll(watched, 4, timeout);
    if (ready < 0 && errno != EINTR) return SystemFail("cannot watch the step", errno);
    if (ready == 0) kill(init_, SIGKILL), out_of_patience_ = true, deadline = -1;
    if (watched[2].revents) Forward();
    if (watched[0].revents) return {};
    if (watched[3].revents) TRY_VOID(Supervise());
    if (watched[1].revents) {
      char byte;
      ssize_t got = recv(control_, &byte, 1, 0);
      if (got == 1 && byte == 'T' && deadline < 0) {
        send(link_.get(), "T", 1, MSG_NOSIGNAL);
        deadline = Milliseconds() + kPatience;
      }
      if (got <= 0) kill(init_, SIGKILL), control_ = -1;  // the builder is gone
    }
  }
}

Result<void> Keeper::Keep() {
  prctl(PR_SET_NAME, "builder-step");
  bool wants_private = false;
  for (const RunMount& mount : spec_.mounts) wants_private = wants_private || mount.discard_changes;
  if (wants_private) TRY_VOID(private_.Make(place_.store_directory));
  Result<void> made = points_.Make(spec_);
  Result<void> done = made ? StartInit() : made;
  if (done) done = Watch();
  int status = 0;
  if (init_ > 0) {
    if (!done) kill(init_, SIGKILL);
    while (waitpid(init_, &status, 0) < 0 && errno == EINTR) {
    }
    Forward();
  }
  if (supervisor_ > 0) {
    kill(supervisor_, SIGKILL);
    waitpid(supervisor_, nullptr, 0);
  }
  points_.Remove();
  if (!done) return done;
  if (!answered_ && out_of_patience_) {
    RunExit exit{128 + SIGKILL, SIGKILL};
    char packet[1 + sizeof exit] = {'X'};
    memcpy(packet + 1, &exit, sizeof exit);
    send(control_, packet, sizeof packet, MSG_NOSIGNAL);
    return {};
  }
  if (!answered_) {
    return Fail(WIFSIGNALED(status) ? "the step was killed (signal " + std::to_string(WTERMSIG(status)) + ")"
                                    : "the step ended without saying how");
  }
  return {};
}

}  // namespace

Result<void> PrivateDirectory::Make(const std::string& store) {
  std::error_code ignored;
  std::filesystem::create_directories(store + "/sandbox", ignored);
  path_ = store + "/sandbox/step-XXXXXX";
  if (mkdtemp(path_.data())) return {};
  int error = errno;
  path_.clear();
  return SystemFail("cannot make a directory in " + store + "/sandbox", error);
}

PrivateDirectory::~PrivateDirectory() {
  std::error_code ignored;
  if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
}

Result<Fd> InputOf(const RunSpec& spec) {
  Fd input(spec.stdin_text.empty() ? open("/dev/null", O_RDONLY | O_CLOEXEC)
                                   : memfd_create("stdin", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!input.valid()) return SystemFail("cannot make the command's input", errno);
  if (spec.stdin_text.empty()) return input;
  if (!WriteAll(input.get(), spec.stdin_text) || lseek(input.get(), 0, SEEK_SET) != 0) {
    return SystemFail("cannot make the command's input", errno);
  }
  return input;
}

void SendError(int link, const Error& error) {
  std::string packet =
      "E" + error.message.substr(0, 2000) + std::string(1, '\0') + error.hint.substr(0, 1000);
  send(link, packet.data(), packet.size(), MSG_NOSIGNAL);
}

void KeepStep(const StepPlace& place, const std::string& request, int control, int output) {
  Result<RunSpec> spec = UnpackRunSpec(request);
  if (!spec) return SendError(control, spec.error());
  Keeper keeper(place, *spec, control, output);
  if (Result<void> kept = keeper.Keep(); !kept) SendError(control, kept.error());
}

}  // namespace guard::builder
