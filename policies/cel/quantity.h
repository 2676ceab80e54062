// Kubernetes quantities ("1500m", "1.5Gi", "2e3"): exact decimal numbers with a suffix, as apimachinery's
// resource.Quantity has them.
//
// apimachinery keeps small numbers as an int64 with a power of ten and the rest as big decimals, and the
// difference shows: only the first kind is ever "an integer" (1.5Gi is not). So it is kept here too.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

namespace guard::cel {

enum class QuantityFormat : uint8_t { kDecimalSi, kBinarySi, kDecimalExponent };

struct Quantity {
  QuantityFormat format = QuantityFormat::kDecimalSi;
  bool big = false;

  // When not big: value * 10^scale.
  int64_t value = 0;
  // When big: the power of ten that counts as the last place; digits may end earlier. When not big: of
  // `value`.
  int32_t scale = 0;

  // When big: digits * 10^exponent, without leading or trailing zeros; empty is zero.
  bool negative = false;
  std::string digits;
  int32_t exponent = 0;
};

enum class QuantityError : uint8_t {
  kFormat,    // not a number with a suffix
  kSuffix,    // a suffix that does not exist
  kTooLarge,  // more digits than anybody needs: 4096
};
const char* Message(QuantityError error);

std::expected<Quantity, QuantityError> ParseQuantity(std::string_view text);

Quantity QuantityOf(int64_t value);
std::expected<Quantity, QuantityError> Add(const Quantity& a, const Quantity& b);
std::expected<Quantity, QuantityError> Subtract(const Quantity& a, const Quantity& b);

int Sign(const Quantity& quantity);
int Compare(const Quantity& a, const Quantity& b);  // -1, 0, 1
bool AsInteger(const Quantity& quantity, int64_t* value);
double AsApproximateFloat(const Quantity& quantity);

// The canonical form: no fraction, the largest suffix that loses nothing.
std::string ToString(const Quantity& quantity);

}  // namespace guard::cel
