// A RunSpec as bytes, for the way to the process that runs it.
#pragma once

#include <string>
#include <string_view>

#include "rootless-builder/sandbox/sandbox.h"

namespace guard::builder {

std::string Pack(const RunSpec& spec);
Result<RunSpec> UnpackRunSpec(std::string_view bytes);

}  // namespace guard::builder
