// Repositories are fetched by the git program: nothing else speaks to every server. Nothing of the user's
// configuration that could run a program of the repository's choice is used. Tested by
// tests/e2e/builder_context.sh.
#include <fcntl.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "rootless-builder/build/context.h"

extern char** environ;

namespace guard::builder {

namespace {

// Runs git and gives what it printed; the error has the last line of what it complained about.
Result<std::string> Git(const std::vector<std::string>& arguments) {
  std::vector<std::string> words = {"git",
                                    "-c",
                                    "protocol.ext.allow=never",
                                    "-c",
                                    "core.hooksPath=/dev/null",
                                    "-c",
                                    "advice.detachedHead=false",
                                    "-c",
                                    "init.defaultBranch=main"};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  int out[2], err[2];
  if (pipe2(out, O_CLOEXEC) != 0) return FailErrno("run", "git");
  Fd out_read(out[0]), out_write(out[1]);
  if (pipe2(err, O_CLOEXEC) != 0) return FailErrno("run", "git");
  Fd err_read(err[0]), err_write(err[1]);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, out_write.get(), 1);
  // One pipe would do for a reader in one thread, but what git prints and what it complains about are
  // different things.
  posix_spawn_file_actions_adddup2(&actions, err_write.get(), 2);
  pid_t child = 0;
  int number = posix_spawnp(&child, "git", &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (number == ENOENT)
    return Fail("there is no git program here, and git contexts need one",
                "install git, or hand over a directory");
  if (number != 0) return FailErrno("run", "git", number);
  out_write = Fd(), err_write = Fd();
  std::string printed, complaint;
  fcntl(err_read.get(), F_SETFL, O_NONBLOCK);
  char buffer[4096];
  auto drain = [&] {
    ssize_t got;
    while ((got = read(err_read.get(), buffer, sizeof buffer)) > 0)
      complaint.append(buffer, static_cast<size_t>(got));
    if (complaint.size() > 8192) complaint.erase(0, complaint.size() - 4096);
  };
  fcntl(out_read.get(), F_SETFL, O_NONBLOCK);
  int status = 0;
  for (bool ended = false; !ended;) {
    ended = waitpid(child, &status, WNOHANG) == child;
    ssize_t got;
    while ((got = read(out_read.get(), buffer, sizeof buffer)) > 0)
      printed.append(buffer, static_cast<size_t>(got));
    drain();
    if (!ended) usleep(2000);
  }
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
    while (!complaint.empty() && complaint.back() == '\n') complaint.pop_back();
    size_t line = complaint.rfind('\n');
    return Fail("git " + arguments[0] +
                " failed: " + complaint.substr(line == std::string::npos ? 0 : line + 1));
  }
  while (!printed.empty() && printed.back() == '\n') printed.pop_back();
  return printed;
}

}  // namespace

bool IsGitUrl(const std::string& text) {
  std::string url = text.substr(0, text.find('#'));
  if (url.starts_with("git://") || url.starts_with("git@") || url.starts_with("ssh://")) return true;
  if (text.starts_with("github.com/")) return true;
  bool http = url.starts_with("http://") || url.starts_with("https://");
  return http && url.ends_with(".git");
}

GitWish ParseGitUrl(const std::string& text) {
  GitWish wish;
  size_t hash = text.find('#');
  wish.url = text.substr(0, hash);
  if (wish.url.starts_with("github.com/")) wish.url = "https://" + wish.url;
  if (hash == std::string::npos) return wish;
  std::string fragment = text.substr(hash + 1);
  size_t colon = fragment.find(':');
  wish.ref = fragment.substr(0, colon);
  if (colon != std::string::npos) wish.sub_path = fragment.substr(colon + 1);
  return wish;
}

Result<std::string> CloneGit(const GitWish& wish, const std::string& directory) {
  // A name that begins with a dash would be an option.
  if (wish.url.starts_with('-') || wish.ref.starts_with('-'))
    return Fail("'" + wish.url + "#" + wish.ref + "' is no git address");
  std::string ref = wish.ref.empty() ? "HEAD" : wish.ref;
  TRY(Git({"init", "-q", directory}));
  TRY(Git({"-C", directory, "remote", "add", "origin", wish.url}));
  // A server of plain files (dumb HTTP) has no shallow history: it is asked again for the whole of it. One
  // that does not serve a commit by its id alone is asked for everything.
  auto fetched = Git({"-C", directory, "fetch", "-q", "--depth=1", "--no-tags", "origin", ref});
  if (!fetched) fetched = Git({"-C", directory, "fetch", "-q", "--no-tags", "origin", ref});
  if (fetched) {
    TRY(Git({"-C", directory, "checkout", "-q", "--detach", "FETCH_HEAD"}));
  } else {
    // Without a name only the server's HEAD is meant; any other name may still be a commit.
    if (wish.ref.empty()) return Fail(fetched.error());
    TRY(Git({"-C", directory, "fetch", "-q", "--tags", "origin", "+refs/heads/*:refs/remotes/origin/*"}));
    TRY(Git({"-C", directory, "checkout", "-q", "--detach", ref}));
  }
  std::string commit = TRY(Git({"-C", directory, "rev-parse", "HEAD"}));
  if (!wish.checksum.empty() && !commit.starts_with(wish.checksum)) {
    return Fail("the commit of " + wish.url + " is " + commit + ", not " + wish.checksum,
                "the checksum says which commit is meant");
  }
  if (wish.submodules)
    TRY(Git({"-C", directory, "submodule", "update", "-q", "--init", "--recursive", "--depth=1"}));
  if (!wish.keep_git_dir) TRY_VOID(RemoveTree(directory + "/.git"));
  return commit;
}

}  // namespace guard::builder
