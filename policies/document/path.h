// The way from a tree's root to one of its nodes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policies/document/node.h"

namespace guard {

struct PathStep {
  const Node* node = nullptr;    // where the step leads
  const Entry* entry = nullptr;  // the entry whose value it is; none in a list
  uint32_t index = 0;            // among its parent's entries or items
};

// The steps from `root` to `target`, which may be a copy of the node; empty for the root itself. False: it is
// not there.
bool FindSteps(const Node& root, const Node& target, std::vector<PathStep>* steps);

// One step as Walk reads it: a key, or an index. Nothing when `path` (which is shortened) is no path.
struct PathPart {
  std::string key;
  std::optional<uint32_t> index;
};
std::optional<PathPart> TakePart(std::string_view* path);

}  // namespace guard
