// Tested by tests/unit/document/scalar_test.cc.
#include "policies/document/scalar.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <limits>

#include "policies/base/utf8.h"

namespace guard {

namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

void SetBool(Node* node, bool value) {
  node->kind = NodeKind::kBool, node->integer = 0, node->boolean = value;
}
void SetInt(Node* node, int64_t value) { node->kind = NodeKind::kInt, node->integer = value; }
void SetDouble(Node* node, double value) { node->kind = NodeKind::kDouble, node->real = value; }
void SetNull(Node* node) { node->kind = NodeKind::kNull, node->integer = 0; }
void SetString(Node* node, std::string_view text) {
  node->kind = NodeKind::kString, node->bytes = text.data(), node->size = static_cast<uint32_t>(text.size());
}

// Kubernetes turns YAML into JSON and reads that: a double that is a whole number is written without a dot
// there, and so is an integer afterwards.
void SetNumber(YamlSchema schema, Node* node, double value) {
  constexpr double kBound = 9223372036854775808.0;
  if (schema == YamlSchema::kKubernetes && value >= -kBound && value < kBound && value == std::trunc(value))
    return SetInt(node, static_cast<int64_t>(value));
  SetDouble(node, value);
}

bool IsOneOf(std::string_view text, std::initializer_list<std::string_view> words) {
  for (std::string_view word : words)
    if (text == word) return true;
  return false;
}

bool ResolveWord(YamlSchema schema, std::string_view text, Node* node) {
  if (text.size() > 5) return false;
  if (IsOneOf(text, {"", "~", "null", "Null", "NULL"})) return SetNull(node), true;
  if (IsOneOf(text, {"true", "True", "TRUE"})) return SetBool(node, true), true;
  if (IsOneOf(text, {"false", "False", "FALSE"})) return SetBool(node, false), true;
  if (schema != YamlSchema::kCore12) {
    if (IsOneOf(text, {"yes", "Yes", "YES", "on", "On", "ON"})) return SetBool(node, true), true;
    if (IsOneOf(text, {"no", "No", "NO", "off", "Off", "OFF"})) return SetBool(node, false), true;
  }
  if (schema == YamlSchema::kKubernetes) {
    if (IsOneOf(text, {"y", "Y"})) return SetBool(node, true), true;
    if (IsOneOf(text, {"n", "N"})) return SetBool(node, false), true;
  }
  return false;
}

bool ResolveSpecialFloat(std::string_view text, Node* node) {
  if (IsOneOf(text, {".nan", ".NaN", ".NAN"}))
    return SetDouble(node, std::numeric_limits<double>::quiet_NaN()), true;
  bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  if (!IsOneOf(text, {".inf", ".Inf", ".INF"})) return false;
  double infinity = std::numeric_limits<double>::infinity();
  return SetDouble(node, negative ? -infinity : infinity), true;
}

// [-+]? ( .digits | digits [ .digits? ] ) [ e [-+]? digits ]
bool LooksLikeFloat(std::string_view text) {
  size_t at = 0;
  auto digits = [&] {
    size_t begin = at;
    while (at < text.size() && IsDigit(text[at])) ++at;
    return at > begin;
  };
  if (at < text.size() && (text[at] == '-' || text[at] == '+')) ++at;
  bool whole = digits();
  if (at < text.size() && text[at] == '.') {
    ++at;
    if (!digits() && !whole) return false;
  } else if (!whole) {
    return false;
  }
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    if (at < text.size() && (text[at] == '-' || text[at] == '+')) ++at;
    if (!digits()) return false;
  }
  return at == text.size();
}

// Digits of a base without sign: an int64 where it fits, otherwise the double that a JSON reader makes of it.
bool ParseDigits(std::string_view digits, int base, bool negative, Node* node) {
  if (digits.empty()) return false;
  uint64_t magnitude = 0;
  double approximate = 0;
  bool large = false;
  for (char c : digits) {
    int digit = IsDigit(c)             ? c - '0'
                : c >= 'a' && c <= 'f' ? c - 'a' + 10
                : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                       : 99;
    if (digit >= base) return false;
    large = large || __builtin_mul_overflow(magnitude, static_cast<uint64_t>(base), &magnitude) ||
            __builtin_add_overflow(magnitude, static_cast<uint64_t>(digit), &magnitude);
    approximate = approximate * base + digit;
  }
  constexpr uint64_t kSmallest = uint64_t{1} << 63;
  if (!large && (magnitude < kSmallest || (negative && magnitude == kSmallest))) {
    SetInt(node, static_cast<int64_t>(negative ? 0 - magnitude : magnitude));
    return true;
  }
  if (base == 10) approximate = ParseDouble(digits).value_or(approximate);
  if (!std::isfinite(approximate)) return false;
  SetDouble(node, negative ? -approximate : approximate);
  return true;
}

// An integer as Go's strconv reads it with base 0 (0x, 0o, 0b, and a leading zero for octal).
bool ParseGoInteger(std::string_view text, Node* node) {
  bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  if (text.size() < 2 || text[0] != '0') return ParseDigits(text, 10, negative, node);
  char mark = static_cast<char>(text[1] | 0x20);
  if (text.size() > 2 && (mark == 'x' || mark == 'o' || mark == 'b'))
    return ParseDigits(text.substr(2), mark == 'x' ? 16 : mark == 'o' ? 8 : 2, negative, node);
  return ParseDigits(text.substr(1), 8, negative, node);
}

// 190:20:30 is 685230 to YAML 1.1, and "22:22" a port mapping that nobody meant.
bool ParseSexagesimal(std::string_view text, Node* node) {
  bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  int64_t value = 0;
  int groups = 0;
  while (true) {
    size_t length = std::min(text.find(':'), text.size());
    std::string_view group = text.substr(0, length);
    if (group.empty() || group.size() > (groups == 0 ? 12u : 2u)) return false;
    int64_t number = 0;
    for (char c : group) {
      if (!IsDigit(c)) return false;
      number = number * 10 + (c - '0');
    }
    if (groups > 0 && number > 59) return false;
    value = value * 60 + number;
    ++groups;
    if (length == text.size()) break;
    text.remove_prefix(length + 1);
    if (groups == 3) return false;
  }
  if (groups == 1) return false;
  SetInt(node, negative ? -value : value);
  return true;
}

std::string WithoutUnderscores(std::string_view text) {
  std::string without;
  for (char c : text)
    if (c != '_') without += c;
  return without;
}

bool WrittenAsFloat(std::string_view text) {
  std::string plain = WithoutUnderscores(text);
  return LooksLikeFloat(plain) && plain.find_first_of(".eE") != std::string::npos;
}

// Go's FormatFloat(value, 'g', -1, 32), with which sigs.k8s.io/yaml makes keys of floats.
std::string GoShortest(float value) {
  if (std::isnan(value)) return ".nan";
  if (std::isinf(value)) return value < 0 ? "-.inf" : ".inf";
  char buffer[64];
  char* end = std::to_chars(buffer, buffer + sizeof buffer, value, std::chars_format::scientific).ptr;
  std::string_view text(buffer, static_cast<size_t>(end - buffer));
  int exponent = std::atoi(std::string(text.substr(text.find('e') + 1)).c_str());
  if (exponent >= -4 && exponent < 6)
    end = std::to_chars(buffer, buffer + sizeof buffer, value, std::chars_format::fixed).ptr;
  return {buffer, end};
}

// go-yaml's order of trials for what begins like a number; the underscores are its own liberty.
bool ResolveNumber11(YamlSchema schema, std::string_view text, Node* node) {
  if (text[0] == '.') {
    if (ResolveSpecialFloat(text, node)) return true;
    std::optional<double> value = LooksLikeFloat(text) ? ParseDouble(text) : std::nullopt;
    return value ? SetNumber(schema, node, *value), true : false;
  }
  if (ResolveSpecialFloat(text, node)) return true;
  std::string without;
  std::string_view plain = text;
  if (text.find('_') != std::string_view::npos) {
    plain = without = WithoutUnderscores(text);
  }
  if (plain.find(':') != std::string_view::npos)
    return schema == YamlSchema::kYaml11 && ParseSexagesimal(plain, node);
  if (ParseGoInteger(plain, node)) return true;
  if (LooksLikeFloat(plain)) {
    std::optional<double> value = ParseDouble(plain);
    if (value) return SetNumber(schema, node, *value), true;
  }
  return false;
}

bool ResolveNumber12(std::string_view text, Node* node) {
  if (ResolveSpecialFloat(text, node)) return true;
  if (text.starts_with("0x")) return ParseDigits(text.substr(2), 16, false, node);
  if (text.starts_with("0o")) return ParseDigits(text.substr(2), 8, false, node);
  std::string_view digits = text;
  bool negative = digits.starts_with('-');
  if (negative || digits.starts_with('+')) digits.remove_prefix(1);
  if (ParseDigits(digits, 10, negative, node)) return true;
  if (!LooksLikeFloat(text)) return false;
  std::optional<double> value = ParseDouble(text);
  return value ? SetDouble(node, *value), true : false;
}

// Everything that is not a string begins with one of these (or is empty).
bool MayMeanOther(char first) {
  switch (first) {
    case '+':
    case '-':
    case '.':
    case '~':
    case '0':
    case '1':
    case '2':
    case '3':
    case '4':
    case '5':
    case '6':
    case '7':
    case '8':
    case '9':
    case 'y':
    case 'Y':
    case 'n':
    case 'N':
    case 't':
    case 'T':
    case 'f':
    case 'F':
    case 'o':
    case 'O': return true;
    default: return false;
  }
}

}  // namespace

std::optional<double> ParseDouble(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  double value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (end != text.data() + text.size()) return std::nullopt;
  if (error == std::errc()) return std::isfinite(value) ? std::optional(value) : std::nullopt;
  if (error != std::errc::result_out_of_range) return std::nullopt;
  value = std::strtod(std::string(text).c_str(), nullptr);  // tells too small from too large
  return std::isfinite(value) ? std::optional(value) : std::nullopt;
}

std::string DoubleText(double value) {
  if (std::isnan(value)) return ".nan";
  if (std::isinf(value)) return value < 0 ? "-.inf" : ".inf";
  char buffer[40];
  auto [end, error] = std::to_chars(buffer, buffer + sizeof buffer, value);
  std::string text(buffer, end);
  if (text.find_first_of(".e") == std::string::npos) text += ".0";
  return text;
}

void ResolvePlain(YamlSchema schema, std::string_view text, Node* node) {
  if (!text.empty() && !MayMeanOther(text[0])) return SetString(node, text);
  if (ResolveWord(schema, text, node)) return;
  bool number = IsDigit(text[0]) || text[0] == '-' || text[0] == '+' || text[0] == '.';
  if (number &&
      (schema == YamlSchema::kCore12 ? ResolveNumber12(text, node) : ResolveNumber11(schema, text, node)))
    return;
  SetString(node, text);
}

bool ResolveTagged(YamlSchema schema, std::string_view tag, std::string_view text, Node* node) {
  if (tag == "bool" || tag == "int" || tag == "float" || tag == "null") {
    ResolvePlain(schema, text, node);
    if (tag == "bool") return node->kind == NodeKind::kBool;
    if (tag == "null") return node->kind == NodeKind::kNull;
    if (node->kind != NodeKind::kInt && node->kind != NodeKind::kDouble) return false;
    // A whole double is an integer to Kubernetes by now; the tag still refuses what was written as a float.
    if (tag == "int") return !WrittenAsFloat(text);
    if (node->kind == NodeKind::kInt) SetNumber(schema, node, static_cast<double>(node->integer));
    return true;
  }
  SetString(node, text);
  return true;
}

bool PlainMeansOther(YamlSchema schema, std::string_view text) {
  Node node;
  ResolvePlain(schema, text, &node);
  return !node.is_string();
}

std::optional<std::string_view> KeyText(YamlSchema schema, const Node& key, std::string_view text,
                                        std::string* converted) {
  if (schema != YamlSchema::kKubernetes) return key.is_string() ? key.string() : text;
  switch (key.kind) {
    case NodeKind::kString: return key.string();
    case NodeKind::kBool: return key.boolean ? "true" : "false";
    case NodeKind::kInt:
    case NodeKind::kDouble:
      if (WrittenAsFloat(text) || (key.kind == NodeKind::kDouble && !std::isfinite(key.real))) {
        *converted = GoShortest(
            static_cast<float>(key.kind == NodeKind::kDouble ? key.real : static_cast<double>(key.integer)));
      } else if (key.kind == NodeKind::kInt) {
        *converted = std::to_string(key.integer);
      } else {
        return std::nullopt;
      }
      return *converted;
    default: return std::nullopt;
  }
}

std::optional<std::string_view> KeyText(YamlSchema schema, std::string_view text, std::string* converted) {
  if (schema != YamlSchema::kKubernetes || (!text.empty() && !MayMeanOther(text[0]))) return text;
  Node key;
  ResolvePlain(schema, text, &key);
  return KeyText(schema, key, text, converted);
}

std::optional<std::string> DecodeBinary(std::string_view text) {
  std::string bytes;
  uint32_t bits = 0;
  int count = 0, padding = 0;
  for (char c : text) {
    if (c == '\n' || c == '\r' || c == ' ' || c == '\t') continue;
    if (c == '=') {
      if (++padding > 2) return std::nullopt;
      continue;
    }
    int value = c >= 'A' && c <= 'Z'   ? c - 'A'
                : c >= 'a' && c <= 'z' ? c - 'a' + 26
                : IsDigit(c)           ? c - '0' + 52
                : c == '+'             ? 62
                : c == '/'             ? 63
                                       : -1;
    if (value < 0 || padding > 0) return std::nullopt;
    bits = bits << 6 | static_cast<uint32_t>(value);
    if (++count % 4 != 0) continue;
    bytes += static_cast<char>(bits >> 16);
    bytes += static_cast<char>(bits >> 8);
    bytes += static_cast<char>(bits);
  }
  int rest = count % 4;
  if (rest == 1 || (rest == 0 ? padding != 0 : padding != 4 - rest)) return std::nullopt;
  if (rest >= 2) bytes += static_cast<char>(bits >> (rest == 2 ? 4 : 10));
  if (rest == 3) bytes += static_cast<char>(bits >> 2);
  // As JSON, which is where it goes, text replaces what is no UTF-8.
  std::string valid;
  for (std::string_view left = bytes; !left.empty();) {
    size_t bad = FindInvalidUtf8(left);
    valid += left.substr(0, bad);
    if (bad == std::string_view::npos) break;
    valid += "\xEF\xBF\xBD";
    left.remove_prefix(bad + 1);
  }
  return valid;
}

}  // namespace guard
