// The new mount interface takes one layer at a time (Linux 6.5), so that any number works; mount(2) gets one
// page of options, and there layers are named by short names of descriptors.
//
// Tested by tests/e2e/sandbox_namespaces.sh.
#include "rootless-builder/sandbox/overlay.h"

#include <sys/mount.h>

#include <cerrno>
#include <deque>

#include "rootless-builder/sandbox/system.h"

namespace guard::builder {
namespace {

constexpr size_t kLongestValue = 255;  // of a string for fsconfig(2)
constexpr size_t kOptionPage = 4095;

// A path as the kernel takes it in an option: itself, or by a descriptor where it is long or has characters
// that mean something there.
class ShortNames {
 public:
  Result<std::string> For(const std::string& path, bool always) {
    if (!always && path.size() <= kLongestValue && path.find_first_of(":,\\") == path.npos) return path;
    Fd fd(open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!fd.valid()) return SystemFail("cannot open " + path, errno);
    std::string name = "/proc/self/fd/" + std::to_string(fd.get());
    open_.push_back(std::move(fd));
    return name;
  }

 private:
  std::deque<Fd> open_;
};

// What the kernel had to say about a mount that failed.
std::string Complaints(int context) {
  std::string text;
  char line[512];
  for (ssize_t size; (size = read(context, line, sizeof line)) > 0;) {
    std::string_view message(line, static_cast<size_t>(size));
    if (message.size() > 2) message.remove_prefix(2);  // "e "
    while (message.ends_with('\n')) message.remove_suffix(1);
    text += (text.empty() ? "" : "; ") + std::string(message);
  }
  return text;
}

Result<void> ByOldCall(const std::vector<std::string>& lowers, const std::string& upper,
                       const std::string& work, const std::string& target, bool user_xattr) {
  ShortNames names;
  std::string options = user_xattr ? "userxattr,xino=off" : "xino=off,redirect_dir=nofollow,metacopy=off";
  options += ",upperdir=" + TRY(names.For(upper, true)) + ",workdir=" + TRY(names.For(work, true));
  std::string separator = ",lowerdir=";
  for (const std::string& lower : lowers) {
    options += separator + TRY(names.For(lower, true));
    separator = ":";
  }
  if (options.size() > kOptionPage) {
    return Fail("this kernel cannot stack " + std::to_string(lowers.size()) + " layers",
                "Linux 6.5 and later take any number");
  }
  if (mount("overlay", target.c_str(), "overlay", MS_NODEV, options.c_str()) != 0) {
    return SystemFail("cannot stack layers with overlayfs", errno);
  }
  return {};
}

}  // namespace

Result<void> MountOverlayAt(const std::vector<std::string>& lowers, const std::string& upper,
                            const std::string& work, const std::string& target, bool user_xattr) {
  if (lowers.empty()) return Fail("overlayfs needs a layer below");
  Fd context(fsopen("overlay", FSOPEN_CLOEXEC));
  if (!context.valid()) return ByOldCall(lowers, upper, work, target, user_xattr);
  auto set = [&](const char* key, const std::string& value) {
    return fsconfig(context.get(), FSCONFIG_SET_STRING, key, value.c_str(), 0) == 0;
  };
  auto fail = [&](const std::string& what, int error) -> Result<void> {
    std::string complaints = Complaints(context.get());
    return SystemFail(what + (complaints.empty() ? "" : " (" + complaints + ")"), error);
  };
  ShortNames names;
  for (const std::string& lower : lowers) {
    if (set("lowerdir+", TRY(names.For(lower, false)))) continue;
    if (errno == EINVAL && &lower == &lowers.front()) {
      return ByOldCall(lowers, upper, work, target, user_xattr);
    }
    return fail("overlayfs does not take the layer " + lower, errno);
  }
  if (!set("upperdir", TRY(names.For(upper, false))) || !set("workdir", TRY(names.For(work, false)))) {
    return fail("overlayfs does not take the directory " + upper, errno);
  }
  bool plain = set("xino", "off");
  if (user_xattr) {
    plain = plain && fsconfig(context.get(), FSCONFIG_SET_FLAG, "userxattr", nullptr, 0) == 0;
  } else {
    plain = plain && set("redirect_dir", "nofollow") && set("metacopy", "off");
  }
  if (!plain) return fail("overlayfs does not take an option", errno);
  // Without it each fsync of a package manager waits for the disk.
  fsconfig(context.get(), FSCONFIG_SET_FLAG, "volatile", nullptr, 0);
  if (fsconfig(context.get(), FSCONFIG_CMD_CREATE, nullptr, nullptr, 0) != 0) {
    return fail("cannot stack layers with overlayfs", errno);
  }
  Fd mounted(fsmount(context.get(), FSMOUNT_CLOEXEC, MOUNT_ATTR_NODEV));
  if (!mounted.valid()) return fail("cannot mount the stacked layers", errno);
  if (move_mount(mounted.get(), "", AT_FDCWD, target.c_str(),
                 MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_SYMLINKS) != 0) {
    return fail("cannot mount on " + target, errno);
  }
  return {};
}

}  // namespace guard::builder
