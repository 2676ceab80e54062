// Steps in mount, pid, ipc and uts namespaces of their own.
#pragma once

#include "rootless-builder/sandbox/choose.h"

namespace guard::builder {

// The process is where the choice says already and has one thread.
Result<std::unique_ptr<Sandbox>> MakeNamespacesSandbox(const Choice& choice,
                                                       const std::string& store_directory);

}  // namespace guard::builder
