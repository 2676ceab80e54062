// Kubernetes' regular expression functions: find and findAll.
//
// Tested by lib_k8s_regex_test.cc.
#include <re2/re2.h>

#include <cmath>
#include <limits>
#include <vector>

#include "policies/cel/cost.h"
#include "policies/cel/environment.h"
#include "policies/cel/function.h"
#include "policies/cel/program.h"
#include "policies/cel/text.h"

namespace guard::cel {
namespace {

// Up to `limit` matches from the left, which are views of the text. An empty match directly behind another
// match does not count, as in Go.
std::vector<Value> Matches(const RE2& pattern, std::string_view text, uint64_t limit) {
  std::vector<Value> found;
  re2::StringPiece piece(text.data(), text.size()), match;
  size_t from = 0, last_end = std::string_view::npos;
  while (found.size() < limit && from <= text.size() &&
         pattern.Match(piece, from, text.size(), RE2::UNANCHORED, &match, 1)) {
    size_t begin = static_cast<size_t>(match.data() - text.data()), end = begin + match.size();
    if (end > begin || begin != last_end) found.push_back(Value::String(text.substr(begin, match.size())));
    last_end = end;
    from = end > from ? end : from < text.size() ? from + LengthAt(text, from) : from + 1;
  }
  return found;
}

Value Find(Evaluation& ev, const Value* args, uint32_t) {
  Value error;
  const RE2* pattern = ev.Regex(args[1].string(), &error);
  if (pattern == nullptr) return error;
  std::vector<Value> found = Matches(*pattern, args[0].string(), 1);
  return found.empty() ? Value::String("") : found[0];
}

Value FindAll(Evaluation& ev, const Value* args, uint32_t count) {
  Value error;
  const RE2* pattern = ev.Regex(args[1].string(), &error);
  if (pattern == nullptr) return error;
  uint64_t limit = count < 3 || args[2].integer < 0 ? std::numeric_limits<uint64_t>::max()
                                                    : static_cast<uint64_t>(args[2].integer);
  if (!HasRoom(ev, (args[0].size + 1) * sizeof(Value))) return NoRoom(ev);
  return ev.MakeList(Matches(*pattern, args[0].string(), limit));
}

uint64_t SearchCost(const Value* args, uint32_t, const Value&) {
  double text = std::ceil(static_cast<double>(SizeOf(args[0]) + 1) * 0.1);
  double pattern = std::ceil(static_cast<double>(SizeOf(args[1])) * 0.25);
  return ScaledCost(text, pattern);
}

}  // namespace

void RegisterKubernetesRegex(Environment& env) {
  const Type *string = &kStringType, *strings = env.types().List(&kStringType);
  env.Add({"find", "string_find_string", true, {string, string}, string, Find, SearchCost});
  env.Add({"findAll", "string_find_all_string", true, {string, string}, strings, FindAll, SearchCost});
  env.Add({"findAll",
           "string_find_all_string_int",
           true,
           {string, string, &kIntType},
           strings,
           FindAll,
           SearchCost});
}

}  // namespace guard::cel
