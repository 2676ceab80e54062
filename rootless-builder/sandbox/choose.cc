// The decision alone, from facts that probe.cc found.
//
// Root with CAP_SYS_ADMIN takes no user namespace: mount, pid, ipc and uts namespaces keep a step apart, and
// device nodes, file capabilities and owners stay the kernel's own. Everyone else needs a user namespace for
// those. Fewer than 65535 subordinate ids would make chown to "nobody" fail, so then one id with virtual
// ownership is better.
//
// Tested by choose_test.cc.
#include "rootless-builder/sandbox/choose.h"

namespace guard::builder {
namespace {

constexpr uint32_t kEnoughIds = 65535;

bool CanVirtualise(const Place& place) { return place.seccomp_notify && place.user_xattrs; }

void ExplainNamespaces(const Place& place, std::vector<std::string>& obstacles) {
  if (!place.user_namespaces && !(place.root && place.cap_sys_admin)) {
    obstacles.push_back(
        "RUN needs user namespaces: allow unshare(CLONE_NEWUSER) and mount in it (user.max_user_namespaces, "
        "kernel.apparmor_restrict_unprivileged_userns, the container's seccomp profile)" +
        std::string(place.root
                        ? ", or CAP_SYS_ADMIN; or run as another user: the kernel takes root into a user "
                          "namespace only with CAP_SETFCAP"
                        : ""));
    return;
  }
  if (!place.user_namespaces) {
    obstacles.emplace_back("root with CAP_SYS_ADMIN also needs CAP_CHOWN, CAP_SETUID and CAP_SETGID");
    return;
  }
  if (!place.seccomp_notify) {
    obstacles.emplace_back(
        "with one user id RUN needs seccomp user notification (kernel 5.9 or later, allowed by the "
        "container's seccomp profile): allow it, or give this user 65536 ids in /etc/subuid and /etc/subgid "
        "with newuidmap installed");
  }
  if (!place.user_xattrs) {
    obstacles.emplace_back(
        "with one user id RUN needs a store on a filesystem with user.* extended attributes: name another "
        "directory with --store, or give this user 65536 ids in /etc/subuid and /etc/subgid");
  }
}

void ExplainChroot(const Place& place, std::vector<std::string>& obstacles) {
  if (!place.root) {
    obstacles.emplace_back("or run as root with CAP_SYS_CHROOT, CAP_CHOWN, CAP_SETUID and CAP_SETGID");
    return;
  }
  std::string missing;
  if (!place.cap_sys_chroot) missing += " CAP_SYS_CHROOT";
  if (!place.cap_chown) missing += " CAP_CHOWN";
  if (!missing.empty()) obstacles.push_back("or, to run steps by chroot, root needs:" + missing);
}

bool ByNamespaces(const Place& place, Choice& choice) {
  choice.kind = SandboxKind::kNamespaces;
  choice.overlay = place.overlay;
  if (place.root && place.cap_sys_admin && place.cap_chown) {
    choice.reason = "root with CAP_SYS_ADMIN";
    return true;
  }
  if (!place.user_namespaces) return false;
  choice.enter_user_namespace = true;
  bool enough = place.subordinate_ids >= kEnoughIds;
  if (enough || (place.subordinate_ids > 0 && !CanVirtualise(place))) {
    choice.id_range = true;
    choice.reason =
        "a user namespace with " + std::to_string(uint64_t{place.subordinate_ids} + 1) + " user ids" +
        (enough ? "" : ": too few for images that use others, and one id with virtual owners is impossible");
    return true;
  }
  if (!CanVirtualise(place)) return false;
  choice.virtual_ownership = true;
  choice.reason = "a user namespace with one user id; other owners are virtual";
  return true;
}

bool ByChroot(const Place& place, Choice& choice) {
  if (!place.root || !place.cap_sys_chroot || !place.cap_chown) return false;
  choice.kind = SandboxKind::kChroot;
  choice.reason = "root with CAP_SYS_CHROOT; no namespaces, so steps see this container's processes";
  return true;
}

}  // namespace

std::string_view OwnershipFormOf(const Choice& choice) {
  if (choice.virtual_ownership) return "one";
  return choice.enter_user_namespace ? "range" : "root";
}

Result<Choice> Choose(const Place& place, SandboxWish wish) {
  Choice choice;
  bool namespaces = wish == SandboxWish::kAuto || wish == SandboxWish::kNamespaces;
  bool chroot = wish == SandboxWish::kAuto || wish == SandboxWish::kChroot;
  if (namespaces && ByNamespaces(place, choice)) return choice;
  choice = {};
  if (chroot && ByChroot(place, choice)) return choice;

  choice = {};
  choice.virtual_ownership = !(place.root && place.cap_chown);
  if (wish == SandboxWish::kNone) {
    choice.reason = "no sandbox was asked for";
    choice.obstacles.emplace_back("RUN was switched off: choose another sandbox");
    return choice;
  }
  if (namespaces) ExplainNamespaces(place, choice.obstacles);
  if (chroot) ExplainChroot(place, choice.obstacles);
  choice.obstacles.insert(choice.obstacles.end(), place.reasons.begin(), place.reasons.end());
  choice.reason = "this place allows no sandbox; builds without RUN work";
  if (wish == SandboxWish::kAuto) return choice;

  std::string hint;
  for (const std::string& obstacle : choice.obstacles) hint += (hint.empty() ? "" : "; ") + obstacle;
  return Fail(std::string("the sandbox '") + (wish == SandboxWish::kChroot ? "chroot" : "namespaces") +
                  "' is not possible here",
              std::move(hint));
}

}  // namespace guard::builder
