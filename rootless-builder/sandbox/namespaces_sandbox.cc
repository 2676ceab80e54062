// Tested by tests/e2e/sandbox_namespaces.sh.
#include "rootless-builder/sandbox/namespaces_sandbox.h"

#include <sys/mount.h>

#include <cerrno>

#include "rootless-builder/sandbox/overlay.h"
#include "rootless-builder/sandbox/run_over_server.h"
#include "rootless-builder/sandbox/step.h"

namespace guard::builder {
namespace {

class OverlayRoot : public MountedRoot {
 public:
  explicit OverlayRoot(std::string path) : path_(std::move(path)) {}
  ~OverlayRoot() override { umount2(path_.c_str(), MNT_DETACH); }
  const std::string& path() const override { return path_; }

 private:
  std::string path_;
};

class NamespacesSandbox : public Sandbox {
 public:
  NamespacesSandbox(const Choice& choice, std::unique_ptr<Ownership> ownership,
                    std::unique_ptr<ForkServer> server)
      : choice_(choice), ownership_(std::move(ownership)), server_(std::move(server)) {}

  SandboxKind kind() const override { return SandboxKind::kNamespaces; }
  std::string Describe() const override { return "namespaces (" + choice_.reason + ")"; }
  std::string_view OwnershipForm() const override { return OwnershipFormOf(choice_); }
  Ownership& ownership() override { return *ownership_; }
  bool CanOverlay() const override { return choice_.overlay; }
  std::string_view OverlayXattrPrefix() const override {
    return choice_.enter_user_namespace ? "user.overlay." : "trusted.overlay.";
  }
  Result<std::unique_ptr<MountedRoot>> MountOverlay(const std::vector<std::string>& lowers,
                                                    const std::string& upper, const std::string& work,
                                                    const std::string& target) override {
    TRY_VOID(MountOverlayAt(lowers, upper, work, target, choice_.enter_user_namespace));
    return std::make_unique<OverlayRoot>(target);
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

Result<std::unique_ptr<Sandbox>> MakeNamespacesSandbox(const Choice& choice,
                                                       const std::string& store_directory) {
  StepPlace place;
  place.user_namespace = choice.enter_user_namespace;
  place.id_range = !choice.enter_user_namespace || choice.id_range;
  place.virtual_ownership = choice.virtual_ownership;
  place.store_directory = store_directory;
  std::unique_ptr<Ownership> ownership = choice.virtual_ownership
                                             ? TRY(MakeVirtualOwnership(store_directory + "/sandbox"))
                                             : MakeRealOwnership();
  std::unique_ptr<ForkServer> server =
      TRY(ForkServer::Start([place](const std::string& request, int control, int output) {
        KeepStep(place, request, control, output);
      }));
  return std::make_unique<NamespacesSandbox>(choice, std::move(ownership), std::move(server));
}

}  // namespace guard::builder
