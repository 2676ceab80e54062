// What is remembered beside a file that cannot be on disk what it is for the image.
//
// Regular files and directories carry extended attributes:
//   user.guard.owner       "UID:GID", or "UID:GID:c:MAJOR:MINOR" (b for block) on an empty regular file that
//                          stands for a device
//   user.guard.capability  the value that security.capability would have
// Modes are on disk. Symlinks, FIFOs and sockets cannot have such attributes: they are in a table below the
// state directory, a small file for each birth time and link target with a line "INODE UID GID" a link.
// Overlayfs shows a copied-up link under the number of the one below, so a number that is not listed takes
// the owner that all lines agree on.
#pragma once

#include <sys/stat.h>

#include <optional>
#include <string>
#include <string_view>

#include "policies/base/error.h"

namespace guard::builder {

inline constexpr const char* kOwnerXattr = "user.guard.owner";
inline constexpr const char* kCapabilityXattr = "user.guard.capability";
inline constexpr std::string_view kOwnXattrPrefix = "user.guard.";

struct RememberedOwner {
  uid_t uid = 0;
  gid_t gid = 0;
  mode_t device = 0;  // S_IFCHR, S_IFBLK or 0
  dev_t rdev = 0;
  bool operator==(const RememberedOwner&) const = default;
  bool Plain() const { return uid == 0 && gid == 0 && device == 0; }
};
std::string Format(const RememberedOwner& owner);
std::optional<RememberedOwner> ParseRemembered(std::string_view text);

// Paths: anything that names the entry itself when not followed at its end ("/proc/self/fd/7/name"), or with
// `follow` what a magic link like "/proc/self/fd/7" leads to.
std::optional<RememberedOwner> LoadOwner(const std::string& path, bool follow = false);
Result<void> StoreOwner(const std::string& path, const RememberedOwner& owner, bool follow = false);
std::string LoadXattr(const std::string& path, const char* name, bool follow = false);

class LinkTable {
 public:
  explicit LinkTable(std::string state_directory) : directory_(std::move(state_directory) + "/links") {}
  // `dir` and `name` as in fstatat(AT_SYMLINK_NOFOLLOW); an empty name means `dir` itself (O_PATH).
  std::optional<RememberedOwner> Load(int dir, const std::string& name) const;
  Result<void> Store(int dir, const std::string& name, const RememberedOwner& owner) const;

 private:
  std::string directory_;
};

}  // namespace guard::builder
