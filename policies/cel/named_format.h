// The string formats Kubernetes has names for: dns1123Label, qualifiedName, uuid ...
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace guard::cel {

struct NamedFormat {
  std::string_view name;
  // What is wrong with a text; empty when it has the format.
  std::vector<std::string> (*validate)(std::string_view text);
  // The length of the regular expression that Kubernetes charges for.
  uint32_t pattern_size;
};

std::span<const NamedFormat> NamedFormats();
const NamedFormat* FindNamedFormat(std::string_view name);

}  // namespace guard::cel
