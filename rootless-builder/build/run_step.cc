// Secrets are files of a directory of their own (in memory where there is /dev/shm), bound into the sandbox
// and removed after the step, or when the next build starts if this one was killed. Tested by
// tests/e2e/builder_run.sh.
#include "rootless-builder/build/run_step.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstring>

#include "rootless-builder/build/copy.h"
#include "rootless-builder/build/users.h"

namespace guard::builder {

namespace {

constexpr uint64_t kLargestSecret = 500u << 10;  // as BuildKit's

// Where a descriptor's file is, outside.
Result<std::string> PathOf(int fd) {
  char buffer[PATH_MAX];
  ssize_t size = readlink(("/proc/self/fd/" + std::to_string(fd)).c_str(), buffer, sizeof buffer);
  if (size < 0) return FailErrno("find", "a mount's source");
  return std::string(buffer, static_cast<size_t>(size));
}

class Runner {
 public:
  Runner(const RunStep& step, const RunSettings& settings, Trees& trees, const OpenSource& open_source)
      : step_(step), settings_(settings), trees_(trees), open_source_(open_source) {}

  Result<RunSpec> Prepare(const std::string& root) {
    RunSpec spec;
    spec.root = root;
    spec.argv = step_.argv;
    spec.env = step_.env;
    spec.env.insert(spec.env.end(), step_.proxy_env.begin(), step_.proxy_env.end());
    spec.cwd = step_.cwd;
    spec.hosts = settings_.hosts;
    spec.hostname = settings_.hostname;
    spec.shm_size = settings_.shm_size;
    spec.limits = settings_.limits;
    const std::string& network = step_.network == "default" ? settings_.network : step_.network;
    spec.network = network == "none"   ? RunNetwork::kNone
                   : network == "host" ? RunNetwork::kHost
                                       : RunNetwork::kDefault;
    Fd dir = TRY(OpenDirectory(root));
    user_ = TRY(ResolveUser(dir.get(), step_.user));
    spec.uid = user_.uid, spec.gid = user_.gid, spec.groups = user_.groups;
    if (std::none_of(spec.env.begin(), spec.env.end(),
                     [](const std::string& item) { return item.starts_with("HOME="); }))
      spec.env.push_back("HOME=" + user_.home);
    TRY(MakeDirectoryInRoot(dir.get(), trees_.sandbox().ownership(), step_.cwd, {0, 0}, {}));
    for (const PlannedMount& mount : step_.mounts) TRY_VOID(Add(mount, spec));
    if (!step_.script_name.empty()) {
      std::string path = TRY(PrivateFile(step_.script, {}, {}, 0755));
      spec.mounts.push_back({.source = path, .target = "/dev/pipes/" + step_.script_name, .read_only = true});
    }
    return spec;
  }

 private:
  Result<void> Add(const PlannedMount& mount, RunSpec& spec) {
    switch (mount.kind) {
      case PlannedMount::Kind::kBind: return AddBind(mount, spec);
      case PlannedMount::Kind::kCache: return AddCache(mount, spec);
      case PlannedMount::Kind::kTmpfs:
        spec.mounts.push_back(
            {.kind = RunMount::Kind::kTmpfs, .target = mount.target, .size = mount.size, .mode = 0755});
        return {};
      case PlannedMount::Kind::kSecret: return AddSecret(mount, spec);
      case PlannedMount::Kind::kSsh: return AddSsh(mount, spec);
    }
    return {};
  }

  Result<std::string> SourcePath(const PlannedMount& mount) {
    MountSource source = TRY(open_source_(mount));
    Fd file = OpenInRoot(source.root, mount.source.empty() ? "." : mount.source, O_PATH);
    if (!file) {
      return Fail("the mount's source '" + mount.source + "' is not there: " + strerror(errno),
                  "sources are paths in the context, or in what from= names");
    }
    held_.push_back(source.keep_alive);
    return PathOf(file.get());
  }

  Result<void> AddBind(const PlannedMount& mount, RunSpec& spec) {
    std::string path = TRY(SourcePath(mount));
    spec.mounts.push_back({.source = path,
                           .target = mount.target,
                           .read_only = mount.read_only,
                           .discard_changes = !mount.read_only});
    return {};
  }

  // A cache is a directory of the store, made with the first step that names it.
  Result<void> AddCache(const PlannedMount& mount, RunSpec& spec) {
    std::string path = TRY(trees_.CacheDirectory(mount.id));
    Fd lock = TRY(OpenDirectory(path));
    if (mount.sharing == PlannedMount::Sharing::kLocked) {
      while (flock(lock.get(), LOCK_EX) != 0)
        if (errno != EINTR) return FailErrno("lock", path);
    } else if (mount.sharing == PlannedMount::Sharing::kPrivate &&
               flock(lock.get(), LOCK_EX | LOCK_NB) != 0) {
      // Somebody has it: this step gets one of its own.
      private_.push_back(TRY(trees_.NewScratch()));
      path = private_.back().path();
      lock = TRY(OpenDirectory(path));
    } else if (mount.sharing == PlannedMount::Sharing::kShared) {
      while (flock(lock.get(), LOCK_SH) != 0)
        if (errno != EINTR) return FailErrno("lock", path);
    }
    std::string content = path + "/content";
    if (mkdir(content.c_str(), 0755) == 0) {
      if (mount.has_from) {
        MountSource source = TRY(open_source_(mount));
        TRY_VOID(Fill(source, mount.source, content));
      }
      Attributes attributes;
      attributes.mode = S_IFDIR | mount.mode.value_or(0755);
      attributes.uid = mount.uid.value_or(0), attributes.gid = mount.gid.value_or(0);
      TRY_VOID(trees_.sandbox().ownership().Set(lock.get(), "content", attributes));
    } else if (errno != EEXIST) {
      return FailErrno("make directory", content);
    }
    locks_.push_back(std::move(lock));
    spec.mounts.push_back({.source = content, .target = mount.target, .read_only = mount.read_only});
    return {};
  }

  Result<void> Fill(const MountSource& source, const std::string& from, const std::string& to) {
    SourceTree tree{
        .root = source.root, .label = "the cache's source", .ownership = &trees_.sandbox().ownership()};
    auto roots = TRY(SelectSources(tree, {.sources = {from.empty() ? "." : from}}));
    Fd dir = TRY(OpenDirectory(to));
    CopyTarget target;
    target.root = dir.get();
    target.ownership = &trees_.sandbox().ownership();
    target.destination = "/";
    target.is_directory = true;
    return CopyInto(tree, roots, target);
  }

  Result<std::string> PrivateFile(std::string_view text, std::optional<uint32_t> uid,
                                  std::optional<uint32_t> gid, mode_t mode) {
    if (secrets_.path().empty()) {
      auto in_memory = ScratchDirectory::Make(kMemory, kMemoryPrefix);
      secrets_ = in_memory ? std::move(*in_memory) : TRY(trees_.NewScratch());
    }
    std::string name = std::to_string(files_++), path = secrets_.path() + "/" + name;
    Fd file(open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (!file) return FailErrno("make", path);
    for (size_t done = 0; done < text.size();) {
      ssize_t wrote = write(file.get(), text.data() + done, text.size() - done);
      if (wrote < 0) return FailErrno("write", path);
      done += static_cast<size_t>(wrote);
    }
    Fd dir = TRY(OpenDirectory(secrets_.path()));
    Attributes attributes;
    attributes.mode = S_IFREG | mode;
    attributes.uid = uid.value_or(0), attributes.gid = gid.value_or(0);
    TRY_VOID(trees_.sandbox().ownership().Set(dir.get(), name, attributes));
    return path;
  }

  Result<void> AddSecret(const PlannedMount& mount, RunSpec& spec) {
    auto secret = settings_.secrets.find(mount.id);
    if (secret == settings_.secrets.end()) {
      if (!mount.required) return {};
      return Fail("the secret '" + mount.id + "' is required and was not given",
                  "pass --secret id=" + mount.id + ",src=FILE or --secret id=" + mount.id + ",env=NAME");
    }
    std::string text =
        secret->second.text ? *secret->second.text : TRY(ReadWholeFile(secret->second.file, kLargestSecret));
    if (!mount.env.empty()) {
      if (text.find('\0') != std::string::npos)
        return Fail("the secret '" + mount.id + "' has a NUL byte and cannot be a variable",
                    "mount it as a file");
      spec.env.push_back(mount.env + "=" + text);
    }
    if (mount.target.empty()) return {};
    std::string path = TRY(PrivateFile(text, mount.uid, mount.gid, mount.mode.value_or(0400)));
    spec.mounts.push_back({.source = path, .target = mount.target, .read_only = true});
    return {};
  }

  Result<void> AddSsh(const PlannedMount& mount, RunSpec& spec) {
    auto agent = settings_.ssh.find(mount.id);
    if (agent == settings_.ssh.end()) {
      if (!mount.required) return {};
      return Fail("the ssh agent '" + mount.id + "' is required and was not given", "pass --ssh " + mount.id);
    }
    std::string target =
        mount.target.empty() ? "/run/buildkit/ssh_agent." + std::to_string(agents_) : mount.target;
    if (agents_++ == 0) spec.env.push_back("SSH_AUTH_SOCK=" + target);
    spec.mounts.push_back({.source = agent->second, .target = target});
    return {};
  }

  const RunStep& step_;
  const RunSettings& settings_;
  Trees& trees_;
  const OpenSource& open_source_;
  ImageUser user_;
  ScratchDirectory secrets_;
  std::vector<ScratchDirectory> private_;
  std::vector<Fd> locks_;
  std::vector<std::shared_ptr<const void>> held_;
  int files_ = 0, agents_ = 0;
};

}  // namespace

Result<RunExit> RunIn(const RunStep& step, const std::string& root, const RunSettings& settings, Trees& trees,
                      const OpenSource& open_source, const std::function<void(std::string_view)>& output,
                      const std::atomic<bool>& stop) {
  Runner runner(step, settings, trees, open_source);
  RunSpec spec = TRY(runner.Prepare(root));
  return trees.sandbox().Run(spec, output, stop);
}

}  // namespace guard::builder
