// Each fact is found by doing the thing in a child process that ends afterwards.
//
// Tested by tests/e2e/sandbox_namespaces.sh.
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <sys/xattr.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <functional>

#include "policies/base/files.h"
#include "rootless-builder/sandbox/capabilities.h"
#include "rootless-builder/sandbox/choose.h"
#include "rootless-builder/sandbox/overlay.h"
#include "rootless-builder/sandbox/seccomp_profile.h"
#include "rootless-builder/sandbox/supervisor.h"
#include "rootless-builder/sandbox/system.h"
#include "rootless-builder/sandbox/user_namespace.h"

namespace guard::builder {
namespace {

// Runs `attempt` in a child; an errno that it could not get rid of, or 0.
int InChild(const std::function<int()>& attempt) {
  pid_t child = fork();
  if (child < 0) return errno;
  if (child == 0) {
    // What helpers say while we only try is nobody's business.
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (null >= 0) dup2(null, 2), dup2(null, 1);
    _exit(attempt());
  }
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : EINTR;
}

int Enter(bool user_namespace, bool range) {
  if (user_namespace && !EnterUserNamespace(range)) return EPERM;
  if (unshare(CLONE_NEWNS) != 0) return errno;
  return mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ? errno : 0;
}

// The first directory on the way up that is there: what the store's filesystem will be.
std::string ExistingParent(const std::string& directory) {
  std::error_code ignored;
  std::filesystem::path path = std::filesystem::absolute(directory, ignored);
  while (!std::filesystem::is_directory(path, ignored) && path.has_relative_path()) path = path.parent_path();
  return path.string();
}

class Trial {
 public:
  explicit Trial(const std::string& parent) : path_(parent + "/.builder-probe-XXXXXX") {
    if (!mkdtemp(path_.data())) error_ = errno;
    if (error_ != 0) return;
    for (const char* name : {"/lower", "/upper", "/work", "/root"}) mkdir((path_ + name).c_str(), 0700);
  }
  ~Trial() {
    // overlayfs leaves directories that nobody may enter.
    if (error_ == 0) (void)RemoveTree(path_);
  }
  int error() const { return error_; }
  std::string operator/(const char* name) const { return path_ + "/" + name; }

 private:
  std::string path_;
  int error_ = 0;
};

void ProbeStore(Place& place, const std::string& store_directory) {
  std::string parent = ExistingParent(store_directory);
  Trial trial(parent);
  if (trial.error() != 0) {
    place.reasons.push_back("the store's directory cannot be written: " + parent + ": " +
                            ErrorText(trial.error()));
    return;
  }
  place.user_xattrs = setxattr((trial / "upper").c_str(), "user.guard.probe", "1", 1, 0) == 0;
  if (!place.user_xattrs) {
    place.reasons.push_back("the filesystem of " + parent +
                            " has no user.* extended attributes: " + ErrorText(errno));
  }
  bool privileged = place.root && place.cap_sys_admin;
  if (!privileged && !place.user_namespaces) return;
  int error = InChild([&] {
    if (int failed = Enter(!privileged, false)) return failed;
    return MountOverlayAt({trial / "lower"}, trial / "upper", trial / "work", trial / "root", !privileged)
               ? 0
               : EINVAL;
  });
  place.overlay = error == 0;
  // overlayfs leaves a directory of mode 0 in there
  std::error_code ignored;
  std::filesystem::permissions(trial / "work/work", std::filesystem::perms::owner_all, ignored);
  if (!place.overlay) {
    place.reasons.push_back(
        "overlayfs cannot be mounted on the filesystem of " + parent +
        ": steps copy their root instead (a store on ext4, xfs, btrfs or tmpfs would do)");
  }
}

}  // namespace

Place Probe(const std::string& store_directory) {
  Place place;
  place.root = geteuid() == 0;
  place.cap_sys_admin = HasCapability(kCapSysAdmin) && InChild([] { return Enter(false, false); }) == 0;
  place.cap_sys_chroot = HasCapability(kCapSysChroot) && InChild([] { return chroot("/") ? errno : 0; }) == 0;
  place.cap_chown = HasCapability(kCapChown) && HasCapability(kCapSetuid) && HasCapability(kCapSetgid) &&
                    InChild([] { return setresuid(65534, 65534, 65534) ? errno : 0; }) == 0;
  place.no_new_privs = prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1;
  int error = InChild([] { return Enter(true, false); });
  place.user_namespaces = error == 0;
  if (error != 0 && !(place.root && place.cap_sys_admin)) {
    place.reasons.push_back("user namespaces are refused: " + ErrorText(error));
  }
  if (place.user_namespaces && MappableIds() > 0) {
    if (InChild([] { return Enter(true, true); }) == 0) {
      place.subordinate_ids = MappableIds();
    } else {
      place.reasons.push_back(
          place.no_new_privs ? "subordinate ids cannot be mapped: newuidmap needs "
                               "allowPrivilegeEscalation (no_new_privs is set)"
                             : "subordinate ids cannot be mapped: newuidmap and newgidmap are missing or "
                               "refuse");
    }
  }
  place.seccomp_notify =
      InChild([] {
        if (geteuid() != 0) prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
        int listener = -1;
        sock_filter allow{BPF_RET | BPF_K, 0, 0, 0x7fff0000};
        if (!InstallSeccomp({allow}, &listener)) {
          if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || !InstallSeccomp({allow}, &listener)) {
            return EPERM;
          }
        }
        return listener >= 0 ? 0 : EPERM;
      }) == 0;
  if (!place.seccomp_notify) place.reasons.emplace_back("seccomp user notification is refused");
  ProbeStore(place, store_directory);
  return place;
}

}  // namespace guard::builder
