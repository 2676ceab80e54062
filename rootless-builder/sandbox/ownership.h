// Who owns a file of an image, and what kind of file it is, also where this process may not say so on disk.
//
// Root, and a user namespace with a range of ids, have files that really belong to uid 33. With one id, and
// under Pod Security `restricted`, chown, mknod and file capabilities are refused: there files stay ours on
// disk, and what they would have been is remembered beside them. Everything that makes or reads an image's
// files (extraction, COPY, RUN, diffs) goes through this interface, so that images come out the same in every
// place.
#pragma once

#include <sys/stat.h>
#include <sys/types.h>

#include <memory>
#include <string>

#include "policies/base/error.h"

namespace guard::builder {

struct Attributes {
  mode_t mode = 0;  // type and permissions, setuid, setgid and sticky included (07777)
  uid_t uid = 0;
  gid_t gid = 0;
  dev_t rdev = 0;          // of character and block devices
  std::string capability;  // the value of security.capability; empty: none
  bool operator==(const Attributes&) const = default;
};

// Thread-safe for different files. `dir` is a directory's descriptor (not O_PATH alone) and `name` an entry
// in it, or
// "." for the directory itself; symlinks are never followed.
class Ownership {
 public:
  virtual ~Ownership() = default;
  // False: ids beyond our own, devices and capabilities are remembered, not on disk.
  virtual bool real() const = 0;
  // What the entry is for the image. `on_disk` is what fstatat(AT_SYMLINK_NOFOLLOW) said, which callers have.
  virtual Result<Attributes> Get(int dir, const std::string& name, const struct stat& on_disk) = 0;
  // Makes it so: owner first, then mode (chown clears setuid), then the capability. The type must be the
  // entry's.
  virtual Result<void> Set(int dir, const std::string& name, const Attributes& attributes) = 0;
  // A device node, or what stands for one.
  virtual Result<void> MakeNode(int dir, const std::string& name, const Attributes& attributes) = 0;
  // Whether an extended attribute on disk is this interface's own, so that no layer gets it.
  virtual bool IsOwnXattr(const std::string& name) const = 0;
};

std::unique_ptr<Ownership> MakeRealOwnership();
// Remembers in extended attributes (user.*) of files and directories, and in a table below `state_directory`
// for what cannot have them (symlinks, sockets).
Result<std::unique_ptr<Ownership>> MakeVirtualOwnership(const std::string& state_directory);

}  // namespace guard::builder
