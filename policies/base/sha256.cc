// SHA-256 through OpenSSL's EVP, which takes the CPU's own instructions where there are any.
//
// EVP fails only without memory or without the algorithm; neither leaves anything sensible to do, so it
// stops.
//
// Tested by sha256_test.cc.
#include "policies/base/sha256.h"

#include <openssl/evp.h>

#include <cstdio>
#include <cstdlib>

namespace guard {
namespace {

constexpr unsigned kDigestSize = 32;

std::string ToHex(const unsigned char* bytes) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string hex(kDigestSize * 2, '0');
  for (unsigned i = 0; i < kDigestSize; ++i) {
    hex[i * 2] = kDigits[bytes[i] >> 4];
    hex[i * 2 + 1] = kDigits[bytes[i] & 15];
  }
  return hex;
}

void Require(bool worked) {
  if (worked) return;
  std::fputs("SHA-256 is not available\n", stderr);
  std::abort();
}

}  // namespace

struct Sha256::Context {
  EVP_MD_CTX* evp = EVP_MD_CTX_new();
  Context() { Require(evp != nullptr && EVP_DigestInit_ex(evp, EVP_sha256(), nullptr) == 1); }
  ~Context() { EVP_MD_CTX_free(evp); }
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;
};

Sha256::Sha256() : context_(std::make_unique<Context>()) {}
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;
Sha256::~Sha256() = default;

void Sha256::Update(std::string_view bytes) {
  Require(EVP_DigestUpdate(context_->evp, bytes.data(), bytes.size()) == 1);
}

std::string Sha256::Hex() {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  Require(EVP_DigestFinal_ex(context_->evp, digest, &size) == 1 && size == kDigestSize);
  Require(EVP_DigestInit_ex(context_->evp, nullptr, nullptr) == 1);  // the same again: nothing is looked up
  return ToHex(digest);
}

std::string Sha256Hex(std::string_view bytes) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  Require(EVP_Digest(bytes.data(), bytes.size(), digest, &size, EVP_sha256(), nullptr) == 1 &&
          size == kDigestSize);
  return ToHex(digest);
}

}  // namespace guard
