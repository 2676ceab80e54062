// The builder's end of a step that a process of the fork server runs.
#pragma once

#include "rootless-builder/sandbox/fork_server.h"
#include "rootless-builder/sandbox/sandbox.h"

namespace guard::builder {

Result<RunExit> RunOverServer(ForkServer& server, const RunSpec& spec,
                              const std::function<void(std::string_view)>& output,
                              const std::atomic<bool>& stop);

}  // namespace guard::builder
