// How content is named: sha256:<64 hex digits> (image-spec, descriptor.md, "Digests").
#pragma once

#include <string>
#include <string_view>

#include "policies/base/error.h"

namespace guard::builder {

// Only sha256 is taken: it is the one algorithm that registries have in common. Empty by default, which names
// nothing.
class Digest {
 public:
  Digest() = default;
  static Result<Digest> Parse(std::string_view text);  // "sha256:..."
  static Digest Of(std::string_view bytes);            // of bytes at hand
  static Digest FromHex(std::string hex);              // 64 lower-case hex digits, as guard::Sha256 gives

  const std::string& hex() const { return hex_; }
  std::string ToString() const { return hex_.empty() ? std::string() : "sha256:" + hex_; }
  bool empty() const { return hex_.empty(); }

  bool operator==(const Digest&) const = default;
  auto operator<=>(const Digest&) const = default;

 private:
  std::string hex_;
};

}  // namespace guard::builder
