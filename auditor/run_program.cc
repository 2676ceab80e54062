// Tested by tests/unit/auditor/run_program_test.cc.
#include "auditor/run_program.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

extern char** environ;

namespace guard {

namespace {

struct Pipe {
  int ends[2] = {-1, -1};
  Pipe() {
    if (pipe2(ends, O_CLOEXEC) != 0) ends[0] = ends[1] = -1;
  }
  ~Pipe() {
    CloseWrite();
    if (ends[0] >= 0) close(ends[0]);
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  void CloseWrite() {
    if (ends[1] >= 0) close(ends[1]);
    ends[1] = -1;
  }
};

std::string LastLine(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
  return text.substr(text.rfind('\n') == std::string::npos ? 0 : text.rfind('\n') + 1);
}

}  // namespace

Result<std::string> RunProgram(const std::vector<std::string>& arguments, const ProgramLimits& limits) {
  const std::string& name = arguments.front();
  Pipe out, err;
  if (out.ends[0] < 0 || err.ends[0] < 0) return Fail(name + ": no pipe: " + std::strerror(errno));
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, out.ends[1], STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, err.ends[1], STDERR_FILENO);
  std::vector<char*> argv;
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  pid_t pid = -1;
  int failure = posix_spawnp(&pid, argv[0], &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (failure != 0)
    return Fail("cannot run " + name + ": " + std::strerror(failure),
                "install " + name + ", or leave --render out");
  out.CloseWrite();
  err.CloseWrite();

  std::string output, errors, verdict;
  auto end = std::chrono::steady_clock::now() + limits.time;
  std::array<pollfd, 2> waits = {pollfd{out.ends[0], POLLIN, 0}, pollfd{err.ends[0], POLLIN, 0}};
  std::array<char, 1 << 16> buffer;
  while (verdict.empty() && (waits[0].fd >= 0 || waits[1].fd >= 0)) {
    auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(end - std::chrono::steady_clock::now()).count();
    if (left <= 0 || poll(waits.data(), waits.size(), static_cast<int>(left)) == 0) {
      verdict = name + " took longer than " + std::to_string(limits.time.count()) + " s";
      break;
    }
    for (size_t i = 0; i < waits.size(); ++i) {
      if (waits[i].fd < 0 || waits[i].revents == 0) continue;
      ssize_t got = read(waits[i].fd, buffer.data(), buffer.size());
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) {
        waits[i].fd = -1;
        continue;
      }
      std::string& sink = i == 0 ? output : errors;
      if (i == 1 && sink.size() > buffer.size()) sink.erase(0, sink.size() / 2);
      sink.append(buffer.data(), static_cast<size_t>(got));
      if (output.size() > limits.output)
        verdict = name + " wrote more than " + std::to_string(limits.output >> 20) + " MiB";
    }
  }
  if (!verdict.empty()) kill(pid, SIGKILL);
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  if (!verdict.empty()) return Fail(verdict);
  if (WIFSIGNALED(status)) return Fail(name + " was ended by signal " + std::to_string(WTERMSIG(status)));
  if (WEXITSTATUS(status) != 0) {
    std::string last = LastLine(errors);
    return Fail(name + " failed with status " + std::to_string(WEXITSTATUS(status)) +
                (last.empty() ? "" : ": " + last));
  }
  return output;
}

}  // namespace guard
