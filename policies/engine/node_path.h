// A path below a node, as guardrails write it (securityContext.capabilities, ports[0].hostPort), taken apart
// once so that it can be walked many times.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policies/document/node.h"

namespace guard {

struct NodePathStep {
  std::string key;
  uint32_t hash = 0;
  std::optional<uint32_t> index;  // instead of a key
};

using NodePath = std::vector<NodePathStep>;

// Nothing when the text is no path. "." and "" are the empty path; a leading dot is allowed.
std::optional<NodePath> ParseNodePath(std::string_view text);

}  // namespace guard
