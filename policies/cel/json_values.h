// Values as JSON that keeps their types apart, for `guardctl cel`: {"int":"1"}, {"list":[{"string":"a"}]},
// {"null":null}.
//
// The kinds are int, uint, double, string, bytes (base64), bool, null, list, map (a list of pairs), timestamp
// (RFC 3339), duration ("1.5s"), type (its name), optional (a value, or null for none). Read are also
// timestamp_parts and duration_parts: [seconds, nanoseconds].
#pragma once

#include <string>
#include <string_view>

#include "policies/base/error.h"
#include "policies/cel/value.h"
#include "policies/document/node.h"

namespace guard::cel {

// Strings of the value view the node's; all else is made in `arena`.
Result<Value> ReadTypedValue(const Node& json, Arena& arena);

// Fails for what is nested too deeply or too large to be written.
Result<std::string> WriteTypedValue(const Value& value);

// Text as a JSON string, with its quotes. What is not UTF-8 becomes U+FFFD.
void AppendJsonString(std::string& out, std::string_view text);

// One request of `guardctl cel --batch`, without its line end: {"expr", "bindings"?, "container"?,
// "disable_macros"?, "disable_check"?, "check_only"?}; the answer is {"value": V} or {"error": "..."}.
// Standard dialect.
std::string RunBatchLine(std::string_view line);

}  // namespace guard::cel
