// EXPOSE's ports: "8080", "53/udp", "8000-8010/tcp".
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "policies/base/error.h"

namespace guard::builder {

// One expanded word to the keys of ExposedPorts ("8080/tcp", a range as each of its ports), with the protocol
// in lower case. The error has no place: the caller knows it.
Result<std::vector<std::string>> ParsePorts(std::string_view word);

}  // namespace guard::builder
