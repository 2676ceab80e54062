// string.format: printf over CEL values (cel-go ext/formatting.go and formatting_v2.go).
//
//   %s any value   %d integers   %f fixed point   %e scientific   %b binary   %x %X hexadecimal   %o octal %%
//   percent
//   %.3f so many digits behind the point
#pragma once

#include <string>
#include <string_view>

#include "policies/base/error.h"
#include "policies/cel/value.h"

namespace guard::cel {

// The extension has two ways to write values.
enum class FormatStyle : uint8_t {
  kPlain,      // cel-spec: 1234567.500000, 1.2e+06, Infinity; [a, {k: 1}]
  kLocalised,  // strings version 2, which Kubernetes has: 1,234,567.500000, 1.2×10⁰⁶, ∞; ["a", {"k":1}]
};

// The text of `format` with its clauses replaced by `args` (a list) in turn. Arguments left over are ignored.
// Entries of maps come in the order of their keys' texts.
Result<std::string> FormatText(std::string_view format, const Value& args, FormatStyle style);

// Doubles as the clauses write them, exactly rounded. Where kLocalised, the precision of %e is its width
// (cel-go).
std::string ShortestNumber(double number);
std::string FixedNumber(double number, int precision, FormatStyle style);
std::string ScientificNumber(double number, int precision, FormatStyle style);

}  // namespace guard::cel
