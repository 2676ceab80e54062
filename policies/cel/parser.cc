// Tokens to tree: recursive descent over the grammar of cel-spec, in the shape cel-go gives it (a sign is
// part of a number; !!a is a; && and || are balanced; a struct literal begins with a name).
//
// A mistake is reported once, at the token where it shows, and reading goes on at the next ',' or closing
// bracket.
//
// Tested by tests/unit/cel/parser_test.cc.
#include "policies/cel/parser.h"

#include <algorithm>
#include <optional>
#include <string>

#include "policies/cel/builder.h"
#include "policies/cel/lexer.h"
#include "policies/cel/macros.h"

namespace guard::cel {

namespace {

constexpr size_t kMostIssues = 20;  // more help nobody

constexpr std::string_view kReserved[] = {"as",        "break",  "const",  "continue", "else", "for",
                                          "function",  "if",     "import", "let",      "loop", "package",
                                          "namespace", "return", "var",    "void",     "while"};

struct BinaryOperator {
  int precedence = 0;  // 0: none; higher binds tighter
  std::string_view function;
};

constexpr int kRelation = 1;

BinaryOperator Binary(TokenKind kind) {
  switch (kind) {
    case TokenKind::kEqual: return {kRelation, "_==_"};
    case TokenKind::kNotEqual: return {kRelation, "_!=_"};
    case TokenKind::kLess: return {kRelation, "_<_"};
    case TokenKind::kLessEqual: return {kRelation, "_<=_"};
    case TokenKind::kGreater: return {kRelation, "_>_"};
    case TokenKind::kGreaterEqual: return {kRelation, "_>=_"};
    case TokenKind::kIn: return {kRelation, "@in"};
    case TokenKind::kPlus: return {2, "_+_"};
    case TokenKind::kMinus: return {2, "_-_"};
    case TokenKind::kStar: return {3, "_*_"};
    case TokenKind::kSlash: return {3, "_/_"};
    case TokenKind::kPercent: return {3, "_%_"};
    default: return {};
  }
}

bool IsOperator(TokenKind kind) {
  return Binary(kind).precedence > 0 || kind == TokenKind::kAnd || kind == TokenKind::kOr ||
         kind == TokenKind::kQuestion;
}

bool IsCloser(TokenKind kind) {
  return kind == TokenKind::kRightParen || kind == TokenKind::kRightBracket || kind == TokenKind::kRightBrace;
}

TokenKind CloserOf(TokenKind opener) {
  switch (opener) {
    case TokenKind::kLeftParen: return TokenKind::kRightParen;
    case TokenKind::kLeftBracket: return TokenKind::kRightBracket;
    default: return TokenKind::kRightBrace;
  }
}

std::string_view CloserText(TokenKind opener) {
  switch (opener) {
    case TokenKind::kLeftParen: return "')'";
    case TokenKind::kLeftBracket: return "']'";
    default: return "'}'";
  }
}

// Words that stand for operators in other languages, where an operator must stand.
struct Word {
  std::string_view word;
  TokenKind meant;
  std::string_view hint;
};
constexpr Word kWords[] = {
    {"and", TokenKind::kAnd, "write '&&'"},     {"or", TokenKind::kOr, "write '||'"},
    {"AND", TokenKind::kAnd, "write '&&'"},     {"OR", TokenKind::kOr, "write '||'"},
    {"is", TokenKind::kEqual, "write '=='"},    {"eq", TokenKind::kEqual, "write '=='"},
    {"ne", TokenKind::kNotEqual, "write '!='"}, {"mod", TokenKind::kPercent, "write '%'"},
};

class Parser {
 public:
  Parser(Ast& ast, const ParseOptions& options)
      : ast_(ast), options_(options), build_(ast, options.max_height), macros_{build_, macro_issues_} {}

  std::vector<Issue> Run() {
    Lexed lexed = Lex(ast_.text, *ast_.arena, issues_);
    tokens_ = std::move(lexed.tokens);
    silent_from_ = lexed.unreliable_from;
    if (tokens_.size() == 1 && issues_.empty()) {
      Report(Peek().span, "the expression is empty");
      return std::move(issues_);
    }
    ast_.root = Expression();
    while (Peek().kind != TokenKind::kEnd) Leftover();
    if (const Expr* high = build_.too_high(); high && issues_.empty())
      Report(high->span, "the expression is nested too deeply",
             "more than " + std::to_string(options_.max_height) + " operations build on one another");
    std::stable_sort(issues_.begin(), issues_.end(),
                     [](const Issue& a, const Issue& b) { return a.span.begin < b.span.begin; });
    if (issues_.size() > kMostIssues) issues_.resize(kMostIssues);
    return std::move(issues_);
  }

 private:
  // --- tokens

  const Token& Peek(size_t ahead = 0) const { return tokens_[std::min(at_ + ahead, tokens_.size() - 1)]; }
  bool Is(TokenKind kind, size_t ahead = 0) const { return Peek(ahead).kind == kind; }
  const Token& Take() {
    const Token& token = tokens_[at_];
    if (at_ + 1 < tokens_.size()) ++at_;
    return token;
  }
  bool Accept(TokenKind kind) {
    if (!Is(kind)) return false;
    Take();
    return true;
  }
  std::string_view Text(Span span) const {
    return std::string_view(ast_.text).substr(span.begin, span.size());
  }
  std::string_view Text(const Token& token) const { return Text(token.span); }
  // From the token at `begin` to the last one taken.
  Span From(size_t begin) const {
    uint32_t first = tokens_[begin].span.begin;
    return {first, at_ > begin ? std::max(first, tokens_[at_ - 1].span.end) : first};
  }

  // --- issues

  void Report(Span span, std::string message, std::string hint = {}) {
    if (span.begin > silent_from_ || issues_.size() > kMostIssues) return;
    if (reported_ && *reported_ == span.begin) return;
    reported_ = span.begin;
    issues_.push_back({span, std::move(message), std::move(hint)});
  }
  // At the next token, unless the lexer has already complained about it.
  void ReportHere(std::string message, std::string hint = {}) {
    if (!Is(TokenKind::kBad)) Report(Peek().span, std::move(message), std::move(hint));
  }

  std::string Found() const {
    const Token& token = Peek();
    std::string_view text = Text(token);
    switch (token.kind) {
      case TokenKind::kEnd: return "the end of the expression";
      case TokenKind::kLiteral:
        if (token.value.is(Tag::kString)) return "a string";
        if (token.value.is(Tag::kBytes)) return "bytes";
        [[fallthrough]];
      default:
        return text.size() > 40 ? "'" + std::string(text.substr(0, 40)) + "...'"
                                : "'" + std::string(text) + "'";
    }
  }

  std::string Position(Span span) const {
    Place here = ToError({Peek().span, {}, {}}, ast_.text, {}).place;
    Place there = ToError({span, {}, {}}, ast_.text, {}).place;
    std::string column = "column " + std::to_string(there.column);
    return here.line == there.line ? column : "line " + std::to_string(there.line) + ", " + column;
  }

  // --- brackets

  // Takes the closer of `opener`, or says what is missing and steps over what is in its way.
  void Close(const Token& opener, std::string_view also_expected) {
    TokenKind closer = CloserOf(opener.kind);
    if (Accept(closer)) return;
    std::string opened = "the '" + std::string(Text(opener)) + "' opened at ";
    if (Is(TokenKind::kEnd) || IsCloser(Peek().kind)) {
      std::string found = Is(TokenKind::kEnd) ? "" : ", found " + Found();
      ReportHere("expected " + std::string(CloserText(opener.kind)) + " to close " + opened +
                 Position(opener.span) + found);
    } else {
      ReportHere("expected " + std::string(also_expected) + " or " + std::string(CloserText(opener.kind)) +
                     ", found " + Found(),
                 HintForStray(opened + Position(opener.span) + " is still open"));
    }
  }

  // After Close or an element that went wrong: moves on to the next ',' or closer of this bracket.
  void Synchronize(TokenKind closer) {
    for (int depth = 0; !Is(TokenKind::kEnd); Take()) {
      TokenKind kind = Peek().kind;
      bool opens =
          kind == TokenKind::kLeftParen || kind == TokenKind::kLeftBracket || kind == TokenKind::kLeftBrace;
      if (depth == 0 && (kind == TokenKind::kComma || kind == closer)) return;
      if (depth == 0 && IsCloser(kind) && std::find(open_.begin(), open_.end(), kind) != open_.end()) return;
      if (opens) ++depth;
      if (IsCloser(kind) && depth > 0) --depth;
    }
  }

  std::string HintForStray(std::string otherwise) const {
    const Token& token = Peek();
    if (at_ > 0) {
      const Token& before = tokens_[at_ - 1];
      bool adjacent = before.span.end == token.span.begin;
      bool number = before.kind == TokenKind::kInt ||
                    (before.kind == TokenKind::kLiteral && before.value.is(Tag::kDouble));
      if (adjacent && number && token.kind == TokenKind::kIdent)
        return "a number ends before '" + std::string(Text(token)) + "'";
      if (adjacent && before.kind == TokenKind::kIdent && token.kind == TokenKind::kLiteral &&
          token.value.is(Tag::kString))
        return "a string may have the prefixes r, b and br";
      if (adjacent && Text(token).starts_with('.') && token.kind == TokenKind::kLiteral)
        return "an element of a list is a[0], a field with a number for a name is a['0']";
    }
    return otherwise;
  }

  // Elements between brackets, separated by commas. `element` reads one.
  template <class Element>
  void Elements(const Token& opener, std::string_view what, bool trailing_comma, Element element) {
    TokenKind closer = CloserOf(opener.kind);
    open_.push_back(closer);
    if (trailing_comma && Is(TokenKind::kComma) && Is(closer, 1)) Take();
    while (!Is(closer) && !Is(TokenKind::kEnd)) {
      element();
      if (!Is(TokenKind::kComma) && !Is(closer)) {
        Close(opener, "','");
        Synchronize(closer);
      }
      if (!Accept(TokenKind::kComma)) break;
      if (Is(closer) && !trailing_comma)
        Report(tokens_[at_ - 1].span, "a trailing ',' is not allowed here",
               "expected another " + std::string(what));
    }
    open_.pop_back();
    if (!Accept(closer)) {
      Close(opener, "','");
      // Some other bracket nobody waits for was meant to be this one.
      if (IsCloser(Peek().kind) && std::find(open_.begin(), open_.end(), Peek().kind) == open_.end()) Take();
    }
  }

  // --- the grammar

  struct Depth {
    explicit Depth(uint32_t& count) : level(++count) {}
    ~Depth() { --level; }
    uint32_t& level;
  };

  // expr = or ["?" or ":" expr]; the chain of the right side is a loop, so that it costs no stack.
  Expr* Expression() {
    Depth depth(depth_);
    if (depth_ > options_.max_depth) {
      Report(Peek().span, "the expression is nested too deeply",
             "more than " + std::to_string(options_.max_depth) + " levels of brackets");
      silent_from_ = 0;
      at_ = tokens_.size() - 1;
    }
    struct Branch {
      Expr *condition, *then;
      size_t begin;
      Span sign;
    };
    std::vector<Branch> branches;
    size_t begin = at_;
    Expr* e = Or();
    while (Is(TokenKind::kQuestion)) {
      Span sign = Take().span;
      Expr* then = Or();
      if (Is(TokenKind::kQuestion)) {
        ReportHere("a conditional inside a conditional needs brackets here", "write a ? (b ? c : d) : e");
        Take();
        Expression();
        if (Accept(TokenKind::kColon)) Expression();
      }
      branches.push_back({e, then, begin, sign});
      if (!Accept(TokenKind::kColon)) {
        ReportHere("expected ':' and the other value of the conditional, found " + Found(),
                   "a condition is written c ? a : b");
        e = build_.Missing(Peek().span);
        break;
      }
      begin = at_;
      e = Or();
    }
    for (size_t i = branches.size(); i-- > 0;)
      e = build_.Call("_?_:_", {branches[i].condition, branches[i].then, e}, From(branches[i].begin),
                      branches[i].sign);
    return e;
  }

  Expr* Or() {
    return Chain(TokenKind::kOr, "_||_",
                 [&] { return Chain(TokenKind::kAnd, "_&&_", [&] { return Relation(); }); });
  }

  // Terms of && or ||, balanced so that a long chain is no deep tree.
  template <class Operand>
  Expr* Chain(TokenKind kind, std::string_view function, Operand operand) {
    Expr* first = operand();
    if (!AtOperator(kind)) return first;
    std::vector<Expr*> terms = {first};
    std::vector<Span> signs;
    while (AtOperator(kind)) {
      signs.push_back(Take().span);
      terms.push_back(operand());
    }
    return Balance(function, terms, signs, 0, terms.size() - 1);
  }

  Expr* Balance(std::string_view function, const std::vector<Expr*>& terms, const std::vector<Span>& signs,
                size_t low, size_t high) {
    if (low == high) return terms[low];
    size_t middle = (low + high) / 2;
    Expr* left = Balance(function, terms, signs, low, middle);
    Expr* right = Balance(function, terms, signs, middle + 1, high);
    return build_.Call(function, {left, right}, {left->span.begin, right->span.end}, signs[middle]);
  }

  // Whether the next token is this operator, in its own spelling or in another language's.
  bool AtOperator(TokenKind kind) {
    Translate();
    return Is(kind);
  }

  // "a and b": says what to write, and reads on as if it had been written.
  void Translate() {
    if (!Is(TokenKind::kIdent)) return;
    std::string_view text = Text(Peek());
    if (text == "not" && Is(TokenKind::kIn, 1)) {
      Report(Peek().span, "'not in' is not an operator", "write !(a in b)");
      Take();
      return;
    }
    for (const Word& word : kWords) {
      if (text != word.word) continue;
      Report(Peek().span, "'" + std::string(text) + "' is not an operator", std::string(word.hint));
      tokens_[at_].kind = word.meant;
    }
  }

  Expr* Relation() { return BinaryChain(kRelation); }

  Expr* BinaryChain(int lowest) {
    size_t begin = at_;
    Expr* left = Unary();
    for (;;) {
      Translate();
      BinaryOperator op = Binary(Peek().kind);
      if (op.precedence < lowest || op.precedence == 0) return left;
      Span sign = Take().span;
      Expr* right = BinaryChain(op.precedence + 1);
      left = build_.Call(op.function, {left, right}, From(begin), sign);
    }
  }

  bool AtNumber(size_t ahead) const {
    return Is(TokenKind::kInt, ahead) ||
           (Is(TokenKind::kLiteral, ahead) && Peek(ahead).value.is(Tag::kDouble));
  }

  Expr* Unary() {
    size_t begin = at_;
    TokenKind kind = Peek().kind;
    if (Is(TokenKind::kIdent) && Text(Peek()) == "not" && BeginsOperand(1)) {
      Report(Peek().span, "'not' is not an operator", "write '!'");
      kind = tokens_[at_].kind = TokenKind::kNot;
    }
    bool sign_of_number = kind == TokenKind::kMinus && AtNumber(1);
    if ((kind != TokenKind::kNot && kind != TokenKind::kMinus) || sign_of_number) return Member();
    Span sign = Peek().span;
    bool odd = false;
    for (; Is(kind); Take()) odd = !odd;
    bool mixed = Is(TokenKind::kNot) || (Is(TokenKind::kMinus) && !AtNumber(1));
    if (mixed)
      ReportHere(Found() + " cannot follow '" + std::string(Text(sign)) + "'",
                 "put brackets between them, as in -(-a) or !(-a)");
    Expr* operand = mixed ? Nested([&] { return Unary(); }) : Member();
    if (!odd) return operand;
    return build_.Call(kind == TokenKind::kNot ? "!_" : "-_", {operand}, From(begin), sign);
  }

  template <class Rule>
  Expr* Nested(Rule rule) {
    Depth depth(depth_);
    return depth_ > options_.max_depth ? build_.Missing(Peek().span) : rule();
  }

  // Whether the token can only begin an operand, given that an operator is due: a name or a literal.
  bool BeginsOperand(size_t ahead) const {
    TokenKind kind = Peek(ahead).kind;
    return kind == TokenKind::kIdent || kind == TokenKind::kInt || kind == TokenKind::kLiteral ||
           kind == TokenKind::kNot;
  }

  Expr* Member() {
    size_t begin = at_;
    Expr* e = Primary();
    for (;;) {
      if (Is(TokenKind::kDot)) {
        e = Selection(e, begin);
      } else if (Is(TokenKind::kLeftBracket)) {
        e = Index(e, begin);
      } else {
        return e;
      }
    }
  }

  // A name behind a dot or in a struct literal: any word but true, false, null and in. Empty when there is
  // none.
  std::string_view Field(std::string_view after, Span* span) {
    const Token& token = Peek();
    *span = token.span;
    if (token.kind == TokenKind::kIdent) return Text(Take());
    if (token.kind == TokenKind::kQuotedIdent) {
      if (!options_.quoted_fields)
        Report(token.span, "field names in backticks are not supported here",
               "index with the name as a string: a['...']");
      return Take().value.string();
    }
    std::string_view text = Text(token);
    bool keyword = text == "in" || text == "true" || text == "false" || text == "null";
    if (keyword) {
      ReportHere("'" + std::string(text) + "' is a keyword and cannot be used as a field name",
                 "index with it as a string: a['" + std::string(text) + "']");
      return Text(Take());
    }
    ReportHere("expected a field name " + std::string(after) + ", found " + Found());
    return {};
  }

  Expr* Selection(Expr* operand, size_t begin) {
    Span dot = Take().span;
    bool optional = Is(TokenKind::kQuestion);
    if (optional) dot.end = Take().span.end;
    if (optional && !options_.optional_syntax) Report(dot, "optional fields (a.?b) are not supported here");
    bool quoted = Is(TokenKind::kQuotedIdent);
    Span name_span;
    std::string_view name = Field(optional ? "after '.?'" : "after '.'", &name_span);
    if (name.empty()) return build_.Missing(name_span);
    if (optional) return build_.Call("_?._", {operand, build_.String(name, name_span)}, From(begin), dot);
    if (!quoted && Is(TokenKind::kLeftParen)) return Call(operand, name, name_span, begin);
    return build_.Select(operand, name, From(begin), name_span);
  }

  Expr* Index(Expr* operand, size_t begin) {
    const Token opener = Take();
    Span sign = opener.span;
    bool optional = Is(TokenKind::kQuestion);
    if (optional) sign.end = Take().span.end;
    if (optional && !options_.optional_syntax)
      Report(sign, "optional indexing (a[?b]) is not supported here");
    if (Is(TokenKind::kRightBracket)) {
      ReportHere("expected an index between '[' and ']'");
      Take();
      return build_.Missing(From(begin));
    }
    Expr* index = Bracketed(opener);
    return build_.Call(optional ? "_[?_]" : "_[_]", {operand, index}, From(begin), sign);
  }

  // One expression and the closer of `opener`.
  Expr* Bracketed(const Token& opener) {
    Expr* e = nullptr;
    TokenKind closer = CloserOf(opener.kind);
    open_.push_back(closer);
    e = Expression();
    open_.pop_back();
    if (Accept(closer)) return e;
    Close(opener, "an operator");
    Synchronize(closer);
    while (Is(TokenKind::kComma) && open_.empty()) Take(), Synchronize(closer);
    Accept(closer);
    return build_.Missing(e->span);
  }

  Expr* Call(Expr* target, std::string_view name, Span name_span, size_t begin) {
    const Token opener = Take();
    std::vector<Expr*> args;
    bool whole = target == nullptr || !TreeBuilder::IsMissing(*target);
    Elements(opener, "argument", false, [&] {
      args.push_back(Expression());
      whole = whole && !TreeBuilder::IsMissing(*args.back());
    });
    Span span = From(begin);
    if (whole && issues_.size() <= kMostIssues) {
      MacroCall call{name, target, args, span, name_span};
      Expr* expanded = ExpandMacro(macros_, call, options_);
      for (Issue& issue : macro_issues_) Report(issue.span, std::move(issue.message), std::move(issue.hint));
      macro_issues_.clear();
      if (expanded) return expanded;
    }
    return build_.MemberCall(target, name, std::move(args), span, name_span);
  }

  Expr* Primary() {
    const Token& token = Peek();
    switch (token.kind) {
      case TokenKind::kMinus:
        if (AtNumber(1)) return Number();
        break;
      case TokenKind::kInt: return Number();
      case TokenKind::kLiteral: return build_.Constant(Take().value, token.span);
      case TokenKind::kDot:
      case TokenKind::kIdent: return Name();
      case TokenKind::kLeftParen: {
        const Token opener = Take();
        if (Is(TokenKind::kRightParen)) {
          ReportHere("expected an expression between '(' and ')'");
          Take();
          return build_.Missing(opener.span);
        }
        return Bracketed(opener);
      }
      case TokenKind::kLeftBracket: return List();
      case TokenKind::kLeftBrace: return Map();
      default: break;
    }
    return NoOperand();
  }

  Expr* NoOperand() {
    Expr* missing = build_.Missing(Peek().span);
    std::string found = Is(TokenKind::kEnd) ? "" : ", found " + Found();
    const Token* before = at_ > 0 ? &tokens_[at_ - 1] : nullptr;
    if (Is(TokenKind::kQuotedIdent)) {
      ReportHere("a name in backticks can only be a field, behind a '.'");
      Take();
      return missing;
    }
    if (before && (IsOperator(before->kind) || before->kind == TokenKind::kNot)) {
      ReportHere("expected an operand after '" + std::string(Text(*before)) + "'" + found);
    } else if (IsOperator(Peek().kind)) {
      ReportHere("expected an operand before " + Found());
    } else {
      ReportHere("expected an expression" + (before ? " after '" + std::string(Text(*before)) + "'" : "") +
                 found);
    }
    // An operator without its left side: its right side may still be read.
    if (Is(TokenKind::kBad)) Take();
    return missing;
  }

  Expr* Number() {
    size_t begin = at_;
    bool negative = Accept(TokenKind::kMinus);
    const Token& token = Take();
    Span span = From(begin);
    if (token.kind == TokenKind::kLiteral)
      return build_.Constant(Value::Double(negative ? -token.value.real : token.value.real), span);
    uint64_t magnitude = token.value.unsigned_integer;
    if (magnitude == uint64_t{1} << 63 && !negative)
      Report(span, "integer " + std::string(Text(span)) + " is out of range",
             "integers go from -9223372036854775808 to 9223372036854775807");
    return build_.Constant(Value::Int(static_cast<int64_t>(negative ? 0 - magnitude : magnitude)), span);
  }

  // [.]name, [.]name(...), [.]a.b.C{...}
  Expr* Name() {
    size_t begin = at_;
    bool absolute = Accept(TokenKind::kDot);
    if (!Is(TokenKind::kIdent)) {
      ReportHere("expected a name after '.', found " + Found());
      return build_.Missing(Peek().span);
    }
    size_t words = 1;
    while (Is(TokenKind::kDot, 2 * words - 1) && Is(TokenKind::kIdent, 2 * words)) ++words;
    if (Is(TokenKind::kLeftBrace, 2 * words - 1)) return Struct(begin, words, absolute);

    std::string name = absolute ? "." : "";
    name += Text(Take());
    Span name_span = tokens_[at_ - 1].span;
    if (std::find(std::begin(kReserved), std::end(kReserved), Text(name_span)) != std::end(kReserved))
      Report(name_span,
             "'" + std::string(Text(name_span)) + "' is a reserved word and cannot be used as a name");
    if (Is(TokenKind::kLeftParen)) return Call(nullptr, name, name_span, begin);
    Expr* e = build_.Ident(name, From(begin));
    e->name_span = name_span;
    return e;
  }

  Expr* Struct(size_t begin, size_t words, bool absolute) {
    Expr* e = build_.Aggregate(ExprKind::kStruct, {});
    if (absolute) e->name = ".";
    for (size_t i = 0; i < words; ++i) {
      if (i > 0) Take(), e->name += '.';
      e->name += Text(Take());
    }
    e->name_span = From(begin);
    const Token opener = Take();
    Elements(opener, "field", true, [&] {
      e->optional.push_back(OptionalMark());
      Span span;
      e->fields.emplace_back(Field("of " + e->name, &span));
      e->args.push_back(EntryValue("field name"));
    });
    e->span = From(begin);
    return build_.Measure(e);
  }

  bool OptionalMark() {
    if (!Is(TokenKind::kQuestion)) return false;
    if (!options_.optional_syntax) ReportHere("optional elements (?) are not supported here");
    Take();
    return true;
  }

  Expr* EntryValue(std::string_view key) {
    if (Accept(TokenKind::kColon)) return Expression();
    if (Is(TokenKind::kEnd)) return build_.Missing(Peek().span);
    ReportHere("expected ':' after the " + std::string(key) + ", found " + Found());
    return build_.Missing(Peek().span);
  }

  Expr* List() {
    size_t begin = at_;
    Expr* e = build_.Aggregate(ExprKind::kList, {});
    const Token opener = Take();
    Elements(opener, "element", true, [&] {
      e->optional.push_back(OptionalMark());
      e->args.push_back(Expression());
    });
    e->span = From(begin);
    return build_.Measure(e);
  }

  Expr* Map() {
    size_t begin = at_;
    Expr* e = build_.Aggregate(ExprKind::kMap, {});
    const Token opener = Take();
    Elements(opener, "entry", true, [&] {
      e->optional.push_back(OptionalMark());
      e->args.push_back(Expression());
      e->args.push_back(EntryValue("key"));
    });
    e->span = From(begin);
    return build_.Measure(e);
  }

  // Something behind a whole expression. What is behind a stray bracket and an operator is read for its
  // mistakes.
  void Leftover() {
    bool closer = IsCloser(Peek().kind);
    if (closer) {
      ReportHere(Found() + " closes nothing");
    } else {
      ReportHere("expected an operator or the end of the expression, found " + Found(), HintForStray({}));
    }
    Take();
    while (!Is(TokenKind::kEnd) && !IsOperator(Peek().kind) && !IsCloser(Peek().kind)) Take();
    if (closer && IsOperator(Peek().kind)) {
      Take();
      Expression();
    } else if (!IsCloser(Peek().kind)) {
      at_ = tokens_.size() - 1;
    }
  }

  Ast& ast_;
  const ParseOptions& options_;
  TreeBuilder build_;
  std::vector<Issue> issues_, macro_issues_;
  MacroContext macros_;
  std::vector<Token> tokens_;
  size_t at_ = 0;
  std::vector<TokenKind> open_;  // closers that are waited for, outermost first
  uint32_t depth_ = 0;
  uint32_t silent_from_ = UINT32_MAX;
  std::optional<uint32_t> reported_;
};

}  // namespace

std::expected<std::unique_ptr<Ast>, std::vector<Issue>> Parse(std::string_view text,
                                                              const ParseOptions& options) {
  if (text.size() > options.max_size) {
    Issue issue{{0, 0}, "the expression is longer than " + std::to_string(options.max_size) + " bytes", {}};
    return std::unexpected(std::vector{std::move(issue)});
  }
  auto ast = std::make_unique<Ast>();
  ast->text = text;
  std::vector<Issue> issues = Parser(*ast, options).Run();
  if (!issues.empty()) return std::unexpected(std::move(issues));
  return ast;
}

}  // namespace guard::cel
