// Both ways of owning files. Devices are placeholders wherever the kernel refuses the real thing, so also in
// a user namespace with real owners.
//
// Tested by ownership_test.cc.
#include "rootless-builder/sandbox/ownership.h"

#include <fcntl.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cerrno>

#include "rootless-builder/sandbox/remembered.h"
#include "rootless-builder/sandbox/system.h"

namespace guard::builder {
namespace {

constexpr const char* kKernelCapability = "security.capability";

std::string PathOf(int dir, const std::string& name) {
  return "/proc/self/fd/" + std::to_string(dir) + "/" + name;
}
bool CarriesXattrs(mode_t mode) { return S_ISREG(mode) || S_ISDIR(mode); }
bool IsDevice(mode_t mode) { return S_ISCHR(mode) || S_ISBLK(mode); }

Result<void> ChangeMode(int dir, const std::string& name, mode_t mode) {
  if (S_ISLNK(mode)) return {};
  if (fchmodat(dir, name.c_str(), mode & 07777, AT_SYMLINK_NOFOLLOW) != 0) {
    return SystemFail("cannot set the mode of " + name, errno);
  }
  return {};
}

Result<void> MakePlaceholder(int dir, const std::string& name, const Attributes& attributes) {
  Fd file(openat(dir, name.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file.valid()) return SystemFail("cannot make " + name, errno);
  return StoreOwner(PathOf(dir, name),
                    {attributes.uid, attributes.gid, attributes.mode & S_IFMT, attributes.rdev});
}

class RealOwnership : public Ownership {
 public:
  bool real() const override { return true; }
  bool IsOwnXattr(const std::string& name) const override { return name.starts_with(kOwnXattrPrefix); }

  Result<Attributes> Get(int dir, const std::string& name, const struct stat& on_disk) override {
    Attributes attributes{
        on_disk.st_mode, on_disk.st_uid, on_disk.st_gid, IsDevice(on_disk.st_mode) ? on_disk.st_rdev : 0, {}};
    if (!S_ISREG(on_disk.st_mode)) return attributes;
    std::string path = PathOf(dir, name);
    attributes.capability = LoadXattr(path, kKernelCapability);
    if (on_disk.st_size != 0) return attributes;
    std::optional<RememberedOwner> owner = LoadOwner(path);
    if (owner && owner->device != 0) {
      attributes.mode = owner->device | (on_disk.st_mode & 07777);
      attributes.rdev = owner->rdev;
    }
    return attributes;
  }

  Result<void> Set(int dir, const std::string& name, const Attributes& attributes) override {
    if (fchownat(dir, name.c_str(), attributes.uid, attributes.gid, AT_SYMLINK_NOFOLLOW) != 0) {
      return SystemFail("cannot give " + name + " to " + std::to_string(attributes.uid) + ":" +
                            std::to_string(attributes.gid),
                        errno, errno == EINVAL ? "this id is not among the mapped subordinate ids" : "");
    }
    TRY_VOID(ChangeMode(dir, name, attributes.mode));
    if (!S_ISREG(attributes.mode)) return {};
    std::string path = PathOf(dir, name);
    int failed = attributes.capability.empty()
                     ? lremovexattr(path.c_str(), kKernelCapability)
                     : lsetxattr(path.c_str(), kKernelCapability, attributes.capability.data(),
                                 attributes.capability.size(), 0);
    if (failed &&
        !(attributes.capability.empty() && (errno == ENODATA || errno == ENOTSUP || errno == EPERM))) {
      return SystemFail("cannot set the capabilities of " + name, errno);
    }
    return {};
  }

  Result<void> MakeNode(int dir, const std::string& name, const Attributes& attributes) override {
    if (mknodat(dir, name.c_str(), attributes.mode & (S_IFMT | 0777), attributes.rdev) == 0) {
      return Set(dir, name, attributes);
    }
    if (errno != EPERM) return SystemFail("cannot make the device " + name, errno);
    TRY_VOID(MakePlaceholder(dir, name, attributes));
    if (fchownat(dir, name.c_str(), attributes.uid, attributes.gid, AT_SYMLINK_NOFOLLOW) != 0) {
      return SystemFail("cannot give " + name + " away", errno);
    }
    return ChangeMode(dir, name, attributes.mode);
  }
};

class VirtualOwnership : public Ownership {
 public:
  explicit VirtualOwnership(std::string state_directory)
      : links_(std::move(state_directory)), uid_(geteuid()), gid_(getegid()) {}

  bool real() const override { return false; }
  bool IsOwnXattr(const std::string& name) const override { return name.starts_with(kOwnXattrPrefix); }

  Result<Attributes> Get(int dir, const std::string& name, const struct stat& on_disk) override {
    // Ours on disk is root's in the image.
    Attributes attributes{on_disk.st_mode,
                          on_disk.st_uid == uid_ ? 0 : on_disk.st_uid,
                          on_disk.st_gid == gid_ ? 0 : on_disk.st_gid,
                          IsDevice(on_disk.st_mode) ? on_disk.st_rdev : 0,
                          {}};
    std::optional<RememberedOwner> owner;
    if (CarriesXattrs(on_disk.st_mode)) {
      std::string path = PathOf(dir, name);
      owner = LoadOwner(path);
      if (S_ISREG(on_disk.st_mode)) attributes.capability = LoadXattr(path, kCapabilityXattr);
    } else {
      owner = links_.Load(dir, name);
    }
    if (!owner) return attributes;
    attributes.uid = owner->uid;
    attributes.gid = owner->gid;
    if (owner->device != 0 && S_ISREG(on_disk.st_mode)) {
      attributes.mode = owner->device | (on_disk.st_mode & 07777);
      attributes.rdev = owner->rdev;
    }
    return attributes;
  }

  Result<void> Set(int dir, const std::string& name, const Attributes& attributes) override {
    RememberedOwner owner{attributes.uid, attributes.gid, 0, 0};
    if (IsDevice(attributes.mode)) owner.device = attributes.mode & S_IFMT, owner.rdev = attributes.rdev;
    if (!CarriesXattrs(attributes.mode) && owner.device == 0) {
      TRY_VOID(links_.Store(dir, name, owner));
      return ChangeMode(dir, name, attributes.mode);
    }
    std::string path = PathOf(dir, name);
    TRY_VOID(StoreOwner(path, owner));
    TRY_VOID(ChangeMode(dir, name, attributes.mode));
    if (!S_ISREG(attributes.mode)) return {};
    int failed = attributes.capability.empty()
                     ? lremovexattr(path.c_str(), kCapabilityXattr)
                     : lsetxattr(path.c_str(), kCapabilityXattr, attributes.capability.data(),
                                 attributes.capability.size(), 0);
    if (failed && !(attributes.capability.empty() && (errno == ENODATA || errno == ENOTSUP))) {
      return SystemFail("cannot remember the capabilities of " + name, errno);
    }
    return {};
  }

  Result<void> MakeNode(int dir, const std::string& name, const Attributes& attributes) override {
    TRY_VOID(MakePlaceholder(dir, name, attributes));
    return ChangeMode(dir, name, attributes.mode);
  }

 private:
  LinkTable links_;
  uid_t uid_;
  gid_t gid_;
};

}  // namespace

std::unique_ptr<Ownership> MakeRealOwnership() { return std::make_unique<RealOwnership>(); }

Result<std::unique_ptr<Ownership>> MakeVirtualOwnership(const std::string& state_directory) {
  if (!state_directory.starts_with('/')) return Fail("the state directory is no absolute path");
  return std::make_unique<VirtualOwnership>(state_directory);
}

}  // namespace guard::builder
