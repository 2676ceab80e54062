// Tested by tests/e2e/builder_build.sh and builder_run.sh.
#include "rootless-builder/build/trees.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "policies/base/sha256.h"

namespace guard::builder {

Result<ScratchDirectory> ScratchDirectory::Make(const std::string& parent, const std::string& prefix) {
  TRY_VOID(MakeDirectories(parent));
  // Who removes dead builds' directories may take a new one before it is locked: then another is made.
  for (int tries = 0; tries < 20; ++tries) {
    ScratchDirectory made;
    std::string path = parent + "/" + prefix + "XXXXXX";
    if (mkdtemp(path.data()) == nullptr) return FailErrno("make a directory in", parent);
    made.lock_ = Fd(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW));
    if (!made.lock_ && errno != ENOENT) return FailErrno("open", path);
    if (!made.lock_ || (flock(made.lock_.get(), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK)) continue;
    struct stat info;
    if (fstat(made.lock_.get(), &info) != 0) return FailErrno("look at", path);
    if (info.st_nlink == 0) continue;
    made.path_ = path;
    return made;
  }
  return Fail("no directory in '" + parent + "' stays", "does another program clean it up?");
}

void ScratchDirectory::RemoveDead(const std::string& parent, const std::string& prefix) {
  auto folder = OpenDirectory(parent);
  if (!folder) return;
  auto names = ListDirectory(folder->get());
  if (!names) return;
  for (const std::string& name : *names) {
    if (!name.starts_with(prefix)) continue;
    const Fd dead(
        openat(folder->get(), name.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    struct stat info;
    if (!dead || fstat(dead.get(), &info) != 0 || info.st_uid != geteuid()) continue;
    if (flock(dead.get(), LOCK_EX | LOCK_NB) == 0) (void)RemoveTree(parent + "/" + name);
  }
}

ScratchDirectory& ScratchDirectory::operator=(ScratchDirectory&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(lock_, other.lock_);
  return *this;
}

ScratchDirectory::~ScratchDirectory() {
  // What cannot be removed now is a leftover for prune.
  if (!path_.empty()) (void)RemoveTree(path_);
}

Trees::Trees(Store& store, Sandbox& sandbox) : store_(store), sandbox_(sandbox) {
  folder_ = store.directory() + "/trees/" + std::string(sandbox.OwnershipForm());
}

Result<void> Trees::Prepare() {
  ScratchDirectory::RemoveDead(kMemory, kMemoryPrefix);
  return MakeDirectories(folder_);
}

std::string Trees::PathOf(const Digest& diff_id) const { return folder_ + "/" + diff_id.hex(); }

bool Trees::Has(const Digest& diff_id) const { return access(PathOf(diff_id).c_str(), F_OK) == 0; }

Result<void> Trees::TakeAttributes(const std::vector<std::string>& below, const std::string& path, int root) {
  for (const std::string& lower : below) {
    struct stat info;
    Fd from = TRY(OpenDirectory(lower));
    Fd dir = OpenInRoot(from.get(), path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    if (!dir || fstat(dir.get(), &info) != 0) continue;
    auto attributes = sandbox_.ownership().Get(dir.get(), ".", info);
    if (!attributes) return Fail(attributes.error());
    Fd to = OpenInRoot(root, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    if (!to) return FailErrno("open", path);
    TRY_VOID(sandbox_.ownership().Set(to.get(), ".", *attributes));
    timespec times[2] = {info.st_mtim, info.st_mtim};
    if (futimens(to.get(), times) != 0) return FailErrno("set the time of", path);
    return {};
  }
  return {};
}

Result<std::string> Trees::Ensure(const LayerRef& layer, const std::vector<std::string>& below) {
  std::string path = PathOf(layer.diff_id);
  std::mutex* busy;
  {
    std::lock_guard lock(mutex_);
    auto& slot = busy_[layer.diff_id.hex()];
    if (!slot) slot = std::make_unique<std::mutex>();
    busy = slot.get();
  }
  std::lock_guard lock(*busy);
  if (Has(layer.diff_id)) {
    (void)utimensat(AT_FDCWD, (path + "/..").c_str(), nullptr, 0);
    return path;
  }
  // The form for these layers below, where a layer leaves directories out (see the end of this function).
  std::string stack;
  for (const std::string& lower : below) stack += lower + "\n";
  std::string above = path + "-" + Sha256Hex(stack).substr(0, 16);
  if (access(above.c_str(), F_OK) == 0) return above;
  ScratchDirectory scratch = TRY(NewScratch());
  std::string made = scratch.path() + "/fs";
  if (mkdir(made.c_str(), 0755) != 0) return FailErrno("make directory", made);
  Fd root = TRY(OpenDirectory(made));
  Unpacked unpacked = TRY(Unpack(store_, layer.blob, root.get(), sandbox_.ownership(), WhiteoutForm::kOverlay,
                                 sandbox_.OverlayXattrPrefix(), {}, below));
  if (unpacked.diff_id != layer.diff_id) {
    return Fail("layer " + layer.blob.digest.ToString() + " unpacks to " + unpacked.diff_id.ToString() +
                    ", but its image says " + layer.diff_id.ToString(),
                "the image is damaged or was made with wrong digests; it is not used");
  }
  // A directory that the layer has files in but no entry for would hide that of a layer below, with its owner
  // and mode: it takes them over, and the tree is good above these layers only. So is one that links to their
  // files.
  for (const std::string& implied : unpacked.implied) TRY_VOID(TakeAttributes(below, implied, root.get()));
  bool anywhere = (unpacked.implied.empty() && !unpacked.took_from_below) || below.empty();
  if (!anywhere) path = above;
  TRY_VOID(Keep(made, path));
  return path;
}

Result<void> Trees::Adopt(const std::string& directory, const Digest& diff_id) {
  return Keep(directory, PathOf(diff_id));
}

Result<void> Trees::Keep(const std::string& directory, const std::string& path) {
  if (rename(directory.c_str(), path.c_str()) == 0) return {};
  // Another build made the same: its tree is as good as ours.
  if (errno == EEXIST || errno == ENOTEMPTY) return {};
  return FailErrno("keep the layer at", path);
}

Result<ScratchDirectory> Trees::NewScratch() {
  return ScratchDirectory::Make(store_.directory() + "/work", "");
}

Result<std::string> Trees::CacheDirectory(std::string_view id) {
  std::string path =
      store_.directory() + "/caches/" + std::string(sandbox_.OwnershipForm()) + "/" + Sha256Hex(id);
  TRY_VOID(MakeDirectories(path));
  return path;
}

}  // namespace guard::builder
