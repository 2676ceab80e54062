// What a plain scalar means: the schemas of YAML, and the numbers that YAML and JSON share.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "policies/document/document.h"
#include "policies/document/node.h"

namespace guard {

// A decimal number as a double; nothing when it is none or too large for one (too small becomes 0).
std::optional<double> ParseDouble(std::string_view text);

// The shortest text that reads back as this double, with a dot or an exponent so that it stays one: 1.0,
// 1e+30, .inf.
std::string DoubleText(double value);

// Sets the kind and value of a plain scalar without a tag; a string keeps `text`.
void ResolvePlain(YamlSchema schema, std::string_view text, Node* node);

// The same for a scalar with an explicit core tag ("int" of !!int), whatever its style. False: it is not of
// that type.
bool ResolveTagged(YamlSchema schema, std::string_view tag, std::string_view text, Node* node);

// True when plain `text` would be read as something else than the string itself.
bool PlainMeansOther(YamlSchema schema, std::string_view text);

// What a map key becomes that is not quoted. Kubernetes converts to JSON, so `on` is "true", 0x1F is "31"
// and 1.50 is "1.5"; elsewhere it stays as written. Nothing: no key in JSON (null, or an integer beyond
// int64). `converted` owns the text when it is not `text` itself.
std::optional<std::string_view> KeyText(YamlSchema schema, std::string_view text, std::string* converted);
// The same for a key whose value has been resolved already (a tagged one).
std::optional<std::string_view> KeyText(YamlSchema schema, const Node& key, std::string_view text,
                                        std::string* converted);

// Base 64 as !!binary has it (line breaks and spaces in it are skipped); nothing when it is none.
std::optional<std::string> DecodeBinary(std::string_view text);

}  // namespace guard
