// Tested by tests/unit/build/copy_test.cc and tests/e2e/builder_context.sh.
#include "rootless-builder/build/copy_step.h"

#include <fcntl.h>
#include <unistd.h>

#include "rootless-builder/build/copy.h"
#include "rootless-builder/build/users.h"

namespace guard::builder {

namespace {

// ADD unpacks local archives unless it is told not to; remote ones only when it is told to.
Result<bool> UnpackedInstead(const CopyStep& step, int file, bool remote, const CopyTarget& target) {
  if (!step.add || !step.unpack.value_or(!remote) || !IsArchive(file)) return false;
  if (lseek(file, 0, SEEK_SET) != 0) return FailErrno("read", "an archive");
  // The directory that it goes to is made as for any file.
  TRY(MakeDirectoryInRoot(target.root, *target.ownership, target.destination,
                          target.owner.value_or(std::pair<uid_t, gid_t>()), target.mtime));
  TRY_VOID(UnpackArchive(file, target.root, target.destination, *target.ownership));
  return true;
}

}  // namespace

Result<void> CopyFor(const CopyStep& step, const CopyInput& input, const SourceTree& tree,
                     const CopyPlace& place, Store& store, Ownership& ownership) {
  Fd root = TRY(OpenDirectory(place.root));
  CopyTarget target;
  target.root = root.get();
  target.ownership = &ownership;
  target.destination = step.destination;
  size_t count = input.roots.size() + input.remote.size() + input.repositories.size() + step.files.size();
  target.is_directory = step.destination.ends_with('/') || count > 1;
  target.mtime = place.epoch;
  if (!step.chmod.empty()) target.mode = TRY(FileMode::Parse(step.chmod));
  if (!step.chown.empty()) {
    Fd users = TRY(OpenDirectory(place.users_root));
    target.owner = TRY(ResolveOwner(users.get(), step.chown));
  }
  std::vector<SourceRoot> plain;
  for (const SourceRoot& source : input.roots) {
    bool file = !source.directory && source.files.size() == 1 && S_ISREG(source.files[0].attributes.mode);
    if (step.add && file) {
      Fd content = OpenInRoot(tree.root, source.files[0].path, O_RDONLY | O_NOFOLLOW);
      if (!content) return FailErrno("read", source.files[0].path);
      if (TRY(UnpackedInstead(step, content.get(), false, target))) continue;
    }
    plain.push_back(source);
  }
  TRY_VOID(CopyInto(tree, plain, target));
  for (const auto& repository : input.repositories) {
    CopyTarget into = target;
    into.is_directory = true;
    // git keeps one bit of a file's mode: the rest is not the umask's affair.
    if (!into.mode) into.mode = TRY(FileMode::Parse("u=rwX,go=rX"));
    into.owner = target.owner.value_or(std::pair<uid_t, gid_t>(0, 0));
    TRY_VOID(CopyInto(repository->tree, repository->roots, into));
  }
  for (const RemoteFile& remote : input.remote) {
    Fd content(TRY(store.OpenBlob(remote.digest)));
    if (TRY(UnpackedInstead(step, content.get(), true, target))) continue;
    if (lseek(content.get(), 0, SEEK_SET) != 0) return FailErrno("read", remote.name);
    if (remote.name.empty() && target.is_directory)
      return Fail("the address names no file, so that nothing says what it is called in " + step.destination,
                  "write the file's name at the destination");
    mode_t mode = target.mode ? target.mode->Apply(0600, false) : 0600;
    TRY_VOID(WriteInto({{.name = remote.name, .mode = mode, .mtime = remote.mtime, .content = content.get()}},
                       target));
  }
  for (const InlineFile& file : step.files)
    TRY_VOID(WriteInto(
        {{.name = file.name, .mode = 0644, .mtime = place.epoch.value_or(0), .text = file.content}}, target));
  return {};
}

Result<void> MakeWorkdir(const WorkdirStep& step, const std::string& root, std::optional<int64_t> epoch,
                         Ownership& ownership) {
  Fd dir = TRY(OpenDirectory(root));
  std::pair<uid_t, gid_t> owner(0, 0);
  if (!step.owner.empty()) {
    ImageUser user = TRY(ResolveUser(dir.get(), step.owner));
    owner = {user.uid, user.gid};
  }
  TRY(MakeDirectoryInRoot(dir.get(), ownership, step.path, owner, epoch));
  return {};
}

}  // namespace guard::builder
