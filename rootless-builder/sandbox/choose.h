// What this place allows, and the sandbox chosen from it.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "rootless-builder/sandbox/sandbox.h"

namespace guard::builder {

// Facts, each found by trying in a child process; none changes this process.
struct Place {
  bool root = false;  // effective uid 0
  bool cap_sys_admin = false;
  bool cap_sys_chroot = false;
  bool cap_chown = false;  // chown to another uid works
  bool no_new_privs = false;
  bool user_namespaces = false;  // unshare(CLONE_NEWUSER) works, and a mount in it
  uint32_t subordinate_ids =
      0;                 // usable ids in /etc/subuid and /etc/subgid, with newuidmap and newgidmap working
  bool overlay = false;  // overlayfs can be mounted there, with the store's filesystem as upper
  bool user_xattrs = false;          // user.* attributes work on the store's filesystem
  bool seccomp_notify = false;       // a seccomp filter with a listener works (virtual ownership needs it)
  std::vector<std::string> reasons;  // one sentence a fact that stands in the way, with what would allow it
};
Place Probe(const std::string& store_directory);

enum class SandboxWish : uint8_t { kAuto, kNamespaces, kChroot, kNone };

// A pure decision: which kind, with which ids, and why; or why there is none.
struct Choice {
  SandboxKind kind = SandboxKind::kNone;
  bool enter_user_namespace = false;
  bool id_range = false;  // subordinate ids are mapped
  bool overlay = false;
  bool virtual_ownership = false;
  std::string reason;                  // one line
  std::vector<std::string> obstacles;  // kind == kNone: what the place would have to allow for RUN
};
// Sandbox::OwnershipForm of a choice.
std::string_view OwnershipFormOf(const Choice& choice);
Result<Choice> Choose(const Place& place, SandboxWish wish);

// Moves this process to where the choice says (it must have one thread still), and gives the sandbox. After
// that, paths and descriptors stay what they were; the process is root in its own user namespace where the
// choice has one.
Result<std::unique_ptr<Sandbox>> Enter(const Choice& choice, const std::string& store_directory);

}  // namespace guard::builder
