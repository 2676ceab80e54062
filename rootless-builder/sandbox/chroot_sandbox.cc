// Tested by tests/e2e/sandbox_chroot.sh.
#include "rootless-builder/sandbox/chroot_sandbox.h"

#include <sys/prctl.h>

#include "rootless-builder/sandbox/run_over_server.h"
#include "rootless-builder/sandbox/step.h"

namespace guard::builder {
namespace {

class ChrootSandbox : public Sandbox {
 public:
  ChrootSandbox(const Choice& choice, std::unique_ptr<ForkServer> server)
      : choice_(choice), ownership_(MakeRealOwnership()), server_(std::move(server)) {}

  SandboxKind kind() const override { return SandboxKind::kChroot; }
  std::string Describe() const override { return "chroot (" + choice_.reason + ")"; }
  std::string_view OwnershipForm() const override { return OwnershipFormOf(choice_); }
  Ownership& ownership() override { return *ownership_; }
  bool CanOverlay() const override { return false; }
  std::string_view OverlayXattrPrefix() const override { return "trusted.overlay."; }
  Result<std::unique_ptr<MountedRoot>> MountOverlay(const std::vector<std::string>&, const std::string&,
                                                    const std::string&, const std::string&) override {
    return Fail("the chroot sandbox cannot stack layers");
  }
  Result<RunExit> Run(const RunSpec& spec, const std::function<void(std::string_view)>& output,
                      const std::atomic<bool>& stop) override {
    return RunOverServer(*server_, spec, output, stop);
  }

 private:
  Choice choice_;
  std::unique_ptr<Ownership> ownership_;
  std::unique_ptr<ForkServer> server_;
};

}  // namespace

Result<std::unique_ptr<Sandbox>> MakeChrootSandbox(const Choice& choice, const std::string& store_directory) {
  prctl(PR_SET_DUMPABLE, 0);  // a step has the builder's user id, and shall not read its memory
  StepPlace place;
  place.chroot_only = true;
  place.store_directory = store_directory;
  std::unique_ptr<ForkServer> server =
      TRY(ForkServer::Start([place](const std::string& request, int control, int output) {
        KeepChrootStep(place, request, control, output);
      }));
  return std::make_unique<ChrootSandbox>(choice, std::move(server));
}

}  // namespace guard::builder
