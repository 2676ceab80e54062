// SHA-256 of bytes, as lower-case hex: how this project names what it has seen.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace guard {

// 64 hex digits.
std::string Sha256Hex(std::string_view bytes);

// The same for bytes that come in pieces.
class Sha256 {
 public:
  Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;
  ~Sha256();

  void Update(std::string_view bytes);
  // The digest of everything so far; afterwards it begins anew.
  std::string Hex();

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

}  // namespace guard
