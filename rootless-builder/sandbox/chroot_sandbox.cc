#include "rootless-builder/sandbox/chroot_sandbox.h"
namespace guard::builder {
Result<std::unique_ptr<Sandbox>> MakeChrootSandbox(const Choice&, const std::string&) {
  return Fail("not yet");
}
}  // namespace guard::builder
