// Steps by chroot(2) alone, for root in a container without CAP_SYS_ADMIN.
#pragma once

#include "rootless-builder/sandbox/choose.h"

namespace guard::builder {

Result<std::unique_ptr<Sandbox>> MakeChrootSandbox(const Choice& choice, const std::string& store_directory);

}  // namespace guard::builder
