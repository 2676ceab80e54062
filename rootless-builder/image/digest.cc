// Digests: parsing and making them.
//
// Tested by descriptor_test.cc.
#include "rootless-builder/image/digest.h"

#include <algorithm>

#include "policies/base/sha256.h"

namespace guard::builder {
namespace {

constexpr std::string_view kPrefix = "sha256:";
constexpr size_t kHexDigits = 64;

bool IsHex(std::string_view text) {
  return text.size() == kHexDigits &&
         std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

}  // namespace

Result<Digest> Digest::Parse(std::string_view text) {
  if (text.starts_with(kPrefix) && IsHex(text.substr(kPrefix.size()))) {
    return FromHex(std::string(text.substr(kPrefix.size())));
  }
  const std::string shown(text.substr(0, 100));
  if (text.starts_with("sha512:")) {
    return Fail("the digest '" + shown + "' is of sha512, and only sha256 is supported",
                "registries have sha256 in common; push the image again with sha256 digests");
  }
  return Fail("'" + shown + "' is no digest", "a digest is sha256: and 64 lower-case hexadecimal digits");
}

Digest Digest::Of(std::string_view bytes) { return FromHex(Sha256Hex(bytes)); }

Digest Digest::FromHex(std::string hex) {
  Digest digest;
  digest.hex_ = std::move(hex);
  return digest;
}

}  // namespace guard::builder
