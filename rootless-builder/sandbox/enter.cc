// From a choice to the sandbox.
//
// Tested by tests/e2e/sandbox_namespaces.sh.
#include <sched.h>
#include <sys/mount.h>

#include <cerrno>

#include "rootless-builder/sandbox/chroot_sandbox.h"
#include "rootless-builder/sandbox/namespaces_sandbox.h"
#include "rootless-builder/sandbox/system.h"
#include "rootless-builder/sandbox/user_namespace.h"

namespace guard::builder {
namespace {

// Everything but RUN.
class NoSandbox : public Sandbox {
 public:
  NoSandbox(const Choice& choice, std::unique_ptr<Ownership> ownership)
      : choice_(choice), ownership_(std::move(ownership)) {}
  SandboxKind kind() const override { return SandboxKind::kNone; }
  std::string Describe() const override { return "none (" + choice_.reason + ")"; }
  std::string Obstacles() const override {
    std::string lines;
    for (const std::string& obstacle : choice_.obstacles) lines += (lines.empty() ? "" : "\n") + obstacle;
    return lines;
  }
  std::string_view OwnershipForm() const override { return OwnershipFormOf(choice_); }
  Ownership& ownership() override { return *ownership_; }
  bool CanOverlay() const override { return false; }
  std::string_view OverlayXattrPrefix() const override { return "user.overlay."; }
  Result<std::unique_ptr<MountedRoot>> MountOverlay(const std::vector<std::string>&, const std::string&,
                                                    const std::string&, const std::string&) override {
    return Fail("layers cannot be stacked without a sandbox");
  }
  Result<RunExit> Run(const RunSpec&, const std::function<void(std::string_view)>&,
                      const std::atomic<bool>&) override {
    return Fail("RUN is not possible here: " + choice_.reason, Obstacles());
  }

 private:
  Choice choice_;
  std::unique_ptr<Ownership> ownership_;
};

Result<void> CheckOneThread() {
  struct stat tasks;
  if (stat("/proc/self/task", &tasks) == 0 && tasks.st_nlink > 3) {
    return Fail("the sandbox must be entered before there are threads");
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<Sandbox>> Enter(const Choice& choice, const std::string& store_directory) {
  TRY_VOID(CheckOneThread());
  switch (choice.kind) {
    case SandboxKind::kNone: {
      std::unique_ptr<Ownership> ownership = choice.virtual_ownership
                                                 ? TRY(MakeVirtualOwnership(store_directory + "/sandbox"))
                                                 : MakeRealOwnership();
      return std::make_unique<NoSandbox>(choice, std::move(ownership));
    }
    case SandboxKind::kChroot: return MakeChrootSandbox(choice, store_directory);
    case SandboxKind::kNamespaces: break;
  }
  if (choice.enter_user_namespace) TRY_VOID(EnterUserNamespace(choice.id_range));
  if (unshare(CLONE_NEWNS) != 0) return SystemFail("cannot make a mount namespace", errno);
  if (mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) {
    return SystemFail("cannot make the mounts private", errno);
  }
  return MakeNamespacesSandbox(choice, store_directory);
}

}  // namespace guard::builder
