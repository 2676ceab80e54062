// Tested by tests/e2e/sandbox_namespaces.sh.
#include "rootless-builder/sandbox/run_over_server.h"

#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <optional>

#include "rootless-builder/sandbox/wire.h"

namespace guard::builder {
namespace {

constexpr int kStopLatency = 50;  // milliseconds between looks at `stop`

Result<void> CheckSpec(const RunSpec& spec) {
  if (spec.argv.empty()) return Fail("the step has no command");
  if (!spec.root.starts_with('/')) return Fail("the step's root is no absolute path");
  for (const RunMount& mount : spec.mounts) {
    if (!mount.target.starts_with('/')) return Fail("the mount target " + mount.target + " is not absolute");
  }
  auto plain = [](const std::string& text) { return text.find_first_of(" \t\n\r#") == text.npos; };
  for (const auto& [name, address] : spec.hosts) {
    if (!plain(name) || !plain(address)) return Fail("the host '" + name + "' has a character no host has");
  }
  auto has_nul = [](const std::vector<std::string>& words) {
    for (const std::string& word : words) {
      if (word.find('\0') != word.npos) return true;
    }
    return false;
  };
  if (has_nul(spec.argv) || has_nul(spec.env)) return Fail("a NUL byte in the command or its environment");
  return {};
}

struct Ending {
  std::optional<RunExit> exit;
  std::optional<Error> error;
};

Ending ReadEnding(std::string_view packet) {
  Ending ending;
  if (packet.size() == 1 + sizeof(RunExit) && packet[0] == 'X') {
    RunExit exit;
    memcpy(&exit, packet.data() + 1, sizeof exit);
    ending.exit = exit;
  } else if (!packet.empty() && packet[0] == 'E') {
    packet.remove_prefix(1);
    size_t nul = packet.find('\0');
    Error error;
    error.message = packet.substr(0, nul);
    if (nul != packet.npos) error.hint = packet.substr(nul + 1);
    ending.error = std::move(error);
  }
  return ending;
}

}  // namespace

Result<RunExit> RunOverServer(ForkServer& server, const RunSpec& spec,
                              const std::function<void(std::string_view)>& output,
                              const std::atomic<bool>& stop) {
  TRY_VOID(CheckSpec(spec));
  int pipe_ends[2], ends[2];
  if (pipe2(pipe_ends, O_CLOEXEC) != 0) return SystemFail("cannot make a pipe", errno);
  Fd reader(pipe_ends[0]), writer(pipe_ends[1]);
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) {
    return SystemFail("cannot make a socket", errno);
  }
  Fd control(ends[0]), theirs(ends[1]);
  TRY_VOID(server.Send(Pack(spec), theirs.get(), writer.get()));
  writer.Reset();
  theirs.Reset();

  Ending ending;
  bool told = false;
  std::string buffer(64 << 10, '\0');
  while (reader.valid() || control.valid()) {
    pollfd watched[2] = {{reader.get(), POLLIN, 0}, {control.get(), POLLIN, 0}};
    if (poll(watched, 2, told ? -1 : kStopLatency) < 0 && errno != EINTR) {
      return SystemFail("cannot wait for the step", errno);
    }
    if (!told && stop.load() && control.valid()) told = send(control.get(), "T", 1, MSG_NOSIGNAL) == 1;
    if (watched[0].revents) {
      ssize_t size = read(reader.get(), buffer.data(), buffer.size());
      if (size > 0) output(std::string_view(buffer).substr(0, static_cast<size_t>(size)));
      if (size == 0 || (size < 0 && errno != EINTR)) reader.Reset();
    }
    if (watched[1].revents) {
      ssize_t size = recv(control.get(), buffer.data(), buffer.size(), 0);
      if (size > 0 && !ending.exit && !ending.error) {
        ending = ReadEnding(std::string_view(buffer).substr(0, static_cast<size_t>(size)));
      }
      if (size == 0 || (size < 0 && errno != EINTR)) control.Reset();
    }
  }
  if (ending.error) return Fail(std::move(*ending.error));
  if (!ending.exit) return Fail("the process that keeps the step was killed");
  return *ending.exit;
}

}  // namespace guard::builder
