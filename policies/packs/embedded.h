// The packs as they were when the program was built.
#pragma once

#include <iterator>
#include <span>
#include <string_view>

namespace guard {

struct EmbeddedFile {
  std::string_view path;  // "build-isolation/no-privileged.yaml"
  std::string_view text;
};

// Sorted by path.
std::span<const EmbeddedFile> EmbeddedPacks();

}  // namespace guard
