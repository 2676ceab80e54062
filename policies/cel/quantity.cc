// Numbers that do not fit an int64 are strings of decimal digits: quantities are short, and everything done
// with them here (sum, order, rounding, powers of two) is easy on digits. The count of digits is bounded
// everywhere, so no exponent makes a sum expensive.
//
// Tested by lib_k8s_quantity_test.cc.
#include "policies/cel/quantity.h"

#include <algorithm>
#include <charconv>
#include <limits>

namespace guard::cel {
namespace {

constexpr size_t kMostDigits = 4096;
constexpr int32_t kNano = -9;
constexpr size_t kInt64Digits = 18;  // any number of so many digits fits

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// A magnitude and its sign, whichever way it is kept.
struct Decimal {
  bool negative = false;
  std::string digits;  // no leading or trailing zeros; empty is zero
  int64_t exponent = 0;

  bool zero() const { return digits.empty(); }
  // The place of the first digit: 10^(top - 1) <= magnitude < 10^top.
  int64_t top() const { return static_cast<int64_t>(digits.size()) + exponent; }
};

void Trim(Decimal* decimal) {
  std::string& digits = decimal->digits;
  digits.erase(0, std::min(digits.find_first_not_of('0'), digits.size()));
  size_t end = digits.find_last_not_of('0') + 1;
  decimal->exponent += static_cast<int64_t>(digits.size() - end);
  digits.resize(end);
  if (digits.empty()) *decimal = {};
}

Decimal DecimalOf(const Quantity& quantity) {
  Decimal out;
  if (quantity.big) {
    out = {quantity.negative, quantity.digits, quantity.exponent};
    return out;
  }
  uint64_t magnitude =
      quantity.value < 0 ? 0 - static_cast<uint64_t>(quantity.value) : static_cast<uint64_t>(quantity.value);
  out = {quantity.value < 0, std::to_string(magnitude), quantity.scale};
  Trim(&out);
  return out;
}

int CompareMagnitude(const Decimal& a, const Decimal& b) {
  if (a.zero() || b.zero()) return static_cast<int>(!a.zero()) - static_cast<int>(!b.zero());
  if (a.top() != b.top()) return a.top() < b.top() ? -1 : 1;
  int order = a.digits.compare(b.digits);  // without trailing zeros a prefix is the smaller
  return order < 0 ? -1 : order > 0 ? 1 : 0;
}

int CompareDecimals(const Decimal& a, const Decimal& b) {
  int a_sign = a.zero() ? 0 : a.negative ? -1 : 1, b_sign = b.zero() ? 0 : b.negative ? -1 : 1;
  if (a_sign != b_sign) return a_sign < b_sign ? -1 : 1;
  return a_sign < 0 ? -CompareMagnitude(a, b) : CompareMagnitude(a, b);
}

// digits * factor, from the right.
void Multiply(std::string* digits, uint32_t factor) {
  uint64_t carry = 0;
  for (size_t i = digits->size(); i-- > 0;) {
    carry += static_cast<uint64_t>((*digits)[i] - '0') * factor;
    (*digits)[i] = static_cast<char>('0' + carry % 10);
    carry /= 10;
  }
  while (carry > 0) {
    digits->insert(digits->begin(), static_cast<char>('0' + carry % 10));
    carry /= 10;
  }
}

// digits / divisor, from the left; the remainder is returned.
uint32_t Divide(std::string* digits, uint32_t divisor) {
  uint32_t rest = 0;
  for (char& c : *digits) {
    rest = rest * 10 + static_cast<uint32_t>(c - '0');
    c = static_cast<char>('0' + rest / divisor);
    rest %= divisor;
  }
  digits->erase(0, std::min(digits->find_first_not_of('0'), digits->size()));
  return rest;
}

// Adds 1 to the last digit.
void Increment(std::string* digits) {
  for (size_t i = digits->size(); i-- > 0;) {
    if ((*digits)[i] != '9') {
      ++(*digits)[i];
      return;
    }
    (*digits)[i] = '0';
  }
  digits->insert(digits->begin(), '1');
}

// Away from zero to a whole number of nanos: whoever wants something gets something.
void RoundUpToNano(Decimal* decimal) {
  if (decimal->zero() || decimal->exponent >= kNano) return;
  size_t drop = static_cast<size_t>(
      std::min<int64_t>(kNano - decimal->exponent, static_cast<int64_t>(decimal->digits.size())));
  decimal->digits.resize(decimal->digits.size() -
                         drop);  // there were no trailing zeros, so this lost something
  decimal->exponent = kNano;
  Increment(&decimal->digits);
  Trim(decimal);
}

std::expected<Quantity, QuantityError> Big(Decimal decimal, int32_t scale, QuantityFormat format) {
  if (decimal.digits.size() > kMostDigits || decimal.exponent > std::numeric_limits<int32_t>::max() ||
      decimal.exponent < std::numeric_limits<int32_t>::min())
    return std::unexpected(QuantityError::kTooLarge);
  Quantity quantity;
  quantity.format = format, quantity.big = true, quantity.scale = scale;
  quantity.negative = decimal.negative;
  quantity.digits = std::move(decimal.digits);
  quantity.exponent = static_cast<int32_t>(decimal.exponent);
  return quantity;
}

// a + b, both brought to the smaller exponent first. Nothing when that takes too many digits.
bool AddDecimals(const Decimal& a, const Decimal& b, Decimal* sum) {
  if (a.zero() || b.zero()) {
    *sum = a.zero() ? b : a;
    return true;
  }
  int64_t exponent = std::min(a.exponent, b.exponent), top = std::max(a.top(), b.top());
  if (top - exponent > static_cast<int64_t>(kMostDigits)) return false;
  size_t size = static_cast<size_t>(top - exponent) + 1;
  auto aligned = [&](const Decimal& d) {
    std::string out(size - static_cast<size_t>(d.top() - exponent), '0');
    out += d.digits;
    out.resize(size, '0');
    return out;
  };
  bool a_larger = CompareMagnitude(a, b) >= 0;
  const Decimal &large = a_larger ? a : b, &small = a_larger ? b : a;
  std::string digits = aligned(large), other = aligned(small);
  int carry = 0, sign = a.negative == b.negative ? 1 : -1;
  for (size_t i = size; i-- > 0;) {
    int place = (digits[i] - '0') + sign * (other[i] - '0') + carry;
    carry = place > 9 ? 1 : place < 0 ? -1 : 0;
    digits[i] = static_cast<char>('0' + place - carry * 10);
  }
  *sum = {large.negative, std::move(digits), exponent};
  Trim(sum);
  return true;
}

// value * 10^power, or false.
bool ScaleUp(int64_t* value, int64_t power) {
  if (*value == 0) return true;
  for (; power > 0; --power)
    if (__builtin_mul_overflow(*value, int64_t{10}, value)) return false;
  return true;
}

// The sum of two small quantities where it is small again.
bool AddSmall(const Quantity& a, int64_t b_value, int32_t b_scale, Quantity* sum) {
  *sum = a;
  if (b_value == 0) return true;
  if (a.value == 0) {
    sum->value = b_value, sum->scale = b_scale;
    return true;
  }
  int64_t a_value = a.value;
  if (a.scale > b_scale && !ScaleUp(&a_value, int64_t{a.scale} - b_scale)) return false;
  if (b_scale > a.scale && !ScaleUp(&b_value, int64_t{b_scale} - a.scale)) return false;
  sum->scale = std::min(a.scale, b_scale);
  return !__builtin_add_overflow(a_value, b_value, &sum->value);
}

struct Suffix {
  std::string_view text;
  int32_t base, exponent;
};
constexpr Suffix kSuffixes[] = {
    {"n", 10, -9}, {"u", 10, -6}, {"m", 10, -3}, {"", 10, 0},   {"k", 10, 3},  {"M", 10, 6},
    {"G", 10, 9},  {"T", 10, 12}, {"P", 10, 15}, {"E", 10, 18}, {"Ki", 2, 10}, {"Mi", 2, 20},
    {"Gi", 2, 30}, {"Ti", 2, 40}, {"Pi", 2, 50}, {"Ei", 2, 60},
};

// What a suffix means; `large` for an exponent out of bounds.
bool ReadSuffix(std::string_view text, int32_t* base, int32_t* exponent, QuantityFormat* format,
                bool* large) {
  for (const Suffix& suffix : kSuffixes) {
    if (suffix.text != text) continue;
    *base = suffix.base, *exponent = suffix.exponent;
    *format = suffix.base == 2 ? QuantityFormat::kBinarySi : QuantityFormat::kDecimalSi;
    return true;
  }
  if (text.size() < 2 || (text[0] != 'e' && text[0] != 'E')) return false;
  text.remove_prefix(1);
  if (text.starts_with('+')) text.remove_prefix(1);
  *base = 10, *format = QuantityFormat::kDecimalExponent;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *exponent);
  *large = error == std::errc::result_out_of_range;
  return !text.empty() && end == text.data() + text.size() && text != "+" && (error == std::errc() || *large);
}

double Power10(int32_t n) {
  // In Go's way (a table by 32, then one operation), for the same last bit.
  auto table = [](int32_t power) {
    std::string text = "1e" + std::to_string(power);
    double value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
  };
  if (n > 308) return std::numeric_limits<double>::infinity();
  if (n < -323) return 0;
  return n >= 0 ? table(n / 32 * 32) * table(n % 32) : table(-(-n / 32 * 32)) / table(-n % 32);
}

}  // namespace

const char* Message(QuantityError error) {
  switch (error) {
    case QuantityError::kFormat:
      return "a quantity is a number with an optional suffix (quantities must match the regular expression "
             "'^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$')";
    case QuantityError::kSuffix: return "unable to parse quantity's suffix";
    case QuantityError::kTooLarge: return "quantity is too large";
  }
  return "";
}

std::expected<Quantity, QuantityError> ParseQuantity(std::string_view text) {
  auto fail = [](QuantityError error) { return std::unexpected(error); };
  bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  size_t at = 0;
  while (at < text.size() && IsDigit(text[at])) ++at;
  std::string_view whole = text.substr(0, at), fraction;
  if (at < text.size() && text[at] == '.') {
    size_t begin = ++at;
    while (at < text.size() && IsDigit(text[at])) ++at;
    fraction = text.substr(begin, at - begin);
  }
  if (whole.empty() && fraction.empty()) return fail(QuantityError::kFormat);
  if (whole.size() + fraction.size() > kMostDigits) return fail(QuantityError::kTooLarge);

  std::string_view suffix = text.substr(at);
  size_t end = std::min(suffix.find_first_not_of("eEinumkKMGTP"), suffix.size());
  if (end < suffix.size() && (suffix[end] == '+' || suffix[end] == '-')) ++end;
  if (suffix.find_first_not_of("0123456789", end) != std::string_view::npos)
    return fail(QuantityError::kFormat);
  int32_t base, exponent;
  QuantityFormat format;
  bool large = false;
  if (!ReadSuffix(suffix, &base, &exponent, &format, &large)) return fail(QuantityError::kSuffix);
  if (large) return fail(QuantityError::kTooLarge);

  whole.remove_prefix(std::min(whole.find_first_not_of('0'), whole.size()));
  if (whole.empty()) whole = "0";
  std::string digits = std::string(whole) + std::string(fraction);

  // Small enough for an int64? With these very bounds, since AsInteger shows which way was taken.
  int64_t scale = (base == 10 ? exponent : 0) - static_cast<int64_t>(fraction.size());
  bool small = base == 10
                   ? digits.size() <= kInt64Digits
                   : fraction.empty() && whole.size() + static_cast<size_t>(exponent * 3 / 10) + 1 <= 15;
  if (small && scale >= kNano) {
    Quantity quantity;
    quantity.format = format, quantity.scale = static_cast<int32_t>(scale);
    std::from_chars(digits.data(), digits.data() + digits.size(), quantity.value);
    int64_t factor = base == 2 ? int64_t{1} << exponent : 1;
    if (!__builtin_mul_overflow(quantity.value, factor, &quantity.value)) {
      if (negative) quantity.value = -quantity.value;
      return quantity;
    }
  }

  Decimal decimal{negative, std::move(digits),
                  (base == 10 ? int64_t{exponent} : 0) - static_cast<int64_t>(fraction.size())};
  Trim(&decimal);
  if (decimal.zero()) return Big(decimal, static_cast<int32_t>(std::max<int64_t>(scale, kNano)), format);
  if (base == 2)
    for (int32_t power = exponent; power > 0; power -= 10) Multiply(&decimal.digits, 1024);
  Trim(&decimal);
  RoundUpToNano(&decimal);
  if (format == QuantityFormat::kBinarySi) {
    constexpr int64_t kLargest = std::numeric_limits<int64_t>::max();
    Decimal largest{false, std::to_string(kLargest), 0}, one{false, "1", 0};
    if (CompareMagnitude(decimal, largest) > 0) decimal.digits = largest.digits, decimal.exponent = 0;
    if (CompareMagnitude(decimal, one) < 0) format = QuantityFormat::kDecimalSi;
  }
  return Big(std::move(decimal), kNano, format);
}

Quantity QuantityOf(int64_t value) {
  Quantity quantity;
  quantity.format = QuantityFormat::kDecimalExponent, quantity.value = value;
  return quantity;
}

std::expected<Quantity, QuantityError> Add(const Quantity& a, const Quantity& b) {
  QuantityFormat format = Sign(a) == 0 ? b.format : a.format;
  Quantity small;
  if (!a.big && !b.big && AddSmall(a, b.value, b.scale, &small)) {
    small.format = format;
    return small;
  }
  Decimal sum;
  if (!AddDecimals(DecimalOf(a), DecimalOf(b), &sum)) return std::unexpected(QuantityError::kTooLarge);
  return Big(std::move(sum), std::min(a.scale, b.scale), format);
}

std::expected<Quantity, QuantityError> Subtract(const Quantity& a, const Quantity& b) {
  Quantity negated = b;
  if (b.big) {
    negated.negative = !b.negative;
  } else if (b.value == std::numeric_limits<int64_t>::min()) {
    Decimal decimal = DecimalOf(b);
    decimal.negative = false;
    auto big = Big(std::move(decimal), b.scale, b.format);
    if (!big) return big;
    negated = *big;
  } else {
    negated.value = -b.value;
  }
  return Add(a, negated);
}

int Sign(const Quantity& quantity) {
  if (quantity.big) return quantity.digits.empty() ? 0 : quantity.negative ? -1 : 1;
  return quantity.value > 0 ? 1 : quantity.value < 0 ? -1 : 0;
}

int Compare(const Quantity& a, const Quantity& b) {
  if (!a.big && !b.big && a.scale == b.scale) return a.value < b.value ? -1 : a.value > b.value ? 1 : 0;
  return CompareDecimals(DecimalOf(a), DecimalOf(b));
}

bool AsInteger(const Quantity& quantity, int64_t* value) {
  if (quantity.big || quantity.scale < 0) return false;
  *value = quantity.value;
  return ScaleUp(value, quantity.scale);
}

double AsApproximateFloat(const Quantity& quantity) {
  double base = static_cast<double>(quantity.value);
  if (quantity.big) {
    // The digits up to the last place, as one integer.
    std::string text = (quantity.negative ? "-" : "") + (quantity.digits.empty() ? "0" : quantity.digits) +
                       "e" + std::to_string(int64_t{quantity.exponent} - quantity.scale);
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), base);
    if (error == std::errc::result_out_of_range)
      base = (quantity.negative ? -1 : 1) * std::numeric_limits<double>::infinity();
  }
  if (quantity.scale == 0 || base == 0) return base;
  return base * Power10(quantity.scale);
}

std::string ToString(const Quantity& quantity) {
  Decimal decimal = DecimalOf(quantity);
  if (decimal.zero()) return "0";
  std::string sign = decimal.negative ? "-" : "";
  QuantityFormat format = quantity.format;
  Decimal kibi{false, "1024", 0};
  // Below 1024, with a fraction, or beyond what has a suffix, decimal says it better.
  if (format == QuantityFormat::kBinarySi &&
      (decimal.exponent < 0 || decimal.top() > 40 || CompareMagnitude(decimal, kibi) < 0))
    format = QuantityFormat::kDecimalSi;
  if (format == QuantityFormat::kBinarySi) {
    std::string digits = decimal.digits + std::string(static_cast<size_t>(decimal.exponent), '0');
    int32_t power = 0;
    for (std::string next = digits; power < 60 && Divide(&next, 1024) == 0 && !next.empty(); power += 10)
      digits = next;
    for (const Suffix& suffix : kSuffixes)
      if (suffix.base == 2 && suffix.exponent == power) return sign + digits + std::string(suffix.text);
    return sign + digits;
  }
  // An exponent that is a multiple of three.
  int64_t below = ((decimal.exponent % 3) + 3) % 3;
  std::string digits = decimal.digits + std::string(static_cast<size_t>(below), '0');
  int64_t exponent = decimal.exponent - below;
  if (format == QuantityFormat::kDecimalSi)
    for (const Suffix& suffix : kSuffixes)
      if (suffix.base == 10 && suffix.exponent == exponent) return sign + digits + std::string(suffix.text);
  return sign + digits + (exponent == 0 ? "" : "e" + std::to_string(exponent));
}

}  // namespace guard::cel
