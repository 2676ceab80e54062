// Tested by apply_test.cc.
#include "rootless-builder/layer/lower_file.h"

#include <fcntl.h>
#include <sys/xattr.h>

#include <cerrno>

namespace guard::builder {

namespace {

enum class Seen : uint8_t { kFile, kGone, kAbsent };

struct Look {
  Seen seen = Seen::kAbsent;
  bool opaque = false;  // a directory on the way hides the layers below
  LowerFile file;
};

// What one layer says of the path: it has the file, says that there is none, or says nothing.
Result<Look> LookInto(const std::string& layer, const std::string& opaque_attribute, std::string_view path) {
  Look look;
  look.file.directory = TRY(OpenDirectory(layer));
  while (true) {
    const size_t slash = path.find('/');
    const std::string part(path.substr(0, slash));
    const int dir = look.file.directory.get();
    struct stat& status = look.file.status;
    if (fstatat(dir, part.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
      if (errno != ENOENT) return FailErrno("read", part);
      return look;
    }
    if (S_ISCHR(status.st_mode) && status.st_rdev == 0) {
      look.seen = Seen::kGone;
      return look;
    }
    if (slash == path.npos) {
      look.seen = S_ISREG(status.st_mode) || S_ISLNK(status.st_mode) ? Seen::kFile : Seen::kGone;
      look.file.name = part;
      return look;
    }
    if (!S_ISDIR(status.st_mode)) {
      look.seen = Seen::kGone;
      return look;
    }
    Fd below(openat(dir, part.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!below) return FailErrno("open the directory", part);
    char value = 0;
    look.opaque =
        look.opaque || (fgetxattr(below.get(), opaque_attribute.c_str(), &value, 1) == 1 && value == 'y');
    look.file.directory = std::move(below);
    path.remove_prefix(slash + 1);
  }
}

}  // namespace

Result<std::optional<LowerFile>> FindLowerFile(const std::vector<std::string>& layers,
                                               const std::string& overlay_prefix, std::string_view path) {
  if (path.empty()) return std::nullopt;
  for (const std::string& layer : layers) {
    Look look = TRY(LookInto(layer, overlay_prefix + "opaque", path));
    if (look.seen == Seen::kFile) return std::optional(std::move(look.file));
    if (look.seen == Seen::kGone || look.opaque) return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace guard::builder
