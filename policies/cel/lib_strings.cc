// The strings extension (cel-go ext/strings.go): indices count code points, results are views of the receiver
// where they can be, and every function is linear in its arguments and its result. Tested by
// tests/unit/cel/lib_strings_test.cc.
#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

#include "policies/cel/cost.h"
#include "policies/cel/environment.h"
#include "policies/cel/format.h"
#include "policies/cel/text.h"

namespace guard::cel {
namespace {

constexpr size_t kNone = std::string_view::npos;

Value OutOfRange(Evaluation& ev, int64_t index) {
  return ev.Fail("index out of range: " + std::to_string(index));
}

// What a search from beyond the end means. cel-spec calls it an error; Kubernetes' cel-go finds nothing
// there.
enum class Beyond { kError, kNothing };

Value CharAt(Evaluation& ev, const Value* args, uint32_t) {
  std::string_view text = args[0].string();
  int64_t index = args[1].integer;
  if (!ev.Work(text.size() / 16)) return ev.OverCost();  // costs one, however long the text
  size_t at = index < 0 ? kNone : OffsetOf(text, static_cast<uint64_t>(index));
  if (at == kNone) return OutOfRange(ev, index);
  return Value::String(at == text.size() ? std::string_view() : text.substr(at, LengthAt(text, at)));
}

Value Substring(Evaluation& ev, const Value* args, uint32_t count) {
  std::string_view text = args[0].string();
  int64_t begin = args[1].integer;
  if (count == 3 && begin > args[2].integer) {
    return ev.Fail("invalid substring range. start: " + std::to_string(begin) +
                   ", end: " + std::to_string(args[2].integer));
  }
  size_t from = begin < 0 ? kNone : OffsetOf(text, static_cast<uint64_t>(begin));
  if (from == kNone) return OutOfRange(ev, begin);
  text.remove_prefix(from);
  if (count == 2) return Value::String(text);
  size_t length = OffsetOf(text, static_cast<uint64_t>(args[2].integer - begin));
  if (length == kNone) return OutOfRange(ev, args[2].integer);
  return Value::String(text.substr(0, length));
}

// Linear, unlike string_view::find, for needles that nearly match everywhere.
size_t Find(std::string_view text, std::string_view needle, size_t from) {
  if (needle.empty()) return from;
  if (needle.size() > text.size() - from) return kNone;
  const void* at = memmem(text.data() + from, text.size() - from, needle.data(), needle.size());
  return at == nullptr ? kNone : static_cast<size_t>(static_cast<const char*>(at) - text.data());
}

// The last match: short needles by trying each place, long ones by Knuth, Morris and Pratt's automaton run
// backwards.
size_t FindLast(std::string_view text, std::string_view needle) {
  if (needle.size() > text.size()) return kNone;
  if (needle.size() <= 16) return text.rfind(needle);
  size_t length = needle.size();
  auto back = [&](size_t i) { return needle[length - 1 - i]; };
  std::vector<uint32_t> border(length, 0);
  for (size_t i = 1, matched = 0; i < length; ++i) {
    while (matched > 0 && back(i) != back(matched)) matched = border[matched - 1];
    if (back(i) == back(matched)) ++matched;
    border[i] = static_cast<uint32_t>(matched);
  }
  size_t matched = 0;
  for (size_t at = text.size(); at-- > 0;) {
    while (matched > 0 && text[at] != back(matched)) matched = border[matched - 1];
    if (text[at] == back(matched)) ++matched;
    if (matched == length) return at;
  }
  return kNone;
}

Value IndexIn(std::string_view text, size_t at) {
  return Value::Int(at == kNone ? -1 : static_cast<int64_t>(CodePoints(text.substr(0, at))));
}

Value IndexOf(Evaluation&, const Value* args, uint32_t) {
  return IndexIn(args[0].string(), Find(args[0].string(), args[1].string(), 0));
}

Value LastIndexOf(Evaluation&, const Value* args, uint32_t) {
  return IndexIn(args[0].string(), FindLast(args[0].string(), args[1].string()));
}

// Where a search that was given an offset starts: kNone, with the answer to give instead, when it does not.
template <Beyond beyond>
size_t SearchStart(Evaluation& ev, const Value* args, Value* answer) {
  std::string_view text = args[0].string();
  int64_t offset = args[2].integer;
  size_t from = offset < 0 ? kNone : OffsetOf(text, static_cast<uint64_t>(offset));
  bool nothing_sought = args[1].size == 0;
  if (from != kNone && (nothing_sought || from < text.size())) return from;
  if (offset < 0 || beyond == Beyond::kError) {
    *answer = OutOfRange(ev, offset);
  } else {
    *answer = nothing_sought ? Value::Int(CodePoints(text)) : Value::Int(-1);
  }
  return kNone;
}

template <Beyond beyond>
Value IndexOfFrom(Evaluation& ev, const Value* args, uint32_t) {
  Value answer;
  size_t from = SearchStart<beyond>(ev, args, &answer);
  if (from == kNone) return answer;
  return IndexIn(args[0].string(), Find(args[0].string(), args[1].string(), from));
}

template <Beyond beyond>
Value LastIndexOfFrom(Evaluation& ev, const Value* args, uint32_t) {
  Value answer;
  size_t from = SearchStart<beyond>(ev, args, &answer);
  if (from == kNone) return answer;
  std::string_view text = args[0].string(), needle = args[1].string();
  size_t reach =
      std::min(text.size(), from + needle.size());  // a match may begin at `from`, so it may reach behind it
  return IndexIn(text, FindLast(text.substr(0, reach), needle));
}

template <char first, char last>
Value ChangeCase(Evaluation& ev, const Value* args, uint32_t) {
  std::string_view text = args[0].string();
  auto changes = [](char c) { return c >= first && c <= last; };
  if (std::none_of(text.begin(), text.end(), changes)) return args[0];
  if (!HasRoom(ev, text.size())) return NoRoom(ev);
  char* bytes = ev.arena().AllocateArray<char>(text.size());
  for (size_t i = 0; i < text.size(); ++i)
    bytes[i] = static_cast<char>(changes(text[i]) ? text[i] ^ 0x20 : text[i]);
  return Value::String({bytes, text.size()});
}

bool IsWhiteSpace(uint32_t point) {
  return point == ' ' || (point >= 9 && point <= 13) || point == 0x85 || point == 0xA0 || point == 0x1680 ||
         (point >= 0x2000 && point <= 0x200A) || point == 0x2028 || point == 0x2029 || point == 0x202F ||
         point == 0x205F || point == 0x3000;
}

Value Trim(Evaluation&, const Value* args, uint32_t) {
  std::string_view text = args[0].string();
  for (size_t at = 0; !text.empty() && IsWhiteSpace(DecodeAt(text, at)); at = 0) text.remove_prefix(at);
  while (!text.empty()) {
    size_t begin = text.size() - 1;
    while (begin > 0 && Continues(text[begin])) --begin;
    size_t at = begin;
    if (!IsWhiteSpace(DecodeAt(text, at)) || at != text.size()) break;
    text = text.substr(0, begin);
  }
  return Value::String(text);
}

Value Reverse(Evaluation& ev, const Value* args, uint32_t) {
  std::string_view text = args[0].string();
  if (!HasRoom(ev, text.size())) return NoRoom(ev);
  char* bytes = ev.arena().AllocateArray<char>(text.size());
  char* to = bytes + text.size();
  for (size_t at = 0; at < text.size();) {
    size_t length = LengthAt(text, at);
    to -= length;
    std::memcpy(to, text.data() + at, length);
    at += length;
  }
  return Value::String({bytes, text.size()});
}

// Calls `piece` with each stretch of text between matches, at most `limit` of them matched (all when
// negative). An empty needle matches before, between and after code points; only what lies between makes
// pieces when splitting.
template <class Piece>
void Cut(std::string_view text, std::string_view needle, int64_t limit, Piece piece) {
  size_t begin = 0;
  for (int64_t cuts = 0; limit < 0 || cuts < limit; ++cuts) {
    size_t at = needle.empty() ? (begin < text.size() ? begin + LengthAt(text, begin) : kNone)
                               : Find(text, needle, begin);
    if (at == kNone || (needle.empty() && at == text.size())) break;
    piece(text.substr(begin, at - begin));
    begin = at + needle.size();
  }
  piece(text.substr(begin));
}

Value Replace(Evaluation& ev, const Value* args, uint32_t count) {
  std::string_view text = args[0].string(), needle = args[1].string(), with = args[2].string();
  int64_t limit = count == 4 ? args[3].integer : -1;
  if (limit == 0 || needle == with) return args[0];
  std::string out;
  bool first = true, fits = true;
  auto piece = [&](std::string_view part) {
    if (!first) out += with;
    first = false;
    out += part;
    fits = fits && out.size() <= kMaxString;
    if (!fits) out.clear();  // goes on counting pieces, not bytes
  };
  if (needle.empty()) {
    out += with;  // the match before the first code point; Cut() leaves out the one after the last
    Cut(text, needle, limit < 0 ? -1 : limit - 1, piece);
    bool last_too = limit < 0 || limit > static_cast<int64_t>(CodePoints(text));
    if (last_too && !text.empty()) out += with;
  } else {
    if (Find(text, needle, 0) == kNone) return args[0];
    Cut(text, needle, limit, piece);
  }
  return fits ? MakeBounded(ev, out) : NoRoom(ev);
}

Value Split(Evaluation& ev, const Value* args, uint32_t count) {
  std::string_view text = args[0].string(), separator = args[1].string();
  int64_t limit = count == 3 ? args[2].integer : -1;
  if (limit == 0 || (text.empty() && separator.empty())) return ev.MakeList({});
  int64_t cuts = limit < 0 ? -1 : limit - 1;
  uint32_t pieces = 0;
  Cut(text, separator, cuts, [&](std::string_view) { ++pieces; });
  if (!HasRoom(ev, uint64_t{pieces} * sizeof(Value))) return NoRoom(ev);
  Value* items = ev.arena().AllocateArray<Value>(pieces);
  Value* next = items;
  Cut(text, separator, cuts, [&](std::string_view part) { *next++ = Value::String(part); });
  return Value::Items(items, pieces);
}

Value Join(Evaluation& ev, const Value* args, uint32_t count) {
  std::string_view separator = count == 2 ? args[1].string() : std::string_view();
  uint64_t size = 0;
  for (uint32_t i = 0; i < args[0].size; ++i) {
    Value item = ListAt(args[0], i);
    if (!item.is(Tag::kString)) return ev.Fail("join: invalid input: " + ToString(item));
    size += item.size + (i > 0 ? separator.size() : 0);
  }
  if (!HasRoom(ev, size)) return NoRoom(ev);
  char* bytes = ev.arena().AllocateArray<char>(size);
  char* to = bytes;
  auto append = [&to](std::string_view text) { to = std::copy(text.begin(), text.end(), to); };
  for (uint32_t i = 0; i < args[0].size; ++i) {
    if (i > 0) append(separator);
    append(ListAt(args[0], i).string());
  }
  return Value::String({bytes, size});
}

Value Quote(Evaluation& ev, const Value* args, uint32_t) {
  constexpr std::string_view kPlain = "\a\b\f\n\r\t\v\\\"", kEscaped = "abfnrtv\\\"";
  std::string_view text = args[0].string();
  std::string out = "\"";
  for (size_t at = 0; at < text.size();) {
    size_t special = kPlain.find(text[at]);
    if (special == kNone) {
      AppendCodePoint(out, DecodeAt(text, at));
    } else {
      out += '\\', out += kEscaped[special], ++at;
    }
  }
  out += '"';
  return MakeBounded(ev, out);
}

template <FormatStyle style>
Value Format(Evaluation& ev, const Value* args, uint32_t) {
  Result<std::string> text = FormatText(args[0].string(), args[1], style);
  return text ? MakeBounded(ev, *text) : ev.Fail(text.error().message);
}

// Kubernetes: apiserver pkg/cel/library/cost.go. Its charge for a search ignores the needle.
uint64_t ScanReceiver(const Value* args, uint32_t, const Value&) { return ScanCost(args[0]); }
uint64_t ScanReceiverTwice(const Value* args, uint32_t, const Value&) { return ScanCost(args[0], 2); }
uint64_t ScanResultTwice(const Value*, uint32_t, const Value& result) { return ScanCost(result, 2); }
uint64_t SearchCost(const Value* args, uint32_t, const Value&) { return args[0].size / 10; }
// cel-go ext/strings.go, for what Kubernetes has no charge for.
uint64_t TransformCost(const Value* args, uint32_t, const Value& result) {
  return 1 + ScanCost(args[0]) + SizeOf(result);
}

}  // namespace

void RegisterStrings(Environment& env) {
  const Type *string = &kStringType, *integer = &kIntType, *strings = env.types().List(string);
  const Type* anything = env.types().List(&kDynType);
  bool kubernetes =
      env.dialect() == Dialect::kKubernetes;  // strings version 2: no reverse, localised numbers
  FunctionImpl index_of_from = kubernetes ? IndexOfFrom<Beyond::kNothing> : IndexOfFrom<Beyond::kError>;
  FunctionImpl last_index_of_from =
      kubernetes ? LastIndexOfFrom<Beyond::kNothing> : LastIndexOfFrom<Beyond::kError>;
  FunctionImpl format = kubernetes ? Format<FormatStyle::kLocalised> : Format<FormatStyle::kPlain>;

  env.Add({"charAt", "string_char_at_int", true, {string, integer}, string, CharAt});
  env.Add({"indexOf", "string_index_of_string", true, {string, string}, integer, IndexOf, SearchCost});
  env.Add({"indexOf",
           "string_index_of_string_int",
           true,
           {string, string, integer},
           integer,
           index_of_from,
           SearchCost});
  env.Add({"lastIndexOf",
           "string_last_index_of_string",
           true,
           {string, string},
           integer,
           LastIndexOf,
           SearchCost});
  env.Add({"lastIndexOf",
           "string_last_index_of_string_int",
           true,
           {string, string, integer},
           integer,
           last_index_of_from,
           SearchCost});
  env.Add({"lowerAscii", "string_lower_ascii", true, {string}, string, ChangeCase<'A', 'Z'>, ScanReceiver});
  env.Add({"upperAscii", "string_upper_ascii", true, {string}, string, ChangeCase<'a', 'z'>, ScanReceiver});
  env.Add({"replace",
           "string_replace_string_string",
           true,
           {string, string, string},
           string,
           Replace,
           ScanReceiverTwice});
  env.Add({"replace",
           "string_replace_string_string_int",
           true,
           {string, string, string, integer},
           string,
           Replace,
           ScanReceiverTwice});
  env.Add({"split", "string_split_string", true, {string, string}, strings, Split, ScanReceiverTwice});
  env.Add({"split",
           "string_split_string_int",
           true,
           {string, string, integer},
           strings,
           Split,
           ScanReceiverTwice});
  env.Add({"substring", "string_substring_int", true, {string, integer}, string, Substring, ScanReceiver});
  env.Add({"substring",
           "string_substring_int_int",
           true,
           {string, integer, integer},
           string,
           Substring,
           ScanReceiver});
  env.Add({"trim", "string_trim", true, {string}, string, Trim, ScanReceiver});
  env.Add({"join", "list_join", true, {strings}, string, Join, ScanResultTwice});
  env.Add({"join", "list_join_string", true, {strings, string}, string, Join, ScanResultTwice});
  env.Add({"format", "string_format", true, {string, anything}, string, format, ScanReceiver});
  env.Add({"strings.quote", "strings_quote", false, {string}, string, Quote, ScanReceiver});
  if (kubernetes) return;
  env.Add({"reverse", "string_reverse", true, {string}, string, Reverse, TransformCost});
}

}  // namespace guard::cel
