// Mount points have to be there before something can be mounted on them, and an image that has no /proc must
// not get one from being built.
//
// Tested by mount_points_test.cc.
#include <sys/stat.h>

#include <cerrno>
#include <cstring>

#include "rootless-builder/sandbox/mounts.h"

namespace guard::builder {
namespace {

constexpr int kMostSymlinks = 40;

// What every step has, before RunSpec::mounts.
constexpr std::pair<const char*, bool> kStandard[] = {{"proc", true},          {"sys", true},
                                                      {"dev", true},           {"etc/hosts", false},
                                                      {"etc/hostname", false}, {"etc/resolv.conf", false}};

bool Same(const timespec& a, const timespec& b) { return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec; }

// What a symlink at the end of `name` says; empty: it is none.
std::string LinkAt(int parent, const std::string& name) {
  char buffer[4096];
  ssize_t size = readlinkat(parent, name.c_str(), buffer, sizeof buffer);
  return size > 0 ? std::string(buffer, static_cast<size_t>(size)) : std::string();
}

bool IsBelow(const std::string& path, const std::string& folder) {
  return path.size() > folder.size() && path.starts_with(folder) && path[folder.size()] == '/';
}

}  // namespace

Result<Fd> OpenOrMake(int root, const std::string& path, bool directory, std::vector<MadeMountPoint>* made) {
  std::string wanted = RelativeToRoot(path);
  for (int links = 0; links <= kMostSymlinks; ++links) {
    std::string prefix, rest = wanted, link;
    Fd found;
    while (true) {
      size_t slash = rest.find('/');
      std::string part = rest.substr(0, slash);
      bool last = slash == rest.npos;
      std::string next = prefix.empty() ? part : prefix + "/" + part;
      found.Reset(OpenInRoot(root, next, O_PATH));
      if (!found.valid() && errno != ENOENT) return SystemFail("cannot reach /" + next, errno);
      if (!found.valid()) {
        Fd parent(OpenInRoot(root, prefix, O_RDONLY | O_DIRECTORY));
        if (!parent.valid()) return SystemFail("cannot reach /" + prefix, errno);
        link = LinkAt(parent.get(), part);
        if (!link.empty()) {
          wanted = (link[0] == '/' ? link : prefix + "/" + link) + (last ? "" : rest.substr(slash));
          wanted = RelativeToRoot(wanted);
          break;
        }
        struct stat before{}, after{}, self{};
        fstat(parent.get(), &before);
        int failed;
        if (!last || directory) {
          failed = mkdirat(parent.get(), part.c_str(), 0755);
        } else {
          Fd file(openat(parent.get(), part.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0644));
          failed = file.valid() ? 0 : -1;
        }
        if (failed) return SystemFail("cannot make the mount point /" + next, errno);
        found.Reset(OpenInRoot(root, next, O_PATH));
        if (!found.valid()) return SystemFail("cannot reach /" + next, errno);
        fstat(parent.get(), &after);
        fstat(found.get(), &self);
        if (made) {
          made->push_back(
              {std::move(parent), part, !last || directory, self.st_ino, before.st_mtim, after.st_mtim});
        }
      }
      if (last) {
        struct stat status;
        if (fstat(found.get(), &status) != 0) return SystemFail("cannot look at /" + next, errno);
        if (S_ISDIR(status.st_mode) != directory) {
          return Fail("cannot mount on /" + next + ": it is " +
                      (directory ? "no directory" : "a directory, and the source is a file"));
        }
        return found;
      }
      prefix = next;
      rest = rest.substr(slash + 1);
    }
  }
  return Fail("cannot mount on " + path + ": too many symbolic links");
}

Result<void> MountPoints::Make(const RunSpec& spec) {
  Fd root(open(spec.root.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!root.valid()) return SystemFail("cannot open the step's root " + spec.root, errno);
  for (auto [path, directory] : kStandard) TRY(OpenOrMake(root.get(), path, directory, &made_));
  std::vector<std::string> covered = {"proc", "sys", "dev"};
  for (const RunMount& mount : spec.mounts) {
    std::string target = RelativeToRoot(mount.target);
    if (target.empty()) return Fail("a mount on / would hide the step's root");
    bool hidden = false;  // below another mount: made there, when that one is mounted
    for (const std::string& folder : covered) hidden = hidden || IsBelow(target, folder);
    bool directory = true;
    struct stat status;
    if (mount.kind == RunMount::Kind::kBind) {
      if (stat(mount.source.c_str(), &status) != 0) return SystemFail("cannot mount " + mount.source, errno);
      directory = S_ISDIR(status.st_mode);
    }
    if (!hidden) TRY(OpenOrMake(root.get(), target, directory, &made_));
    covered.push_back(std::move(target));
  }
  return {};
}

void RemoveMade(std::vector<MadeMountPoint>& all) {
  while (!all.empty()) {
    MadeMountPoint& made = all.back();
    struct stat self, parent;
    int dir = made.parent.get();
    bool ours = fstatat(dir, made.name.c_str(), &self, AT_SYMLINK_NOFOLLOW) == 0 &&
                self.st_ino == made.inode && (made.directory || self.st_size == 0);
    bool untouched = fstat(dir, &parent) == 0 && Same(parent.st_mtim, made.after);
    if (ours && unlinkat(dir, made.name.c_str(), made.directory ? AT_REMOVEDIR : 0) == 0 && untouched) {
      timespec times[2] = {{0, UTIME_OMIT}, made.before};  // the "after" of what was made there before this
      futimens(dir, times);
    }
    all.pop_back();
  }
}

}  // namespace guard::builder
