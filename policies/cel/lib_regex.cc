// The regex extension (cel-go ext/regex.go): replace, extract and extractAll, on RE2.
// Tested by tests/unit/cel/lib_regex_test.cc.
//
// A search is charged by the sizes of text and pattern before it runs, what it makes afterwards.
#include <re2/re2.h>

#include <cmath>
#include <string>
#include <vector>

#include "policies/cel/cost.h"
#include "policies/cel/environment.h"
#include "policies/cel/text.h"

namespace guard::cel {
namespace {

constexpr int kMaxGroups = 10;  // the whole match and \1 to \9: what a replacement can name

re2::StringPiece Piece(std::string_view text) { return {text.data(), text.size()}; }

// A pattern over one text.
class Search {
 public:
  Search(std::string_view text, const RE2& pattern) : text_(text), pattern_(pattern) {}

  int groups() const { return pattern_.NumberOfCapturingGroups(); }

  // The next match, leftmost and first as Go finds them: no empty one directly behind another match.
  bool Next() {
    while (from_ <= text_.size()) {
      size_t count = static_cast<size_t>(std::min(groups() + 1, kMaxGroups));
      if (!pattern_.Match(Piece(text_), from_, text_.size(), RE2::UNANCHORED, match_,
                          static_cast<int>(count)))
        break;
      size_t begin = Begin(0), end = begin + match_[0].size();
      bool accepted = end > begin || begin != last_end_;
      from_ = end > from_ ? end : from_ < text_.size() ? from_ + LengthAt(text_, from_) : from_ + 1;
      last_end_ = end;
      if (accepted) return true;
    }
    from_ = text_.size() + 1;
    return false;
  }

  // Of the match found last. A group that took no part is empty.
  size_t Begin(int group) const { return static_cast<size_t>(match_[group].data() - text_.data()); }
  std::string_view Group(int group) const {
    return match_[group].data() == nullptr ? std::string_view()
                                           : text_.substr(Begin(group), match_[group].size());
  }

 private:
  std::string_view text_;
  const RE2& pattern_;
  re2::StringPiece match_[kMaxGroups];
  size_t from_ = 0;
  size_t last_end_ = std::string_view::npos;
};

// What a call costs, in cel-go's floating point: the search by the sizes of text and pattern, and what it
// makes.
class Bill {
 public:
  // Pays for the search, before it runs.
  Bill(Evaluation& ev, const Value* args, double (*round)(double)) : ev_(ev), round_(round) {
    double text = static_cast<double>(SizeOf(args[0]) + 1) * 0.1;
    double pattern = static_cast<double>(SizeOf(args[1]) + 1) * 0.25;
    search_ = text * pattern;
    affordable_ = ev.Charge(ScaledCost(search_, 1));
  }
  bool affordable() const { return affordable_; }

  // Pays the rest but for the one that every call costs.
  bool Settle(uint64_t made) {
    return ev_.Charge(ScaledCost(round_(1 + search_ + static_cast<double>(made)), 1) -
                      ScaledCost(search_, 1) - 1);
  }

 private:
  Evaluation& ev_;
  double (*round_)(double);
  double search_;
  bool affordable_;
};

// A replacement with \1 to \9 for groups, \0 for the whole match and \\ for a backslash, taken apart.
struct Template {
  struct Part {
    std::string_view text;  // what comes before the group
    int group = -1;         // -1: none
  };
  std::vector<Part> parts;
  std::string error;
};

Template ParseTemplate(std::string_view text, int groups) {
  Template out;
  std::string quoted = "invalid replacement string: '" + std::string(text) + "' \\ ";
  for (size_t begin = 0; begin < text.size();) {
    size_t slash = text.find('\\', begin);
    if (slash == std::string_view::npos) {
      out.parts.push_back({text.substr(begin)});
      break;
    }
    if (slash + 1 == text.size()) {
      out.error = quoted + "not allowed at end";
      break;
    }
    char next = text[slash + 1];
    if (next == '\\') {
      out.parts.push_back({text.substr(begin, slash + 1 - begin)});
    } else if (next < '0' || next > '9') {
      out.error = quoted + "must be followed by a digit or \\";
      break;
    } else if (next - '0' > groups) {
      out.error = std::string("replacement string references group ") + next + " but regex has only " +
                  std::to_string(groups) + " group(s)";
      break;
    } else {
      out.parts.push_back({text.substr(begin, slash - begin), next - '0'});
    }
    begin = slash + 2;
  }
  return out;
}

Value Replace(Evaluation& ev, const Value* args, uint32_t count) {
  int64_t limit = count == 4 ? args[3].integer : -1;
  if (limit == 0) return args[0];
  Bill bill(ev, args, std::floor);
  if (!bill.affordable()) return ev.OverCost();
  std::string_view text = args[0].string();
  Value error;
  const RE2* pattern = ev.Regex(args[1].string(), &error);
  if (pattern == nullptr) return error;
  Search search(text, *pattern);
  Template replacement = ParseTemplate(args[2].string(), search.groups());
  std::string out;
  size_t kept = 0;
  for (int64_t done = 0; (limit < 0 || done < limit) && search.Next(); ++done) {
    if (!replacement.error.empty()) return ev.Fail(replacement.error);
    out += text.substr(kept, search.Begin(0) - kept);
    for (const Template::Part& part : replacement.parts) {
      out += part.text;
      if (part.group >= 0) out += search.Group(part.group);
    }
    kept = search.Begin(0) + search.Group(0).size();
    if (out.size() > kMaxString) return NoRoom(ev);
  }
  out += text.substr(kept);
  Value result = MakeBounded(ev, out);
  if (!bill.Settle(SizeOf(result))) return ev.OverCost();
  return result;
}

Value TooManyGroups(Evaluation& ev, const Value& pattern) {
  return ev.Fail("regular expression has more than one capturing group: " + ToString(pattern));
}

Value Extract(Evaluation& ev, const Value* args, uint32_t) {
  Bill bill(ev, args, std::ceil);
  if (!bill.affordable()) return ev.OverCost();
  Value error;
  const RE2* pattern = ev.Regex(args[1].string(), &error);
  if (pattern == nullptr) return error;
  Search search(args[0].string(), *pattern);
  if (search.groups() > 1) return TooManyGroups(ev, args[1]);
  Value result = Value::None();
  if (search.Next() && (search.groups() == 0 || !search.Group(1).empty())) {
    result = ev.MakeOptional(Value::String(search.Group(search.groups())));
  }
  if (!bill.Settle(1)) return ev.OverCost();
  return result;
}

Value ExtractAll(Evaluation& ev, const Value* args, uint32_t) {
  Bill bill(ev, args, std::ceil);
  if (!bill.affordable()) return ev.OverCost();
  Value error;
  const RE2* pattern = ev.Regex(args[1].string(), &error);
  if (pattern == nullptr) return error;
  Search search(args[0].string(), *pattern);
  if (search.groups() > 1) return TooManyGroups(ev, args[1]);
  std::vector<Value> found;
  while (search.Next()) {
    if (search.groups() == 1 && search.Group(1).empty()) continue;
    found.push_back(Value::String(search.Group(search.groups())));
    if (!HasRoom(ev, found.size() * sizeof(Value))) return NoRoom(ev);
  }
  if (!bill.Settle(found.size() + kListCreateCost)) return ev.OverCost();
  return ev.MakeList(found);
}

}  // namespace

void RegisterRegex(Environment& env) {
  const Type *string = &kStringType, *optional = env.types().Optional(string),
             *strings = env.types().List(string);
  env.Add({"regex.extract", "regex_extract_string_string", false, {string, string}, optional, Extract});
  env.Add(
      {"regex.extractAll", "regex_extractAll_string_string", false, {string, string}, strings, ExtractAll});
  env.Add({"regex.replace",
           "regex_replace_string_string_string",
           false,
           {string, string, string},
           string,
           Replace});
  env.Add({"regex.replace",
           "regex_replace_string_string_string_int",
           false,
           {string, string, string, &kIntType},
           string,
           Replace});
}

}  // namespace guard::cel
