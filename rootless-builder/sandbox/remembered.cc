// Tested by ownership_test.cc.
#include "rootless-builder/sandbox/remembered.h"

#include <sys/file.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#include <cerrno>
#include <charconv>
#include <filesystem>

#include "policies/base/sha256.h"
#include "rootless-builder/sandbox/system.h"

namespace guard::builder {
namespace {

constexpr size_t kLongestLink = 4096;

template <class T>
bool TakeNumber(std::string_view& text, T& out) {
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error != std::errc()) return false;
  text.remove_prefix(static_cast<size_t>(end - text.data()));
  return true;
}
bool TakeChar(std::string_view& text, char c) {
  if (!text.starts_with(c)) return false;
  text.remove_prefix(1);
  return true;
}

struct LinkKey {
  std::string file;  // empty: no such entry
  uint64_t inode = 0;
};

LinkKey KeyOf(int dir, const std::string& name) {
  struct statx about;
  int flags = AT_SYMLINK_NOFOLLOW | (name.empty() ? AT_EMPTY_PATH : 0);
  if (statx(dir, name.c_str(), flags, STATX_INO | STATX_BTIME | STATX_TYPE, &about) != 0) return {};
  char target[kLongestLink];
  ssize_t size = readlinkat(dir, name.c_str(), target, sizeof target);
  std::string seed(target, size > 0 ? static_cast<size_t>(size) : 0);
  bool has_birth = (about.stx_mask & STATX_BTIME) != 0;
  seed += '\0' + std::to_string(about.stx_mode & S_IFMT);
  std::string birth =
      has_birth ? std::to_string(about.stx_btime.tv_sec) + "." + std::to_string(about.stx_btime.tv_nsec)
                : "inode" + std::to_string(about.stx_ino);
  return {birth + "-" + Sha256Hex(seed).substr(0, 16), about.stx_ino};
}

// The lines of a table's file with the one for `inode` taken out; `own` gets it.
std::string Others(std::string_view text, uint64_t inode, std::optional<RememberedOwner>& own,
                   std::optional<RememberedOwner>& agreed, bool& disagree) {
  std::string others;
  while (!text.empty()) {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    std::string_view rest = line;
    uint64_t number = 0;
    RememberedOwner owner;
    if (!TakeNumber(rest, number) || !TakeChar(rest, ' ') || !TakeNumber(rest, owner.uid) ||
        !TakeChar(rest, ' ') || !TakeNumber(rest, owner.gid)) {
      continue;
    }
    disagree = disagree || (agreed && *agreed != owner);
    agreed = owner;
    if (number == inode) {
      own = owner;
    } else {
      others += std::string(line) + "\n";
    }
  }
  return others;
}

}  // namespace

std::string Format(const RememberedOwner& owner) {
  std::string text = std::to_string(owner.uid) + ":" + std::to_string(owner.gid);
  if (owner.device != 0) {
    text += S_ISCHR(owner.device) ? ":c:" : ":b:";
    text += std::to_string(major(owner.rdev)) + ":" + std::to_string(minor(owner.rdev));
  }
  return text;
}

std::optional<RememberedOwner> ParseRemembered(std::string_view text) {
  RememberedOwner owner;
  if (!TakeNumber(text, owner.uid) || !TakeChar(text, ':') || !TakeNumber(text, owner.gid)) return {};
  if (text.empty()) return owner;
  if (!TakeChar(text, ':') || text.empty()) return {};
  if (text[0] != 'c' && text[0] != 'b') return {};
  owner.device = text[0] == 'c' ? S_IFCHR : S_IFBLK;
  text.remove_prefix(1);
  unsigned big = 0, small = 0;
  if (!TakeChar(text, ':') || !TakeNumber(text, big) || !TakeChar(text, ':') || !TakeNumber(text, small)) {
    return {};
  }
  owner.rdev = makedev(big, small);
  return text.empty() ? std::optional(owner) : std::nullopt;
}

std::string LoadXattr(const std::string& path, const char* name, bool follow) {
  char value[1024];
  ssize_t size = follow ? getxattr(path.c_str(), name, value, sizeof value)
                        : lgetxattr(path.c_str(), name, value, sizeof value);
  return size > 0 ? std::string(value, static_cast<size_t>(size)) : std::string();
}

std::optional<RememberedOwner> LoadOwner(const std::string& path, bool follow) {
  std::string text = LoadXattr(path, kOwnerXattr, follow);
  return text.empty() ? std::nullopt : ParseRemembered(text);
}

Result<void> StoreOwner(const std::string& path, const RememberedOwner& owner, bool follow) {
  int failed;
  if (owner.Plain()) {
    failed = follow ? removexattr(path.c_str(), kOwnerXattr) : lremovexattr(path.c_str(), kOwnerXattr);
    if (failed && (errno == ENODATA || errno == ENOTSUP || errno == EPERM)) return {};  // none was there
  } else {
    std::string text = Format(owner);
    failed = follow ? setxattr(path.c_str(), kOwnerXattr, text.data(), text.size(), 0)
                    : lsetxattr(path.c_str(), kOwnerXattr, text.data(), text.size(), 0);
  }
  if (failed) return SystemFail("cannot remember the owner of " + path, errno);
  return {};
}

std::optional<RememberedOwner> LinkTable::Load(int dir, const std::string& name) const {
  LinkKey key = KeyOf(dir, name);
  if (key.file.empty()) return {};
  Result<std::string> text = ReadSmallFile(directory_ + "/" + key.file);
  if (!text) return {};
  std::optional<RememberedOwner> own, agreed;
  bool disagree = false;
  Others(*text, key.inode, own, agreed, disagree);
  if (own) return own;
  return disagree ? std::nullopt : agreed;
}

Result<void> LinkTable::Store(int dir, const std::string& name, const RememberedOwner& owner) const {
  LinkKey key = KeyOf(dir, name);
  if (key.file.empty()) return SystemFail("cannot look at " + name, errno);
  std::string path = directory_ + "/" + key.file;
  if (owner.Plain() && access(path.c_str(), F_OK) != 0) return {};  // what nobody mentions is root's
  std::error_code failed;
  std::filesystem::create_directories(directory_, failed);
  Fd file(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!file.valid() || flock(file.get(), LOCK_EX) != 0) return SystemFail("cannot open " + path, errno);
  std::optional<RememberedOwner> own, agreed;
  bool disagree = false;
  std::string lines = Others(TRY(ReadSmallFile(path)), key.inode, own, agreed, disagree);
  lines +=
      std::to_string(key.inode) + " " + std::to_string(owner.uid) + " " + std::to_string(owner.gid) + "\n";
  if (ftruncate(file.get(), 0) != 0 || !WriteAll(file.get(), lines)) {
    return SystemFail("cannot write " + path, errno);
  }
  return {};
}

}  // namespace guard::builder
