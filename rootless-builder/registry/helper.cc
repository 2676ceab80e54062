// Tested by credentials_test.cc.
#include "rootless-builder/registry/helper.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <nlohmann/json.hpp>
#include <thread>

#include "policies/base/files.h"

extern char** environ;

namespace guard::builder {
namespace {

using Json = nlohmann::json;
using Clock = std::chrono::steady_clock;

constexpr size_t kLargestOutput = 64u << 10;

struct Run {
  int status = 0;  // as waitpid gives it
  std::string output;
};

int MillisecondsLeft(Clock::time_point until) {
  auto left = std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now()).count();
  return left > 0 ? static_cast<int>(left) : 0;
}

// Sends the input, and takes the output up to its end or the limit. False: out of time.
bool Talk(int to, int from, std::string_view input, Clock::time_point until, std::string* output) {
  bool sending = true;
  for (;;) {
    if (sending && input.empty()) {
      ::shutdown(to, SHUT_WR);
      sending = false;
    }
    pollfd polled[2] = {{from, POLLIN, 0}, {sending ? to : -1, POLLOUT, 0}};
    if (::poll(polled, 2, MillisecondsLeft(until)) <= 0 && MillisecondsLeft(until) == 0) return false;
    if (polled[1].revents) {
      ssize_t sent = ::send(to, input.data(), input.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
      if (sent > 0) input.remove_prefix(static_cast<size_t>(sent));
      if (sent < 0 && errno != EAGAIN) sending = false;  // it does not read
    }
    if (!polled[0].revents) continue;
    char piece[4096];
    ssize_t count = ::read(from, piece, sizeof(piece));
    if (count <= 0) return true;
    output->append(piece, static_cast<size_t>(count));
    if (output->size() > kLargestOutput) return true;
  }
}

Result<Run> RunHelper(const std::string& program, const std::string& command, std::string_view input,
                      std::chrono::milliseconds timeout) {
  int in[2], out[2];  // a socket for its input, as writing to one needs no signal
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, in) != 0) return FailErrno("cannot run", program);
  Fd in_ours(in[0]), in_theirs(in[1]);
  if (::pipe2(out, O_CLOEXEC) != 0) return FailErrno("cannot run", program);
  Fd out_ours(out[0]), out_theirs(out[1]);

  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, in_theirs.get(), 0);
  posix_spawn_file_actions_adddup2(&actions, out_theirs.get(), 1);
  posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
  std::string name = program, argument = command;
  char* arguments[] = {name.data(), argument.data(), nullptr};
  pid_t pid = -1;
  posix_spawnattr_t attributes;  // a group of its own, so that what it started ends with it
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
  int error = posix_spawnp(&pid, program.c_str(), &actions, &attributes, arguments, environ);
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  if (error != 0)
    return Fail("the credential helper " + program + " cannot be run: " + std::strerror(error),
                "put it into $PATH, or remove it from credHelpers and credsStore in config.json");
  in_theirs = Fd();
  out_theirs = Fd();

  Run run;
  Clock::time_point until = Clock::now() + timeout;
  bool in_time = Talk(in_ours.get(), out_ours.get(), input, until, &run.output);
  bool too_much = run.output.size() > kLargestOutput;
  pid_t ended = 0;
  while (in_time && !too_much && (ended = ::waitpid(pid, &run.status, WNOHANG)) == 0 &&
         (in_time = Clock::now() < until))
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  if (ended == 0) {
    ::kill(-pid, SIGKILL);
    ::waitpid(pid, &run.status, 0);
  }
  if (!in_time) return Fail("the credential helper " + program + " did not answer in time");
  if (too_much) return Fail("the credential helper " + program + " says too much");
  return run;
}

}  // namespace

Result<std::optional<Credential>> AskHelper(const std::string& helper, const std::string& server,
                                            std::chrono::milliseconds timeout) {
  const std::string program = "docker-credential-" + helper;
  Run run = TRY(RunHelper(program, "get", server, timeout));
  if (run.status != 0) {
    // The protocol's own words for "I know none".
    if (run.output.find("credentials not found") != std::string::npos) return std::nullopt;
    return Fail("the credential helper " + program + " failed for " + server,
                "run it by hand to see why: echo " + server + " | " + program + " get");
  }
  Json answer = Json::parse(run.output, nullptr, false);
  auto text = [&](const char* field) -> std::string {
    auto found = answer.is_object() ? answer.find(field) : answer.end();
    return answer.is_object() && found != answer.end() && found->is_string() ? found->get<std::string>() : "";
  };
  Credential credential{.username = text("Username"), .password = text("Secret"), .origin = program};
  if (credential.password.empty() && credential.username.empty()) {
    if (!answer.is_object()) return Fail("the credential helper " + program + " answers with no JSON object");
    return std::nullopt;
  }
  if (credential.username == "<token>") {
    credential.identity_token = std::move(credential.password);
    credential.username.clear();
    credential.password.clear();
  }
  return credential;
}

Result<void> TellHelper(const std::string& helper, const std::string& command, const std::string& text,
                        std::chrono::milliseconds timeout) {
  const std::string program = "docker-credential-" + helper;
  Run run = TRY(RunHelper(program, command, text, timeout));
  if (run.status != 0) return Fail("the credential helper " + program + " failed to " + command);
  return {};
}

}  // namespace guard::builder
