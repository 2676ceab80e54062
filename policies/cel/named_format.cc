// Names and labels as apimachinery validates them, and the formats of OpenAPI that custom resources use, as
// kube-openapi validates those. The messages are our own.
//
// Tested by lib_k8s_format_test.cc.
#include "policies/cel/named_format.h"

#include <algorithm>

#include "policies/cel/time.h"
#include "policies/cel/url.h"

namespace guard::cel {
namespace {

using Problems = std::vector<std::string>;

constexpr size_t kLongestLabel = 63;
constexpr size_t kLongestSubdomain = 253;

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsLower(char c) { return c >= 'a' && c <= 'z'; }
bool IsLowerAlnum(char c) { return IsLower(c) || IsDigit(c); }
bool IsAlnum(char c) { return IsLowerAlnum(c) || (c >= 'A' && c <= 'Z'); }
bool IsHex(char c) { return IsDigit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

void LimitLength(std::string_view text, size_t most, Problems* problems) {
  if (text.size() > most) problems->push_back("must be no more than " + std::to_string(most) + " characters");
}

bool IsLabel(std::string_view text) {
  return !text.empty() && IsLowerAlnum(text.front()) && IsLowerAlnum(text.back()) &&
         std::all_of(text.begin(), text.end(), [](char c) { return IsLowerAlnum(c) || c == '-'; });
}

bool IsSubdomain(std::string_view text) {
  for (;;) {
    size_t dot = text.find('.');
    if (!IsLabel(text.substr(0, dot))) return false;
    if (dot == std::string_view::npos) return true;
    text.remove_prefix(dot + 1);
  }
}

// Letters and digits at both ends; '-', '_' and '.' between them too.
bool IsName(std::string_view text) {
  return !text.empty() && IsAlnum(text.front()) && IsAlnum(text.back()) &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return IsAlnum(c) || c == '-' || c == '_' || c == '.'; });
}

Problems Dns1123Label(std::string_view text) {
  Problems problems;
  LimitLength(text, kLongestLabel, &problems);
  if (!IsLabel(text))
    problems.push_back(
        "must be an RFC 1123 label: lower-case letters, digits and '-', with a letter or digit at both ends");
  return problems;
}

Problems Dns1123Subdomain(std::string_view text) {
  Problems problems;
  LimitLength(text, kLongestSubdomain, &problems);
  if (!IsSubdomain(text))
    problems.push_back(
        "must be an RFC 1123 subdomain: lower-case letters, digits, '-' and '.', with a letter or digit at "
        "both ends of "
        "every part");
  return problems;
}

Problems Dns1035Label(std::string_view text) {
  Problems problems;
  LimitLength(text, kLongestLabel, &problems);
  if (!IsLabel(text) || !IsLower(text.front()))
    problems.push_back(
        "must be an RFC 1035 label: lower-case letters, digits and '-', with a letter at the beginning and a "
        "letter or "
        "digit at the end");
  return problems;
}

// What generateName takes: a name that ends in '-' will get more characters behind it.
template <Problems (*validate)(std::string_view)>
Problems Prefix(std::string_view text) {
  if (text.size() < 2 || text.back() != '-') return validate(text);
  return validate(std::string(text.substr(0, text.size() - 2)) + "a");
}

Problems QualifiedName(std::string_view text) {
  Problems problems;
  std::string_view name = text;
  size_t slash = text.find('/');
  if (slash != std::string_view::npos) {
    name = text.substr(slash + 1);
    if (name.find('/') != std::string_view::npos)
      return {"must be a name with an optional DNS subdomain and one '/' before it"};
    std::string_view prefix = text.substr(0, slash);
    if (prefix.empty()) problems.push_back("prefix part must be non-empty");
    if (!prefix.empty())
      for (const std::string& problem : Dns1123Subdomain(prefix))
        problems.push_back("prefix part " + problem);
  }
  if (name.empty()) {
    problems.push_back("name part must be non-empty");
  } else if (name.size() > kLongestLabel) {
    problems.push_back("name part must be no more than 63 characters");
  }
  if (!IsName(name))
    problems.push_back(
        "name part must be letters, digits, '-', '_' and '.', with a letter or digit at both ends");
  return problems;
}

Problems LabelValue(std::string_view text) {
  Problems problems;
  LimitLength(text, kLongestLabel, &problems);
  if (!text.empty() && !IsName(text))
    problems.push_back(
        "must be empty, or letters, digits, '-', '_' and '.', with a letter or digit at both ends");
  return problems;
}

Problems Uri(std::string_view text) {
  if (Result<void> valid = CheckUrl(text); !valid) return {valid.error().message};
  return {};
}

// 8-4-4-4-12 hex digits; each dash may be left out.
Problems Uuid(std::string_view text) {
  bool valid = true;
  for (size_t group : {8, 4, 4, 4, 12}) {
    if (group != 8 && text.starts_with('-')) text.remove_prefix(1);
    valid = valid && text.size() >= group &&
            std::all_of(text.begin(), text.begin() + static_cast<long>(group), IsHex);
    text.remove_prefix(std::min(group, text.size()));
  }
  if (valid && text.empty()) return {};
  return {"does not match the UUID format"};
}

// Base64 with its padding; not empty.
Problems Byte(std::string_view text) {
  size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
  bool valid = !text.empty() && text.size() % 4 == 0 &&
               std::all_of(text.begin(), text.end() - static_cast<long>(padding),
                           [](char c) { return IsAlnum(c) || c == '+' || c == '/'; });
  if (valid) return {};
  return {"invalid base64"};
}

bool IsDate(std::string_view text) {
  int64_t seconds;
  int32_t nanos;
  if (text.size() != 10) return false;
  // The year 0000 is a date, if no timestamp.
  std::string date(text);
  if (date.starts_with("0000")) date.replace(0, 4, "2000");
  return ParseTimestamp(date + "T00:00:00Z", &seconds, &nanos);
}

Problems Date(std::string_view text) {
  if (IsDate(text)) return {};
  return {"invalid date"};
}

// hh:mm:ss, a fraction, and "z" or an offset.
bool IsTime(std::string_view text) {
  auto two_digits = [&](std::string_view largest) {
    bool valid = text.size() >= 2 && IsDigit(text[0]) && IsDigit(text[1]) && text.substr(0, 2) <= largest;
    text.remove_prefix(std::min<size_t>(2, text.size()));
    return valid;
  };
  auto take = [&](char c) {
    bool there = text.starts_with(c);
    if (there) text.remove_prefix(1);
    return there;
  };
  if (!two_digits("23") || !take(':') || !two_digits("59") || !take(':') || !two_digits("59")) return false;
  if (text.size() > 1 && text[0] == '.' && IsDigit(text[1])) {
    text.remove_prefix(1);
    while (!text.empty() && IsDigit(text.front())) text.remove_prefix(1);
  }
  if (take('z') || take('Z')) return text.empty();
  if (!take('+') && !take('-')) return false;
  return two_digits("99") && take(':') && two_digits("99") && text.empty();
}

Problems DateTime(std::string_view text) {
  size_t t = text.find_first_of("tT");
  if (t != std::string_view::npos && IsDate(text.substr(0, t)) && IsTime(text.substr(t + 1))) return {};
  return {"invalid datetime"};
}

// The sizes are those of the expressions in apimachinery, kube-openapi and govalidator.
constexpr NamedFormat kFormats[] = {
    {"dns1123Label", Dns1123Label, 30},
    {"dns1123Subdomain", Dns1123Subdomain, 60},
    {"dns1035Label", Dns1035Label, 30},
    {"qualifiedName", QualifiedName, 60},
    {"dns1123LabelPrefix", Prefix<Dns1123Label>, 30},
    {"dns1123SubdomainPrefix", Prefix<Dns1123Subdomain>, 60},
    {"dns1035LabelPrefix", Prefix<Dns1035Label>, 30},
    {"labelValue", LabelValue, 40},
    {"uri", Uri, 1000},
    {"uuid", Uuid, 70},
    {"byte", Byte, 84},
    {"date", Date, 71},
    {"datetime", DateTime, 71},
};

}  // namespace

std::span<const NamedFormat> NamedFormats() { return kFormats; }

const NamedFormat* FindNamedFormat(std::string_view name) {
  for (const NamedFormat& format : kFormats)
    if (format.name == name) return &format;
  return nullptr;
}

}  // namespace guard::cel
