// Tested by tests/e2e/sandbox_namespaces.sh.
#include "rootless-builder/sandbox/fork_server.h"

#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <sstream>

namespace guard::builder {
namespace {

constexpr size_t kMostFds = 4;

// Only `keep` and the standard three, which become /dev/null, stay open.
void LetGoOfEverythingBut(int& keep) {
  keep = fcntl(keep, F_DUPFD_CLOEXEC, 10);  // out of the way of what is closed first
  int null = open("/dev/null", O_RDWR);
  for (int fd = 0; fd < 3 && null >= 0; ++fd) dup2(null, fd);
  dup3(keep, 3, O_CLOEXEC);
  keep = 3;
  close_range(4, ~0U, 0);
}

// A step sees its init in /proc: the builder's arguments and environment are none of its business.
void ForgetArguments() {
  Result<std::string> stat = ReadSmallFile("/proc/self/stat");
  size_t at = stat ? stat->rfind(')') : std::string::npos;
  if (at == std::string::npos) return;
  std::istringstream fields(stat->substr(at + 1));
  std::string skipped;
  for (int field = 3; field < 48; ++field) fields >> skipped;
  uintptr_t begin = 0, end = 0;
  for (int area = 0; area < 2 && fields >> begin >> end; ++area) {  // arguments, environment
    if (begin != 0 && begin < end) memset(reinterpret_cast<void*>(begin), 0, end - begin);
  }
}

Result<std::string> ReadMemory(int fd) {
  struct stat status;
  if (fstat(fd, &status) != 0) return SystemFail("cannot read the request", errno);
  std::string text(static_cast<size_t>(status.st_size), '\0');
  size_t done = 0;
  while (done < text.size()) {
    ssize_t size = pread(fd, text.data() + done, text.size() - done, static_cast<off_t>(done));
    if (size <= 0) return SystemFail("cannot read the request", errno);
    done += static_cast<size_t>(size);
  }
  return text;
}

[[noreturn]] void Serve(int socket, const ForkServer::Handler& handler) {
  setsid();  // the terminal's interrupt is the builder's to handle
  prctl(PR_SET_NAME, "builder-fork");
  for (int number = 1; number < NSIG; ++number) signal(number, SIG_DFL);
  signal(SIGPIPE, SIG_IGN);
  signal(SIGCHLD, SIG_IGN);  // the kernel buries the steps' processes
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  LetGoOfEverythingBut(socket);
  ForgetArguments();
  umask(022);
  for (;;) {
    char byte;
    Fd fds[3];
    ssize_t size = ReceiveWithFds(socket, &byte, 1, fds, 3);
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) _exit(0);  // the builder has gone
    if (!fds[2].valid()) continue;
    pid_t child = fork();
    if (child < 0) {
      std::string text = "Ecannot start a process for the step: " + ErrorText(errno);
      send(fds[1].get(), text.data(), text.size(), MSG_NOSIGNAL);
    }
    if (child != 0) continue;
    close(socket);
    signal(SIGCHLD, SIG_DFL);
    Result<std::string> request = ReadMemory(fds[0].get());
    fds[0].Reset();
    if (request) handler(*request, fds[1].get(), fds[2].get());
    _exit(0);
  }
}

}  // namespace

ssize_t SendWithFds(int socket, std::string_view bytes, const int* fds, size_t fd_count) {
  iovec part{const_cast<char*>(bytes.data()), bytes.size()};
  alignas(cmsghdr) char control[CMSG_SPACE(kMostFds * sizeof(int))] = {};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  if (fd_count > 0) {
    message.msg_control = control;
    message.msg_controllen = CMSG_SPACE(fd_count * sizeof(int));
    cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(fd_count * sizeof(int));
    memcpy(CMSG_DATA(header), fds, fd_count * sizeof(int));
  }
  ssize_t size;
  do size = sendmsg(socket, &message, MSG_NOSIGNAL);
  while (size < 0 && errno == EINTR);
  return size;
}

ssize_t ReceiveWithFds(int socket, char* buffer, size_t size, Fd* fds, size_t fd_count) {
  iovec part{buffer, size};
  alignas(cmsghdr) char control[CMSG_SPACE(kMostFds * sizeof(int))] = {};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  ssize_t got = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
  if (got < 0) return got;
  for (cmsghdr* header = CMSG_FIRSTHDR(&message); header; header = CMSG_NXTHDR(&message, header)) {
    if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) continue;
    size_t count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (size_t i = 0; i < count; ++i) {
      int fd;
      memcpy(&fd, CMSG_DATA(header) + i * sizeof(int), sizeof fd);
      if (i < fd_count) {
        fds[i].Reset(fd);
      } else {
        close(fd);
      }
    }
  }
  return got;
}

Result<std::unique_ptr<ForkServer>> ForkServer::Start(const Handler& handler) {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) {
    return SystemFail("cannot make a socket", errno);
  }
  Fd ours(ends[0]), theirs(ends[1]);
  pid_t pid = fork();
  if (pid < 0) return SystemFail("cannot start a process", errno);
  if (pid == 0) {
    ours.Reset();
    Serve(theirs.get(), handler);
  }
  return std::unique_ptr<ForkServer>(new ForkServer(std::move(ours), pid));
}

ForkServer::~ForkServer() {
  socket_.Reset();
  while (waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

Result<void> ForkServer::Send(const std::string& request, int control, int output) {
  Fd memory(memfd_create("step", MFD_CLOEXEC));
  if (!memory.valid() || !WriteAll(memory.get(), request)) {
    return SystemFail("cannot hand over the step", errno);
  }
  int fds[3] = {memory.get(), control, output};
  if (SendWithFds(socket_.get(), "s", fds, 3) != 1) {
    return SystemFail("the process that starts steps is gone", errno);
  }
  return {};
}

}  // namespace guard::builder
