// The map of a user namespace with several ids has to be written from outside it. So a helper is forked
// before: it stays outside, waits until this process has moved, and calls newuidmap and newgidmap (or writes
// the maps itself where it is root with CAP_SETUID).
//
// Tested by user_namespace_test.cc and tests/e2e/sandbox_namespaces.sh.
#include "rootless-builder/sandbox/user_namespace.h"

#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>

#include "rootless-builder/sandbox/capabilities.h"
#include "rootless-builder/sandbox/system.h"

namespace guard::builder {
namespace {

constexpr size_t kMostRanges = 32;

// The next field of "a:b:c"; takes it and the separator off.
std::string_view Take(std::string_view& text, char separator) {
  size_t end = text.find(separator);
  std::string_view field = text.substr(0, end);
  text = end == text.npos ? std::string_view() : text.substr(end + 1);
  return field;
}

bool ReadNumber(std::string_view text, uint32_t& out) {
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc() && end == text.data() + text.size() && !text.empty();
}

std::vector<IdRange> RangesOf(const char* file) {
  Result<std::string> text = ReadSmallFile(file);
  if (!text) return {};
  Result<std::string> passwd = ReadSmallFile("/etc/passwd", 64u << 20);
  return ParseSubordinateIds(*text, passwd ? UserNameIn(*passwd, getuid()) : "", getuid());
}

// Root that may map any id maps all it has, each to itself.
std::vector<IdMapLine> OwnIds(const char* map_file) {
  std::vector<IdMapLine> lines;
  Result<std::string> text = ReadSmallFile(map_file);
  if (!text) return lines;
  std::string_view rest = *text;
  while (!rest.empty()) {
    std::string_view line = Take(rest, '\n');
    uint32_t numbers[3] = {};
    bool whole = true;
    for (uint32_t& number : numbers) {
      line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
      whole = ReadNumber(Take(line, ' '), number) && whole;
    }
    if (whole) lines.push_back({numbers[0], numbers[0], numbers[2]});
  }
  return lines;
}

bool MayMapAnything() { return geteuid() == 0 && HasCapability(kCapSetuid) && HasCapability(kCapSetgid); }

std::string Lines(const std::vector<IdMapLine>& map) {
  std::string text;
  for (const IdMapLine& line : map) {
    text += std::to_string(line.inside) + " " + std::to_string(line.outside) + " " +
            std::to_string(line.count) + "\n";
  }
  return text;
}

// Runs newuidmap or newgidmap; its complaints go to our stderr.
bool RunMapper(const char* program, pid_t target, const std::vector<IdMapLine>& map) {
  std::vector<std::string> words = {program, std::to_string(target)};
  for (const IdMapLine& line : map) {
    for (uint32_t number : {line.inside, line.outside, line.count}) words.push_back(std::to_string(number));
  }
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  pid_t child = fork();
  if (child < 0) return false;
  if (child == 0) {
    for (const char* folder : {"/usr/bin/", "/bin/", "/usr/local/bin/", "/usr/sbin/"}) {
      execv((std::string(folder) + program).c_str(), argv.data());
    }
    execvp(program, argv.data());
    _exit(127);
  }
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

// Runs outside the namespace; exit status 0 when both maps are written.
[[noreturn]] void Help(int ready, pid_t target, const std::vector<IdMapLine>& uids,
                       const std::vector<IdMapLine>& gids, bool directly) {
  char byte = 0;
  if (read(ready, &byte, 1) != 1) _exit(1);
  if (directly) {
    std::string folder = "/proc/" + std::to_string(target);
    _exit(WriteWhole(folder + "/gid_map", Lines(gids)) && WriteWhole(folder + "/uid_map", Lines(uids)) ? 0
                                                                                                       : 1);
  }
  _exit(RunMapper("newuidmap", target, uids) && RunMapper("newgidmap", target, gids) ? 0 : 1);
}

Result<void> EnterWithRange() {
  bool directly = MayMapAnything();
  std::vector<IdMapLine> uids =
      directly ? OwnIds("/proc/self/uid_map") : MapRanges(getuid(), RangesOf("/etc/subuid"));
  std::vector<IdMapLine> gids =
      directly ? OwnIds("/proc/self/gid_map") : MapRanges(getgid(), RangesOf("/etc/subgid"));
  int pipe_ends[2];
  if (pipe2(pipe_ends, O_CLOEXEC) != 0) return SystemFail("cannot make a pipe", errno);
  Fd reader(pipe_ends[0]), writer(pipe_ends[1]);
  pid_t self = getpid();
  pid_t helper = fork();
  if (helper < 0) return SystemFail("cannot start a process", errno);
  if (helper == 0) {
    writer.Reset();
    Help(reader.get(), self, uids, gids, directly);
  }
  bool moved = unshare(CLONE_NEWUSER) == 0;
  int error = errno;
  if (moved && write(writer.get(), "x", 1) != 1) error = errno, moved = false;
  writer.Reset();
  int status = 0;
  while (waitpid(helper, &status, 0) < 0 && errno == EINTR) {
  }
  if (!moved) return SystemFail("cannot make a user namespace", error);
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
    return Fail("newuidmap and newgidmap could not map the subordinate ids",
                "check /etc/subuid and /etc/subgid, and that newuidmap is setuid root");
  }
  return {};
}

Result<void> EnterWithOneId() {
  std::string uid = std::to_string(geteuid()), gid = std::to_string(getegid());
  if (unshare(CLONE_NEWUSER) != 0) return SystemFail("cannot make a user namespace", errno);
  if (!WriteWhole("/proc/self/setgroups", "deny") && errno != ENOENT) {
    return SystemFail("cannot write /proc/self/setgroups", errno);
  }
  if (!WriteWhole("/proc/self/uid_map", "0 " + uid + " 1") ||
      !WriteWhole("/proc/self/gid_map", "0 " + gid + " 1")) {
    return SystemFail("cannot map the user's id", errno);
  }
  return {};
}

uint32_t CountBeyondOwn(const std::vector<IdMapLine>& map) {
  uint64_t count = 0;
  for (const IdMapLine& line : map) count += line.count;
  return static_cast<uint32_t>(std::min<uint64_t>(count == 0 ? 0 : count - 1, UINT32_MAX));
}

}  // namespace

std::vector<IdRange> ParseSubordinateIds(std::string_view text, std::string_view user, uint32_t uid) {
  std::vector<IdRange> ranges;
  std::string number = std::to_string(uid);
  while (!text.empty() && ranges.size() < kMostRanges) {
    std::string_view line = Take(text, '\n');
    std::string_view owner = Take(line, ':');
    if (owner.empty() || (owner != user && owner != number)) continue;
    IdRange range;
    if (!ReadNumber(Take(line, ':'), range.first) || !ReadNumber(Take(line, ':'), range.count)) continue;
    if (range.count == 0 || uint64_t{range.first} + range.count > UINT32_MAX) continue;
    ranges.push_back(range);
  }
  return ranges;
}

std::string UserNameIn(std::string_view passwd, uint32_t uid) {
  while (!passwd.empty()) {
    std::string_view line = Take(passwd, '\n');
    std::string_view name = Take(line, ':');
    Take(line, ':');
    uint32_t number = 0;
    if (ReadNumber(Take(line, ':'), number) && number == uid) return std::string(name);
  }
  return {};
}

std::vector<IdMapLine> MapRanges(uint32_t own, const std::vector<IdRange>& ranges) {
  std::vector<IdMapLine> map = {{0, own, 1}};
  uint32_t inside = 1;
  for (const IdRange& range : ranges) {
    if (range.first <= own && own - range.first < range.count) continue;  // ids are mapped once
    if (uint64_t{inside} + range.count > UINT32_MAX) break;
    map.push_back({inside, range.first, range.count});
    inside += range.count;
  }
  return map;
}

uint32_t MappableIds() {
  if (MayMapAnything()) {
    return std::min(CountBeyondOwn(OwnIds("/proc/self/uid_map")),
                    CountBeyondOwn(OwnIds("/proc/self/gid_map")));
  }
  return std::min(CountBeyondOwn(MapRanges(getuid(), RangesOf("/etc/subuid"))),
                  CountBeyondOwn(MapRanges(getgid(), RangesOf("/etc/subgid"))));
}

Result<void> EnterUserNamespace(bool range) { return range ? EnterWithRange() : EnterWithOneId(); }

}  // namespace guard::builder
