// One pass over the word by recursive descent: the text outside of braces, quotes, ${...}. Tested by
// tests/unit/document/dockerfile_words_test.cc.
#include "policies/document/dockerfile_words.h"

#include <set>

#include "policies/document/dockerfile_chars.h"
#include "policies/document/dockerfile_pattern.h"

namespace guard {

namespace {

constexpr char kToTheEnd = '\0';

// The words of a text while it grows.
class Splitter {
 public:
  void Add(std::string_view piece, bool is_space) {
    if (!is_space) return AddRaw(piece);
    if (word_.empty()) return;
    words_.push_back(std::move(word_));
    word_.clear();
  }
  void AddRaw(std::string_view piece) { word_ += piece; }
  void AddSplit(std::string_view text) {
    for (size_t at = 0; at < text.size();) {
      CodePoint point = DecodeCodePoint(text, at);
      Add(text.substr(at, point.size), IsUnicodeSpace(point.value));
      at += point.size;
    }
  }
  std::vector<std::string> Take() {
    if (!word_.empty()) words_.push_back(std::move(word_));
    return std::move(words_);
  }

 private:
  std::string word_;
  std::vector<std::string> words_;
};

class Lexer {
 public:
  Lexer(std::string_view in, const VariableLookup& lookup, const WordRules& rules)
      : in_(in), lookup_(lookup), rules_(rules), keep_escapes_(rules.keep_escapes) {}

  std::expected<ProcessedWord, WordError> Run() {
    ProcessedWord result;
    Splitter splitter;
    if (!Until(kToTheEnd, keep_escapes_, result.text, &splitter)) return std::unexpected(error_);
    result.words = splitter.Take();
    result.used.assign(used_.begin(), used_.end());
    result.unset.assign(unset_.begin(), unset_.end());
    return result;
  }

 private:
  bool AtEnd() const { return at_ == in_.size(); }
  bool Sees(char c) const { return !AtEnd() && in_[at_] == c; }
  // The next code point's bytes; empty at the end.
  std::string_view Next() {
    if (AtEnd()) return {};
    CodePoint point = DecodeCodePoint(in_, at_);
    at_ += point.size;
    return in_.substr(at_ - point.size, point.size);
  }
  bool IsEscape(std::string_view piece) const { return piece.size() == 1 && piece[0] == rules_.escape; }

  bool Error(size_t offset, std::string message) {
    error_ = {std::move(message), offset};
    return false;
  }
  bool Append(std::string& out, std::string_view piece) {
    produced_ += piece.size();
    if (produced_ > kLargestExpansion)
      return Error(at_,
                   "the expanded value is larger than " + std::to_string(kLargestExpansion >> 20) + " MiB");
    out += piece;
    return true;
  }

  // Everything up to the stop character, which is taken too.
  bool Until(char stop, bool keep_escapes, std::string& out, Splitter* words) {
    if (++depth_ > kDeepestExpansion) return Error(at_, "variables are nested too deep");
    bool outer_keep_escapes = keep_escapes_;
    keep_escapes_ = keep_escapes;
    bool good = UntilStop(stop, out, words);
    keep_escapes_ = outer_keep_escapes;
    --depth_;
    return good;
  }

  bool UntilStop(char stop, std::string& out, Splitter* words) {
    size_t begin = at_;
    while (!AtEnd()) {
      char c = in_[at_];
      if (stop != kToTheEnd && c == stop) return ++at_, true;
      if (c == '$') {
        size_t before = out.size();
        if (!Dollar(out)) return false;
        if (words) words->AddSplit(std::string_view(out).substr(before));
        continue;
      }
      if (!rules_.ignore_quotes && (c == '\'' || c == '"')) {
        size_t before = out.size();
        if (!(c == '"' ? DoubleQuotes(out) : SingleQuotes(out))) return false;
        if (words) words->AddRaw(std::string_view(out).substr(before));
        continue;
      }
      if (rules_.heredoc_words && in_.substr(at_).starts_with("<<")) {
        std::string_view opening = HeredocOpening();
        if (!Append(out, opening)) return false;
        if (words) words->AddRaw(opening);
        continue;
      }
      std::string_view piece = Next();
      bool escaped = IsEscape(piece);
      if (escaped) {
        if (keep_escapes_) {
          if (!Append(out, piece)) return false;
          if (words) words->AddRaw(piece);
        }
        piece = Next();
        if (piece.empty()) break;
      }
      if (!Append(out, piece)) return false;
      if (words) words->Add(piece, !escaped && IsUnicodeSpace(DecodeCodePoint(piece, 0).value));
    }
    if (stop != kToTheEnd)
      return Error(begin, std::string("the statement ends where a '") + stop + "' is needed");
    return true;
  }

  std::string_view HeredocOpening() {
    size_t begin = at_;
    at_ += 2;
    while (Sees(' ') || Sees('\t')) ++at_;
    return in_.substr(begin, at_ - begin);
  }

  bool SingleQuotes(std::string& out) {
    size_t begin = at_++;
    size_t end = in_.find('\'', at_);
    if (end == std::string_view::npos) {
      at_ = in_.size();
      return Error(begin, "this single quote is not closed");
    }
    at_ = end + 1;
    return Append(
        out, rules_.keep_quotes ? in_.substr(begin, at_ - begin) : in_.substr(begin + 1, end - begin - 1));
  }

  bool DoubleQuotes(std::string& out) {
    size_t begin = at_++;
    if (rules_.keep_quotes && !Append(out, "\"")) return false;
    while (!AtEnd()) {
      if (Sees('"')) return ++at_, !rules_.keep_quotes || Append(out, "\"");
      if (Sees('$')) {
        if (!Dollar(out)) return false;
        continue;
      }
      std::string_view piece = Next();
      if (IsEscape(piece)) {
        if (keep_escapes_ && !Append(out, piece)) return false;
        if (AtEnd()) break;
        if (Sees('"') || Sees('$') || Sees(rules_.escape)) piece = Next();
      }
      if (!Append(out, piece)) return false;
    }
    return Error(begin, "this double quote is not closed");
  }

  // Letters, digits and '_'; or digits only; or one special parameter; or nothing.
  std::string_view Name() {
    size_t begin = at_;
    auto digit = [&] { return !AtEnd() && in_[at_] >= '0' && in_[at_] <= '9'; };
    if (digit()) {
      while (digit()) ++at_;
      return in_.substr(begin, at_ - begin);
    }
    if (!AtEnd() && std::string_view("@*#?-$!").find(in_[at_]) != std::string_view::npos)
      return in_.substr(at_++, 1);
    while (!AtEnd()) {
      CodePoint point = DecodeCodePoint(in_, at_);
      if (!IsUnicodeLetter(point.value) && point.value != '_' && !digit()) break;
      at_ += point.size;
    }
    return in_.substr(begin, at_ - begin);
  }

  std::optional<std::string> Value(std::string_view name) {
    std::optional<std::string_view> value = lookup_ ? lookup_(name) : std::nullopt;
    (value ? used_ : unset_).emplace(name);
    if (!value) return std::nullopt;
    return std::string(*value);
  }

  bool Dollar(std::string& out) {
    size_t begin = at_++;
    if (Sees('{')) return Braces(begin, out);
    std::string_view name = Name();
    if (name.empty()) return Append(out, "$");
    std::optional<std::string> value = Value(name);
    if (value) return Append(out, *value);
    return !rules_.keep_unset || Append(out, in_.substr(begin, at_ - begin));
  }

  bool MissingBrace(size_t begin) { return Error(begin, "this ${ has no closing '}'"); }

  bool Braces(size_t begin, std::string& out) {
    ++at_;
    if (AtEnd()) return MissingBrace(begin);
    if (Sees('{') || Sees('}') || Sees(':'))
      return Error(begin, "this is no variable: a name must follow ${");
    std::string_view name = Name();
    size_t modifier_at = at_;
    std::string_view modifier = Next();
    if (modifier.empty()) return MissingBrace(begin);
    if (modifier == "}") {
      std::optional<std::string> value = Value(name);
      if (value) return Append(out, *value);
      return !rules_.keep_unset || Append(out, in_.substr(begin, at_ - begin));
    }
    if (modifier == "/") return Substitute(begin, name, out);
    bool empty_is_unset = modifier == ":";
    if (empty_is_unset) modifier = Next();
    bool known =
        modifier.size() == 1 && std::string_view("+-?#%").find(modifier[0]) != std::string_view::npos;
    std::string_view written = in_.substr(modifier_at, at_ - modifier_at);
    if (!known && !empty_is_unset) return BadModifier(begin, written);
    std::string word;
    bool is_pattern = modifier == "#" || modifier == "%";
    if (!Until('}', is_pattern, word, nullptr)) return AtEnd() ? MissingBrace(begin) : false;
    std::optional<std::string> value = Value(name);
    if (!value && rules_.keep_unset) {
      return Append(out, "${") && Append(out, name) && Append(out, written) && Append(out, word) &&
             Append(out, "}");
    }
    if (!known) return BadModifier(begin, written);
    bool missing = !value || (empty_is_unset && value->empty());
    switch (modifier[0]) {
      case '-': return Append(out, missing ? word : *value);
      case '+': return missing || Append(out, word);
      case '?':
        if (!missing) return Append(out, *value);
        if (word.empty()) word = value ? "is not allowed to be empty" : "is not allowed to be unset";
        return Error(begin, std::string(name) + ": " + word);
      default: return Trim(begin, modifier[0], word, value.value_or(""), out);
    }
  }

  bool BadModifier(size_t begin, std::string_view modifier) {
    return Error(begin, "unsupported modifier (" + std::string(modifier) + ") in substitution");
  }

  bool Trim(size_t begin, char side, std::string_view text, const std::string& value, std::string& out) {
    bool longest = text.starts_with(side);
    if (longest) text.remove_prefix(1);
    std::expected<WordPattern, std::string> pattern = WordPattern::Parse(text);
    if (!pattern) return Error(begin, pattern.error());
    auto trimmed = side == '%' ? pattern->TrimSuffix(value, longest) : pattern->TrimPrefix(value, longest);
    return trimmed ? Append(out, *trimmed) : Error(begin, trimmed.error());
  }

  // ${name/pattern/replacement}, or // for every match.
  bool Substitute(size_t begin, std::string_view name, std::string& out) {
    bool all = Sees('/');
    if (all) ++at_;
    std::string text, with;
    if (!Until('/', true, text, nullptr))
      return AtEnd() ? Error(begin, "this ${ has no second '/', between pattern and replacement") : false;
    if (!Until('}', true, with, nullptr)) return AtEnd() ? MissingBrace(begin) : false;
    std::optional<std::string> value = Value(name);
    if (!value && rules_.keep_unset) {
      return Append(out, "${") && Append(out, name) && Append(out, "/") && Append(out, text) &&
             Append(out, "/") && Append(out, with) && Append(out, "}");
    }
    std::expected<WordPattern, std::string> pattern = WordPattern::Parse(text);
    if (!pattern) return Error(begin, pattern.error());
    auto replaced = pattern->Replace(value.value_or(""), with, all);
    return replaced ? Append(out, *replaced) : Error(begin, replaced.error());
  }

  std::string_view in_;
  size_t at_ = 0;
  const VariableLookup& lookup_;
  const WordRules& rules_;
  bool keep_escapes_;
  uint32_t depth_ = 0;
  size_t produced_ = 0;
  std::set<std::string, std::less<>> used_, unset_;
  WordError error_;
};

}  // namespace

std::expected<ProcessedWord, WordError> ProcessWord(std::string_view word, const VariableLookup& lookup,
                                                    const WordRules& rules) {
  return Lexer(word, lookup, rules).Run();
}

std::expected<std::vector<std::string>, WordError> ProcessWords(std::string_view word,
                                                                const VariableLookup& lookup,
                                                                const WordRules& rules) {
  std::expected<ProcessedWord, WordError> processed = ProcessWord(word, lookup, rules);
  if (!processed) return std::unexpected(std::move(processed.error()));
  return std::move(processed->words);
}

}  // namespace guard
