// Tested by tests/e2e/sandbox_one_id.sh.
#include <sys/syscall.h>
#include <sys/xattr.h>

#include <algorithm>
#include <cerrno>

#include "rootless-builder/sandbox/supervisor.h"

namespace guard::builder {
namespace {

constexpr const char* kKernelCapability = "security.capability";
constexpr size_t kLargestCapability = 64;

enum class What : uint8_t { kNone, kGet, kSet, kList, kRemove };
struct Kind {
  What what = What::kNone;
  bool by_fd = false, follow = true;
};

Kind KindOf(int number) {
  switch (number) {
    case SYS_getxattr: return {What::kGet};
    case SYS_lgetxattr: return {What::kGet, false, false};
    case SYS_fgetxattr: return {What::kGet, true};
    case SYS_setxattr: return {What::kSet};
    case SYS_lsetxattr: return {What::kSet, false, false};
    case SYS_fsetxattr: return {What::kSet, true};
    case SYS_listxattr: return {What::kList};
    case SYS_llistxattr: return {What::kList, false, false};
    case SYS_flistxattr: return {What::kList, true};
    case SYS_removexattr: return {What::kRemove};
    case SYS_lremovexattr: return {What::kRemove, false, false};
    case SYS_fremovexattr: return {What::kRemove, true};
    default: return {};
  }
}

// Copies out what such calls answer: the size alone when there is no room asked for.
Reply GiveOut(const Call& call, uint64_t address, uint64_t room, const std::string& bytes) {
  if (room != 0) {
    if (bytes.size() > room) return Reply::Failed(ERANGE);
    if (!bytes.empty() && !call.tracee.Write(address, bytes.data(), bytes.size()))
      return Reply::Failed(EFAULT);
  }
  return Reply::Value(static_cast<int64_t>(bytes.size()));
}

Reply List(const Call& call, const Fd& file) {
  char names[65536];
  ssize_t size = listxattr(NameOf(file).c_str(), names, sizeof names);
  if (size <= 0) return Reply::Continue();
  std::string shown;
  bool hidden = false;
  for (const char* name = names; name < names + size; name += std::string_view(name).size() + 1) {
    std::string_view text(name);
    hidden = hidden || text.starts_with(kOwnXattrPrefix);
    if (text == kCapabilityXattr) text = kKernelCapability;
    if (!text.starts_with(kOwnXattrPrefix)) shown.append(text).push_back('\0');
  }
  return hidden ? GiveOut(call, call.arg(1), call.arg(2), shown) : Reply::Continue();
}

Reply SetCapability(const Call& call, const Fd& file) {
  if (!call.who.Privileged()) return Reply::Failed(EPERM);
  size_t size = call.arg(3);
  char value[kLargestCapability];
  if (size == 0 || size > sizeof value) return Reply::Failed(EINVAL);
  if (!call.tracee.Read(call.arg(2), value, size)) return Reply::Failed(EFAULT);
  int failed = setxattr(NameOf(file).c_str(), kCapabilityXattr, value, size, static_cast<int>(call.arg(4)));
  return failed ? Reply::Failed(errno) : Reply::Value(0);
}

}  // namespace

Reply AnswerXattrCall(const Call& call) {
  Kind kind = KindOf(call.notif.data.nr);
  if (kind.what == What::kNone) return Reply::Continue();
  std::string name;
  if (kind.what != What::kList) {
    std::optional<std::string> text = call.tracee.ReadText(call.arg(1));
    if (!text) return Reply::Continue();
    name = std::move(*text);
    if (name.starts_with(kOwnXattrPrefix)) return Reply::Failed(kind.what == What::kSet ? EPERM : ENODATA);
    if (name != kKernelCapability) return Reply::Continue();
  }
  Fd file;
  if (kind.by_fd) {
    file = call.tracee.OpenDescriptor(call.fd(0));
  } else if (std::optional<std::string> path = call.tracee.ReadText(call.arg(0))) {
    file = call.tracee.Resolve(AT_FDCWD, *path, kind.follow);
  }
  struct stat status;
  if (!file.valid() || fstat(file.get(), &status) != 0) return Reply::Continue();
  if (!S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode)) return Reply::Continue();
  switch (kind.what) {
    case What::kList: return List(call, file);
    case What::kGet: {
      std::string value = LoadXattr(NameOf(file), kCapabilityXattr, true);
      if (value.empty()) return Reply::Continue();
      return GiveOut(call, call.arg(2), call.arg(3), value);
    }
    case What::kSet: return SetCapability(call, file);
    case What::kRemove:
      if (!call.who.Privileged()) return Reply::Failed(EPERM);
      return removexattr(NameOf(file).c_str(), kCapabilityXattr) ? Reply::Failed(errno) : Reply::Value(0);
    default: return Reply::Continue();
  }
}

}  // namespace guard::builder
