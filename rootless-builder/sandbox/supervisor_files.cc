// Owners and kinds of files, as they are shown, changed and given to what is made.
//
// Tested by tests/e2e/sandbox_one_id.sh.
#include <linux/magic.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <sys/xattr.h>

#include <cerrno>

#include "rootless-builder/sandbox/supervisor.h"

namespace guard::builder {
namespace {

bool CarriesXattrs(mode_t mode) { return S_ISREG(mode) || S_ISDIR(mode); }
bool IsDevice(mode_t mode) { return S_ISCHR(mode) || S_ISBLK(mode); }

// File systems of the kernel's own, whose files are in no layer.
bool OfTheKernel(const Fd& file) {
  struct statfs status;
  if (fstatfs(file.get(), &status) != 0) return false;
  return status.f_type == PROC_SUPER_MAGIC || status.f_type == SYSFS_MAGIC ||
         status.f_type == DEVPTS_SUPER_MAGIC || status.f_type == TMPFS_MAGIC;
}

std::optional<RememberedOwner> OwnerOf(const Call& call, const Fd& file, mode_t mode) {
  if (IsDevice(mode)) return {};
  return CarriesXattrs(mode) ? LoadOwner(NameOf(file), true) : call.links.Load(file.get(), "");
}

bool Remember(const Call& call, const Fd& file, mode_t mode, const RememberedOwner& owner) {
  return (CarriesXattrs(mode) ? StoreOwner(NameOf(file), owner, true)
                              : call.links.Store(file.get(), "", owner))
      .has_value();
}

// What (directory, path, flags) of an *at call names.
Fd Named(const Call& call, int dir, uint64_t address, uint64_t flags) {
  std::optional<std::string> path = address == 0 ? std::string() : call.tracee.ReadText(address);
  if (!path) return {};
  if (!path->empty()) return call.tracee.Resolve(dir, *path, (flags & AT_SYMLINK_NOFOLLOW) == 0);
  if ((flags & AT_EMPTY_PATH) == 0) return {};
  return dir == AT_FDCWD ? call.tracee.Resolve(dir, ".", true) : call.tracee.OpenDescriptor(dir);
}

Reply Show(const Call& call, const Fd& file, uint64_t address) {
  struct stat status;
  if (!file.valid() || fstat(file.get(), &status) != 0) return Reply::Continue();
  std::optional<RememberedOwner> owner = OwnerOf(call, file, status.st_mode);
  if (!owner) return Reply::Continue();
  status.st_uid = owner->uid;
  status.st_gid = owner->gid;
  if (owner->device) {
    status.st_mode = owner->device | (status.st_mode & 07777);
    status.st_rdev = owner->rdev;
  }
  return call.tracee.Write(address, &status, sizeof status) ? Reply::Value(0) : Reply::Failed(EFAULT);
}

Reply ShowExtended(const Call& call) {
  Fd file = Named(call, call.fd(0), call.arg(1), call.arg(2));
  struct stat status;
  if (!file.valid() || fstat(file.get(), &status) != 0) return Reply::Continue();
  std::optional<RememberedOwner> owner = OwnerOf(call, file, status.st_mode);
  if (!owner) return Reply::Continue();
  struct statx about;
  int flags = static_cast<int>(call.arg(2) & AT_STATX_SYNC_TYPE) | AT_EMPTY_PATH;
  if (statx(file.get(), "", flags, static_cast<unsigned>(call.arg(3)), &about) != 0)
    return Reply::Failed(errno);
  about.stx_uid = owner->uid;
  about.stx_gid = owner->gid;
  if (owner->device) {
    about.stx_mode = static_cast<uint16_t>(owner->device | (about.stx_mode & 07777));
    about.stx_rdev_major = major(owner->rdev);
    about.stx_rdev_minor = minor(owner->rdev);
  }
  return call.tracee.Write(call.arg(4), &about, sizeof about) ? Reply::Value(0) : Reply::Failed(EFAULT);
}

bool MayGive(const Call& call, const RememberedOwner& now, uint32_t uid, uint32_t gid) {
  if (call.who.Privileged()) return true;
  return now.uid == call.who.uid[3] && (uid == kUnchanged || uid == now.uid) &&
         (gid == kUnchanged || gid == now.gid || call.who.InGroup(gid));
}

Reply Give(const Call& call, const Fd& file, uint32_t uid, uint32_t gid) {
  struct stat status;
  if (!file.valid() || fstat(file.get(), &status) != 0) return Reply::Continue();
  if (IsDevice(status.st_mode) || OfTheKernel(file)) {
    // Terminals and devices are not ours to give, and no image gets them.
    if (!CarriesXattrs(status.st_mode) || getxattr(NameOf(file).c_str(), kOwnerXattr, nullptr, 0) >= 0 ||
        errno != ENODATA) {
      return Reply::Value(0);
    }
  }
  RememberedOwner owner = OwnerOf(call, file, status.st_mode).value_or(RememberedOwner());
  if (!MayGive(call, owner, uid, gid)) return Reply::Failed(EPERM);
  // The kernel's part of it: setuid bits go, the change time moves, overlayfs copies the file up.
  uint32_t own_uid = uid == kUnchanged ? kUnchanged : 0, own_gid = gid == kUnchanged ? kUnchanged : 0;
  if (fchownat(file.get(), "", own_uid, own_gid, AT_EMPTY_PATH) != 0) return Reply::Failed(errno);
  if (uid != kUnchanged) owner.uid = uid;
  if (gid != kUnchanged) owner.gid = gid;
  if (!Remember(call, file, status.st_mode, owner)) return Reply::Failed(EIO);
  if (S_ISREG(status.st_mode)) removexattr(NameOf(file).c_str(), kCapabilityXattr);
  return Reply::Value(0);
}

// Who owns what the caller makes in a directory: setgid directories hand their group on.
RememberedOwner MakerIn(const Call& call, const Fd& parent) {
  RememberedOwner owner{call.who.uid[3], call.who.gid[3], 0, 0};
  struct stat status;
  if (fstat(parent.get(), &status) == 0 && (status.st_mode & S_ISGID)) {
    if (auto above = OwnerOf(call, parent, status.st_mode)) owner.gid = above->gid;
  }
  return owner;
}

struct Making {
  Fd parent;
  std::string name;
  RememberedOwner owner;
};

// Not worth answering (false): root's files in root's directories, and paths that are the kernel's to judge.
bool StartMaking(const Call& call, int dir, uint64_t address, Making& making) {
  std::optional<std::string> path = call.tracee.ReadText(address);
  if (!path || path->empty()) return false;
  while (path->size() > 1 && path->ends_with('/')) path->pop_back();
  making.parent = call.tracee.ResolveParent(dir, *path, making.name);
  if (!making.parent.valid()) return false;
  making.owner = MakerIn(call, making.parent);
  return true;
}

Reply FinishMaking(const Call& call, const Making& making) {
  Fd made(openat(making.parent.get(), making.name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
  struct stat status;
  if (!made.valid() || fstat(made.get(), &status) != 0) return Reply::Failed(errno);
  return Remember(call, made, status.st_mode, making.owner) ? Reply::Value(0) : Reply::Failed(EIO);
}

Reply MakeDirectory(const Call& call, int dir, uint64_t address, uint64_t mode) {
  Making making;
  if (!StartMaking(call, dir, address, making) || making.owner.Plain()) return Reply::Continue();
  mode_t bits = static_cast<mode_t>(mode) & 07777 & ~call.tracee.Umask();
  if (mkdirat(making.parent.get(), making.name.c_str(), bits) != 0) return Reply::Failed(errno);
  return FinishMaking(call, making);
}

Reply MakeLink(const Call& call, uint64_t target, int dir, uint64_t address) {
  Making making;
  std::optional<std::string> text = call.tracee.ReadText(target);
  if (!text || !StartMaking(call, dir, address, making) || making.owner.Plain()) return Reply::Continue();
  if (symlinkat(text->c_str(), making.parent.get(), making.name.c_str()) != 0) return Reply::Failed(errno);
  return FinishMaking(call, making);
}

Reply MakeSpecial(const Call& call, int dir, uint64_t address, uint64_t mode, uint64_t device) {
  Making making;
  mode_t type = static_cast<mode_t>(mode) & S_IFMT;
  if (!StartMaking(call, dir, address, making)) return Reply::Continue();
  if (!IsDevice(type)) return Reply::Continue();
  if (!call.who.Privileged()) return Reply::Failed(EPERM);
  mode_t bits = static_cast<mode_t>(mode) & 07777 & ~call.tracee.Umask();
  Fd file(openat(making.parent.get(), making.name.c_str(),
                 O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW | O_CLOEXEC, bits));
  if (!file.valid()) return Reply::Failed(errno);
  making.owner.device = type;
  // The call's own form of a device number: minor in bits 0-7 and 20-31, major in 8-19.
  uint32_t number = static_cast<uint32_t>(device);
  making.owner.rdev = makedev((number >> 8) & 0xfff, (number & 0xff) | ((number >> 12) & 0xfff00));
  return FinishMaking(call, making);
}

Reply OpenNew(const Call& call, int dir, uint64_t address, uint64_t flags, uint64_t mode) {
  Making making;
  if ((flags & O_TMPFILE) == O_TMPFILE || !StartMaking(call, dir, address, making) || making.owner.Plain()) {
    return Reply::Continue();
  }
  mode_t bits = static_cast<mode_t>(mode) & 07777 & ~call.tracee.Umask();
  Fd file(openat(making.parent.get(), making.name.c_str(),
                 O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW | O_CLOEXEC, bits));
  if (!file.valid()) return Reply::Continue();  // it is there, or the kernel says why not
  Reply made = FinishMaking(call, making);
  if (made.kind == Reply::Kind::kError || (flags & O_EXCL) == 0) {
    return made.kind == Reply::Kind::kError ? made : Reply::Continue();
  }
  Fd again(openat(making.parent.get(), making.name.c_str(),
                  (static_cast<int>(flags) & ~(O_CREAT | O_EXCL)) | O_NOFOLLOW | O_CLOEXEC));
  if (!again.valid()) return Reply::Failed(errno);
  seccomp_notif_addfd add{};
  add.id = call.notif.id;
  add.flags = SECCOMP_ADDFD_FLAG_SEND;
  add.srcfd = static_cast<uint32_t>(again.get());
  add.newfd_flags = static_cast<uint32_t>(flags & O_CLOEXEC);
  return ioctl(call.listener, SECCOMP_IOCTL_NOTIF_ADDFD, &add) < 0 ? Reply::Failed(errno) : Reply::Sent();
}

}  // namespace

Reply AnswerFileCall(const Call& call) {
  auto id = [&](unsigned i) { return static_cast<uint32_t>(call.arg(i)); };
  switch (call.notif.data.nr) {
    case SYS_fstat: return Show(call, call.tracee.OpenDescriptor(call.fd(0)), call.arg(1));
    case SYS_newfstatat: return Show(call, Named(call, call.fd(0), call.arg(1), call.arg(3)), call.arg(2));
    case SYS_statx: return ShowExtended(call);
    case SYS_fchown: return Give(call, call.tracee.OpenDescriptor(call.fd(0)), id(1), id(2));
    case SYS_fchownat: return Give(call, Named(call, call.fd(0), call.arg(1), call.arg(4)), id(2), id(3));
    case SYS_mkdirat: return MakeDirectory(call, call.fd(0), call.arg(1), call.arg(2));
    case SYS_symlinkat: return MakeLink(call, call.arg(0), call.fd(1), call.arg(2));
    case SYS_mknodat: return MakeSpecial(call, call.fd(0), call.arg(1), call.arg(2), call.arg(3));
    case SYS_openat: return OpenNew(call, call.fd(0), call.arg(1), call.arg(2), call.arg(3));
#if defined(__x86_64__)
    case SYS_stat: return Show(call, Named(call, AT_FDCWD, call.arg(0), 0), call.arg(1));
    case SYS_lstat: return Show(call, Named(call, AT_FDCWD, call.arg(0), AT_SYMLINK_NOFOLLOW), call.arg(1));
    case SYS_chown: return Give(call, Named(call, AT_FDCWD, call.arg(0), 0), id(1), id(2));
    case SYS_lchown: return Give(call, Named(call, AT_FDCWD, call.arg(0), AT_SYMLINK_NOFOLLOW), id(1), id(2));
    case SYS_mkdir: return MakeDirectory(call, AT_FDCWD, call.arg(0), call.arg(1));
    case SYS_symlink: return MakeLink(call, call.arg(0), AT_FDCWD, call.arg(1));
    case SYS_mknod: return MakeSpecial(call, AT_FDCWD, call.arg(0), call.arg(1), call.arg(2));
    case SYS_open: return OpenNew(call, AT_FDCWD, call.arg(0), call.arg(1), call.arg(2));
    case SYS_creat: return OpenNew(call, AT_FDCWD, call.arg(0), O_CREAT | O_WRONLY | O_TRUNC, call.arg(1));
#endif
    default: return Reply::Continue();
  }
}

}  // namespace guard::builder
