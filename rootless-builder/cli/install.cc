// install DIR: an init container leaves this program, and its links, where the job's containers find them.
// Tested by tests/unit/cli/stand_ins_test.cc and tests/e2e/builder_standins.sh.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "policies/base/files.h"
#include "rootless-builder/cli/common_options.h"
#include "rootless-builder/cli/stand_ins.h"

namespace guard::builder {

namespace {

Result<void> CopyFile(const std::string& from, const std::string& to) {
  Fd source(open(from.c_str(), O_RDONLY | O_CLOEXEC));
  if (!source) return FailErrno("read", from);
  Fd target(open(to.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0700));
  if (!target) return FailErrno("write", to);
  std::string buffer(size_t{1} << 20, '\0');
  for (ssize_t got; (got = read(source.get(), buffer.data(), buffer.size())) != 0;) {
    if (got < 0) return FailErrno("read", from);
    for (ssize_t done = 0; done < got;) {
      ssize_t wrote = write(target.get(), buffer.data() + done, static_cast<size_t>(got - done));
      if (wrote < 0 && errno == EINTR) continue;
      if (wrote < 0) return FailErrno("write", to);
      done += wrote;
    }
  }
  if (fchmod(target.get(), 0755) != 0 || fsync(target.get()) != 0) return FailErrno("write", to);
  return {};
}

// Replaced in one step: a job that is running keeps what it has.
Result<void> Replace(const std::string& beside, const std::string& path) {
  if (rename(beside.c_str(), path.c_str()) == 0) return {};
  auto failed = FailErrno("replace", path);
  unlink(beside.c_str());
  return failed;
}

}  // namespace

Result<void> InstallTo(const std::string& directory, const std::string& program) {
  TRY_VOID(MakeDirectories(directory));
  std::string beside = directory + "/.rootless-builder." + std::to_string(getpid());
  unlink(beside.c_str());
  if (auto copied = CopyFile(program, beside); !copied) {
    unlink(beside.c_str());
    return copied;
  }
  TRY_VOID(Replace(beside, directory + "/rootless-builder"));
  for (const char* name : {"docker", "buildah", "podman"}) {
    unlink(beside.c_str());
    // Relative, so that it holds wherever the directory is mounted.
    if (symlink("rootless-builder", beside.c_str()) != 0) return FailErrno("make a link in", directory);
    TRY_VOID(Replace(beside, directory + "/" + name));
  }
  return {};
}

int RunInstall(const Words& words) {
  FlagTable table(
      "rootless-builder install", "DIR",
      "Copies this program to DIR/rootless-builder, and links docker, buildah and podman to it there.");
  auto read = ReadWords(table, words, 1, 1, 2);
  if (!read) return read.error();
  auto installed = InstallTo((*read)[0], "/proc/self/exe");
  return installed ? 0 : Report(installed.error(), 1);
}

}  // namespace guard::builder
