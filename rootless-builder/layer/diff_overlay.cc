// Before a step, where layers are overlayfs's lower directories: looked up through them as overlayfs does.
//
// Tested by diff_test.cc and diff_pair_test.cc.
#include <fcntl.h>
#include <sys/xattr.h>

#include <cerrno>
#include <set>

#include "rootless-builder/layer/before.h"

namespace guard::builder {
namespace {

struct Lowers {
  std::vector<Fd> roots;  // topmost first
  std::string opaque;     // the attribute's name
  Ownership& ownership;
};

class LowerDirectory;

class LowerEntry : public BeforeEntry {
 public:
  LowerEntry(const Lowers& lowers, Seen seen, std::string path, std::vector<size_t> layers)
      : lowers_(lowers), seen_(std::move(seen)), path_(std::move(path)), layers_(std::move(layers)) {}
  const Entry& entry() const override { return seen_.entry; }
  bool Untouched(const struct stat&) const override { return false; }
  Result<bool> SameContent(int file) const override { return SameBytes(seen_.file.get(), file); }
  Result<std::unique_ptr<BeforeDirectory>> Open() const override;

 private:
  const Lowers& lowers_;
  Seen seen_;
  std::string path_;
  std::vector<size_t> layers_;  // a directory's: those that have it, topmost first
};

// A merged directory: which layers have it, and its path in them, which has no symlinks there.
class LowerDirectory : public BeforeDirectory {
 public:
  LowerDirectory(const Lowers& lowers, std::string path, std::vector<size_t> layers)
      : lowers_(lowers), path_(std::move(path)), layers_(std::move(layers)) {}

  Result<std::unique_ptr<BeforeEntry>> Find(const std::string& name) const override {
    const std::string path = path_.empty() ? name : path_ + "/" + name;
    std::optional<Seen> seen;
    std::vector<size_t> layers;
    for (const size_t layer : layers_) {
      const int root = lowers_.roots[layer].get();
      struct stat status{};
      if (fstatat(root, path.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
        if (errno == ENOENT) continue;
        return FailErrno("read", path);
      }
      if (IsOverlayWhiteout(status) || (seen && !S_ISDIR(status.st_mode))) break;
      if (!seen) {
        const Fd parent(openat(root, path_.empty() ? "." : path_.c_str(),
                               O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
        if (!parent) return FailErrno("open", path_);
        seen = TRY(See(parent.get(), name, "", status, lowers_.ownership));
      }
      if (!S_ISDIR(status.st_mode)) break;
      layers.push_back(layer);
      const Fd directory(openat(root, path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
      char value = 0;
      if (directory && fgetxattr(directory.get(), lowers_.opaque.c_str(), &value, 1) == 1 && value == 'y')
        break;
    }
    if (!seen) return nullptr;
    return std::unique_ptr<BeforeEntry>(
        std::make_unique<LowerEntry>(lowers_, std::move(*seen), path, std::move(layers)));
  }

  Result<std::vector<std::string>> Names() const override {
    std::set<std::string> names, gone;
    for (const size_t layer : layers_) {
      const Fd directory(openat(lowers_.roots[layer].get(), path_.empty() ? "." : path_.c_str(),
                                O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
      if (!directory) return FailErrno("open", path_);
      for (const std::string& name : TRY(ListDirectory(directory.get()))) {
        struct stat status{};
        if (names.contains(name) || gone.contains(name)) continue;
        if (fstatat(directory.get(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0)
          return FailErrno("read", name);
        (IsOverlayWhiteout(status) ? gone : names).insert(name);
      }
    }
    return std::vector<std::string>(names.begin(), names.end());
  }

 private:
  const Lowers& lowers_;
  std::string path_;
  std::vector<size_t> layers_;
};

Result<std::unique_ptr<BeforeDirectory>> LowerEntry::Open() const {
  return std::unique_ptr<BeforeDirectory>(std::make_unique<LowerDirectory>(lowers_, path_, layers_));
}

}  // namespace

Result<uint64_t> DiffOverlay(const std::string& upper, const std::vector<std::string>& lowers,
                             std::string_view overlay_xattr_prefix, Ownership& ownership,
                             const DiffOptions& options, LayerWriter& writer) {
  Lowers opened{.opaque = std::string(overlay_xattr_prefix) + "opaque", .ownership = ownership};
  std::vector<size_t> layers;
  Seen root;
  root.entry.attributes.mode = S_IFDIR | 0755;  // what a root is where no layer says anything
  for (const std::string& lower : lowers) {
    Fd directory = TRY(OpenDirectory(lower));
    if (layers.empty()) {
      struct stat status{};
      if (fstat(directory.get(), &status) != 0) return FailErrno("read", lower);
      root = TRY(See(directory.get(), ".", "", status, ownership));
    }
    layers.push_back(opened.roots.size());
    opened.roots.push_back(std::move(directory));
  }
  const LowerEntry before(opened, std::move(root), "", std::move(layers));
  return WalkChanges({ownership, options, writer, std::string(overlay_xattr_prefix)}, upper, before);
}

}  // namespace guard::builder
