// Cuts an expression into tokens, longest match first, as the lexical rules of cel-spec say.
//
// What people write by mistake (a single '=', '&', smart quotes) is named here, taken for what was probably
// meant, and the reading goes on: one mistake is one message.
//
// Tested by tests/unit/cel/lexer_test.cc.
#include "policies/cel/lexer.h"

#include <algorithm>
#include <cstdio>
#include <string>

#include "policies/base/utf8.h"
#include "policies/cel/literals.h"

namespace guard::cel {

namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool IsHex(char c) { return IsDigit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }
bool IsQuote(char c) { return c == '\'' || c == '"'; }
bool IsQuotedNameChar(char c) {
  return IsLetter(c) || IsDigit(c) || c == '.' || c == '-' || c == '/' || c == ' ';
}

// Bytes of the character at the start of `text`; 0 when it is not valid UTF-8.
size_t CharacterLength(std::string_view text) {
  size_t length = BytesOfCodePoints(text.substr(0, 4), 1);
  return FindInvalidUtf8(text.substr(0, length)) == std::string_view::npos ? length : 0;
}

// The operator of two characters, or kBad.
TokenKind DoubleSign(char first, char second) {
  if (second == '=') {
    switch (first) {
      case '=': return TokenKind::kEqual;
      case '!': return TokenKind::kNotEqual;
      case '<': return TokenKind::kLessEqual;
      case '>': return TokenKind::kGreaterEqual;
      default: return TokenKind::kBad;
    }
  }
  if (first == '&' && second == '&') return TokenKind::kAnd;
  if (first == '|' && second == '|') return TokenKind::kOr;
  return TokenKind::kBad;
}

TokenKind SingleSign(char c) {
  switch (c) {
    case '<': return TokenKind::kLess;
    case '>': return TokenKind::kGreater;
    case '!': return TokenKind::kNot;
    case '+': return TokenKind::kPlus;
    case '-': return TokenKind::kMinus;
    case '*': return TokenKind::kStar;
    case '/': return TokenKind::kSlash;
    case '%': return TokenKind::kPercent;
    case '(': return TokenKind::kLeftParen;
    case ')': return TokenKind::kRightParen;
    case '[': return TokenKind::kLeftBracket;
    case ']': return TokenKind::kRightBracket;
    case '{': return TokenKind::kLeftBrace;
    case '}': return TokenKind::kRightBrace;
    case '.': return TokenKind::kDot;
    case ',': return TokenKind::kComma;
    case ':': return TokenKind::kColon;
    case '?': return TokenKind::kQuestion;
    default: return TokenKind::kBad;
  }
}

// What other languages write, and what CEL takes it for. kBad: there is no such thing. Longer ones first.
struct Foreign {
  std::string_view text;
  TokenKind meant;
  std::string_view message, hint;
};
constexpr Foreign kForeign[] = {
    {"===", TokenKind::kEqual, "'===' is not an operator", "write '=='"},
    {"!==", TokenKind::kNotEqual, "'!==' is not an operator", "write '!='"},
    {"<>", TokenKind::kNotEqual, "'<>' is not an operator", "write '!='"},
    {"=>", TokenKind::kBad, "'=>' is not an operator",
     "write '>=' to compare; a macro takes its variable as an argument: list.all(x, x > 0)"},
    {"=<", TokenKind::kLessEqual, "'=<' is not an operator", "write '<='"},
    {"->", TokenKind::kBad, "'->' is not an operator",
     "write '.' to select a field; macros are written list.all(x, x > 0)"},
    {"?\?", TokenKind::kBad, "'?\?' is not an operator", "write a.?b.orValue(c)"},
    {"=~", TokenKind::kBad, "'=~' is not an operator", "write text.matches('regular expression')"},
    {"=", TokenKind::kEqual, "a single '=' is not an operator", "write '==' to compare"},
    {"&", TokenKind::kAnd, "a single '&' is not an operator", "write '&&' for 'and'"},
    {"|", TokenKind::kOr, "a single '|' is not an operator", "write '||' for 'or'"},
    {"\xE2\x80\x98", TokenKind::kBad, "a typographic quote does not begin a string", "write ' or \""},
    {"\xE2\x80\x99", TokenKind::kBad, "a typographic quote does not begin a string", "write ' or \""},
    {"\xE2\x80\x9C", TokenKind::kBad, "a typographic quote does not begin a string", "write ' or \""},
    {"\xE2\x80\x9D", TokenKind::kBad, "a typographic quote does not begin a string", "write ' or \""},
    {"\xC2\xA0", TokenKind::kBad, "a no-break space is not a space in an expression", "write a plain space"},
    {"\xEF\xBB\xBF", TokenKind::kBad, "a byte order mark is not allowed in an expression", "remove it"},
    {"#", TokenKind::kBad, "unexpected character '#'", "a comment begins with //"},
    {"$", TokenKind::kBad, "unexpected character '$'", "a variable is written by its name alone"},
    {";", TokenKind::kBad, "unexpected character ';'", "an expression is one expression, without statements"},
    {"@", TokenKind::kBad, "unexpected character '@'", ""},
};

class Lexer {
 public:
  Lexer(std::string_view text, Arena& arena, std::vector<Issue>& issues)
      : text_(text), arena_(arena), issues_(issues) {}

  Lexed Run() {
    while (SkipBlank(), pos_ < text_.size() && issues_.size() < kMostIssues) Next();
    Push(TokenKind::kEnd, pos_);
    return std::move(lexed_);
  }

 private:
  char Peek(size_t ahead = 0) const { return pos_ + ahead < text_.size() ? text_[pos_ + ahead] : '\0'; }
  std::string_view Rest() const { return text_.substr(pos_); }

  Token& Push(TokenKind kind, size_t begin) {
    lexed_.tokens.push_back({kind, {static_cast<uint32_t>(begin), static_cast<uint32_t>(pos_)}, Value()});
    return lexed_.tokens.back();
  }

  void Report(size_t begin, std::string message, std::string hint = {}) {
    issues_.push_back(
        {{static_cast<uint32_t>(begin), static_cast<uint32_t>(pos_)}, std::move(message), std::move(hint)});
  }

  void SkipBlank() {
    while (pos_ < text_.size()) {
      if (std::string_view(" \t\n\f\r").find(text_[pos_]) != std::string_view::npos) {
        ++pos_;
      } else if (Rest().starts_with("//")) {
        pos_ = std::min(text_.find('\n', pos_), text_.size());
      } else {
        return;
      }
    }
  }

  void Next() {
    char c = Peek();
    if (size_t prefix = StringPrefix(); IsQuote(Peek(prefix))) return String(prefix);
    if (IsDigit(c) || (c == '.' && IsDigit(Peek(1)))) return Number();
    if (IsLetter(c)) return Word();
    if (c == '`') return QuotedIdent();
    if (TryForeign()) return;
    TokenKind two = DoubleSign(c, Peek(1)), one = SingleSign(c);
    if (two == TokenKind::kBad && one == TokenKind::kBad) return Unknown();
    size_t begin = pos_;
    pos_ += two == TokenKind::kBad ? 1 : 2;
    Push(two == TokenKind::kBad ? one : two, begin);
  }

  bool TryForeign() {
    char c = Peek();
    constexpr std::string_view kBeginnings = "=!<-?&|#$;@";
    if (static_cast<unsigned char>(c) < 0x80 && kBeginnings.find(c) == std::string_view::npos) return false;
    for (const Foreign& foreign : kForeign) {
      if (!Rest().starts_with(foreign.text)) continue;
      // A single '=' is a mistake, "==" is none.
      if (foreign.text.size() == 1 && DoubleSign(c, Peek(1)) != TokenKind::kBad) continue;
      size_t begin = pos_;
      pos_ += foreign.text.size();
      Report(begin, std::string(foreign.message), std::string(foreign.hint));
      Push(foreign.meant, begin);
      return true;
    }
    return false;
  }

  void Unknown() {
    size_t begin = pos_, length = CharacterLength(Rest());
    pos_ += std::max<size_t>(length, 1);
    unsigned char c = static_cast<unsigned char>(text_[begin]);
    if (length == 0) {
      Report(begin, "invalid UTF-8");
    } else if (c < 0x20 || c == 0x7F) {
      char code[16];
      std::snprintf(code, sizeof code, "U+%04X", c);
      Report(begin, std::string("unexpected control character ") + code);
    } else {
      Report(begin, "unexpected character '" + std::string(text_.substr(begin, length)) + "'");
    }
    Push(TokenKind::kBad, begin);
  }

  void Word() {
    size_t begin = pos_;
    while (IsLetter(Peek()) || IsDigit(Peek())) ++pos_;
    std::string_view word = text_.substr(begin, pos_ - begin);
    if (word == "in") {
      Push(TokenKind::kIn, begin);
    } else if (word == "true" || word == "false") {
      Push(TokenKind::kLiteral, begin).value = Value::Bool(word == "true");
    } else if (word == "null") {
      Push(TokenKind::kLiteral, begin).value = Value::Null();
    } else {
      Push(TokenKind::kIdent, begin);
    }
  }

  void QuotedIdent() {
    size_t begin = pos_++;
    while (IsQuotedNameChar(Peek())) ++pos_;
    if (Peek() == '`') {
      std::string_view name = text_.substr(begin + 1, pos_ - begin - 1);
      ++pos_;
      if (name.empty()) Report(begin, "a quoted field name is empty");
      Push(name.empty() ? TokenKind::kBad : TokenKind::kQuotedIdent, begin).value =
          Value::String(arena_.Copy(name));
      return;
    }
    size_t close = text_.find_first_of("`\n", pos_);
    bool closed = close != std::string_view::npos && text_[close] == '`';
    pos_ = closed ? close + 1 : begin + 1;
    if (closed) {
      Report(begin, "a quoted field name may hold letters, digits and _ . - / and spaces only",
             "index with the name as a string: a['...']");
    } else {
      Report(begin, "'`' opens a field name that is not closed");
    }
    Push(TokenKind::kBad, begin);
  }

  void Number() {
    size_t begin = pos_;
    bool real = false;
    if (Peek() == '0' && Peek(1) == 'x' && IsHex(Peek(2))) {
      pos_ += 2;
      while (IsHex(Peek())) ++pos_;
    } else {
      while (IsDigit(Peek())) ++pos_;
      if (Peek() == '.' && IsDigit(Peek(1))) {
        real = true;
        ++pos_;
        while (IsDigit(Peek())) ++pos_;
      }
      size_t sign = Peek(1) == '+' || Peek(1) == '-' ? 1 : 0;
      if ((Peek() == 'e' || Peek() == 'E') && IsDigit(Peek(1 + sign))) {
        real = true;
        pos_ += 1 + sign;
        while (IsDigit(Peek())) ++pos_;
      }
    }
    std::string_view digits = text_.substr(begin, pos_ - begin);
    if (real) {
      std::optional<double> value = ParseDouble(digits);
      if (!value) Report(begin, "number " + Shorten(digits) + " is too large for a double");
      Push(TokenKind::kLiteral, begin).value = Value::Double(value.value_or(0));
      return;
    }
    bool is_unsigned = Peek() == 'u' || Peek() == 'U';
    if (is_unsigned) ++pos_;
    std::optional<uint64_t> value = ParseMagnitude(digits);
    if (is_unsigned && !value) {
      Report(begin, "unsigned integer " + Shorten(digits) + "u is out of range",
             "the largest is 18446744073709551615u");
    } else if (!value || (!is_unsigned && *value > uint64_t{1} << 63)) {
      Report(begin, "integer " + Shorten(digits) + " is out of range",
             "integers go from -9223372036854775808 to 9223372036854775807");
      value = 0;
    }
    Push(is_unsigned ? TokenKind::kLiteral : TokenKind::kInt, begin).value = Value::Uint(value.value_or(0));
  }

  static std::string Shorten(std::string_view text) {
    constexpr size_t kShown = 40;
    return text.size() <= kShown ? std::string(text) : std::string(text.substr(0, kShown)) + "...";
  }

  // Bytes of the prefix when a string begins here: r, b or br, in any case.
  size_t StringPrefix() const {
    auto is = [&](size_t ahead, char lower) { return (Peek(ahead) | 0x20) == lower; };
    if (is(0, 'b')) return is(1, 'r') ? 2 : 1;
    return is(0, 'r') ? 1 : 0;
  }

  void String(size_t prefix) {
    size_t begin = pos_;
    bool bytes = (Peek() | 0x20) == 'b' && prefix > 0;
    bool raw = prefix > 0 && (Peek(prefix - 1) | 0x20) == 'r';
    char quote = Peek(prefix);
    bool triple = Peek(prefix + 1) == quote && Peek(prefix + 2) == quote;
    pos_ += prefix + (triple ? 3 : 1);
    size_t body = pos_;
    if (!FindClose(quote, triple, raw)) return Unterminated(begin, body, quote, triple);
    QuotedText quoted{text_.substr(body, pos_ - body), static_cast<uint32_t>(body), raw, bytes};
    CheckUtf8(quoted);
    std::string_view value = Unescape(quoted, arena_, issues_);
    pos_ += triple ? 3 : 1;
    Push(TokenKind::kLiteral, begin).value = bytes ? Value::Bytes(value) : Value::String(value);
  }

  // Moves to the closing quote.
  bool FindClose(char quote, bool triple, bool raw) {
    for (; pos_ < text_.size(); ++pos_) {
      char c = text_[pos_];
      if (!triple && (c == '\n' || c == '\r')) return false;
      if (c == quote && (!triple || (Peek(1) == quote && Peek(2) == quote))) return true;
      if (c == '\\' && !raw && pos_ + 1 < text_.size() && text_[pos_ + 1] != '\n' && text_[pos_ + 1] != '\r')
        ++pos_;
    }
    return false;
  }

  // Where it should have ended is anybody's guess, so the reading ends here.
  void Unterminated(size_t begin, size_t body, char quote, bool triple) {
    bool at_line_end = pos_ < text_.size();
    pos_ = body;
    std::string quotes(triple ? 3 : 1, quote);
    std::string hint = at_line_end ? "a string ends on its line; one that spans lines is written " +
                                         std::string(3, quote) + "..." + std::string(3, quote)
                                   : "close it with " + quotes;
    Report(begin, "this string is never closed", std::move(hint));
    Push(TokenKind::kLiteral, begin).value = Value::String({});
    lexed_.unreliable_from = static_cast<uint32_t>(begin);
    pos_ = text_.size();
  }

  void CheckUtf8(const QuotedText& quoted) {
    size_t invalid = FindInvalidUtf8(quoted.body);
    if (invalid == std::string_view::npos) return;
    uint32_t at = quoted.at + static_cast<uint32_t>(invalid);
    issues_.push_back({{at, at + 1}, "invalid UTF-8 in a string", "write bytes as b'\\x..'"});
  }

  std::string_view text_;
  Arena& arena_;
  std::vector<Issue>& issues_;
  size_t pos_ = 0;
  Lexed lexed_;
};

}  // namespace

Lexed Lex(std::string_view text, Arena& arena, std::vector<Issue>& issues) {
  return Lexer(text, arena, issues).Run();
}

}  // namespace guard::cel
