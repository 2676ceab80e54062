// Tokens to tree: recursive descent over the grammar of cel-spec, in the shape cel-go gives it (a sign is
// part of a number; !!a is a; && and || are balanced; a struct literal begins with a name).
//
// A mistake is reported once, at the token where it shows, and reading goes on at the next ',' or closing
// bracket.
//
// Tested by tests/unit/cel/parser_test.cc.
#include "policies/cel/parser.h"

#include <algorithm>
#include <span>
#include <string>

#include "policies/cel/builder.h"
#include "policies/cel/macros.h"
#include "policies/cel/token_reader.h"
#include "policies/cel/words.h"

namespace guard::cel {

namespace {

class Parser {
 public:
  Parser(Ast& ast, const ParseOptions& options)
      : ast_(ast),
        options_(options),
        in_(ast.text, *ast.arena),
        build_(ast, options.max_height),
        macros_{build_, macro_issues_} {}

  std::vector<Issue> Run() {
    if (in_.Is(TokenKind::kEnd) && in_.issue_count() == 0) in_.ReportHere("the expression is empty");
    ast_.root = Expression();
    while (!in_.Is(TokenKind::kEnd)) Leftover();
    if (const Expr* high = build_.too_high(); high && in_.issue_count() == 0)
      in_.Report(high->span, "the expression is nested too deeply",
                 "more than " + std::to_string(options_.max_height) + " operations build on one another");
    return in_.Issues();
  }

 private:
  struct Depth {
    explicit Depth(uint32_t& count) : level(++count) {}
    ~Depth() { --level; }
    uint32_t& level;
  };

  // expr = or ["?" or ":" expr]; the chain of the right side is a loop, so that it costs no stack.
  Expr* Expression() {
    Depth depth(depth_);
    if (depth_ > options_.max_depth) {
      in_.Report(in_.Peek().span, "the expression is nested too deeply",
                 "more than " + std::to_string(options_.max_depth) + " levels of brackets");
      in_.Stop();
    }
    struct Branch {
      Expr *condition, *then;
      size_t begin;
      Span sign;
    };
    std::vector<Branch> branches;
    size_t begin = in_.at();
    Expr* e = Or();
    while (in_.Is(TokenKind::kQuestion)) {
      Span sign = in_.Take().span;
      Expr* then = Or();
      if (in_.Is(TokenKind::kQuestion)) {
        in_.ReportHere("a conditional inside a conditional needs brackets here", "write a ? (b ? c : d) : e");
        in_.Take();
        Expression();
        if (in_.Accept(TokenKind::kColon)) Expression();
      }
      branches.push_back({e, then, begin, sign});
      if (!in_.Accept(TokenKind::kColon)) {
        in_.ReportHere("expected ':' and the other value of the conditional, found " + in_.Found(),
                       "a condition is written c ? a : b");
        e = build_.Missing(in_.Peek().span);
        break;
      }
      begin = in_.at();
      e = Or();
    }
    for (size_t i = branches.size(); i-- > 0;)
      e = build_.Call("_?_:_", {branches[i].condition, branches[i].then, e}, in_.From(branches[i].begin),
                      branches[i].sign);
    return e;
  }

  Expr* Or() {
    return Chain(TokenKind::kOr, "_||_",
                 [&] { return Chain(TokenKind::kAnd, "_&&_", [&] { return Relation(); }); });
  }

  struct Term {
    Expr* e;
    Span span;  // brackets around it included
    Span sign;  // of the operator before it
  };

  // Terms of && or ||, balanced so that a long chain is no deep tree.
  template <class Operand>
  Expr* Chain(TokenKind kind, std::string_view function, Operand operand) {
    size_t begin = in_.at();
    Expr* first = operand();
    if (!AtOperator(kind)) return first;
    std::vector<Term> terms = {{first, in_.From(begin), {}}};
    while (AtOperator(kind)) {
      Span sign = in_.Take().span;
      begin = in_.at();
      Expr* next = operand();
      terms.push_back({next, in_.From(begin), sign});
    }
    return Balance(function, terms);
  }

  Expr* Balance(std::string_view function, std::span<const Term> terms) {
    if (terms.size() == 1) return terms[0].e;
    size_t half = (terms.size() + 1) / 2;
    Expr* left = Balance(function, terms.first(half));
    Expr* right = Balance(function, terms.subspan(half));
    return build_.Call(function, {left, right}, {terms.front().span.begin, terms.back().span.end},
                       terms[half].sign);
  }

  // Whether the next token is this operator, in its own spelling or in another language's.
  bool AtOperator(TokenKind kind) {
    Translate();
    return in_.Is(kind);
  }

  // "a and b": says what to write, and reads on as if it had been written.
  void Translate() {
    if (!in_.Is(TokenKind::kIdent)) return;
    std::string_view text = in_.Text(in_.Peek());
    if (text == "not" && in_.Is(TokenKind::kIn, 1)) {
      in_.Report(in_.Peek().span, "'not in' is not an operator", "write !(a in b)");
      in_.Take();
      return;
    }
    for (const ForeignOperator& word : kForeignOperators) {
      if (text != word.word) continue;
      in_.Reinterpret(word.meant);
      in_.ReportHere("'" + std::string(text) + "' is not an operator", std::string(word.hint));
      return;
    }
  }

  Expr* Relation() { return BinaryChain(kRelation); }

  Expr* BinaryChain(int lowest) {
    size_t begin = in_.at();
    Expr* left = Unary();
    for (;;) {
      Translate();
      BinaryOperator op = Binary(in_.Peek().kind);
      if (op.precedence < lowest || op.precedence == 0) return left;
      Span sign = in_.Take().span;
      Expr* right = BinaryChain(op.precedence + 1);
      left = build_.Call(op.function, {left, right}, in_.From(begin), sign);
    }
  }

  bool AtNumber(size_t ahead) const {
    return in_.Is(TokenKind::kInt, ahead) ||
           (in_.Is(TokenKind::kLiteral, ahead) && in_.Peek(ahead).value.is(Tag::kDouble));
  }

  Expr* Unary() {
    size_t begin = in_.at();
    TokenKind kind = in_.Peek().kind;
    if (in_.Is(TokenKind::kIdent) && in_.Text(in_.Peek()) == "not" && BeginsOperand(1)) {
      in_.Reinterpret(kind = TokenKind::kNot);
      in_.ReportHere("'not' is not an operator", "write '!'");
    }
    bool sign_of_number = kind == TokenKind::kMinus && AtNumber(1);
    if ((kind != TokenKind::kNot && kind != TokenKind::kMinus) || sign_of_number) return Member();
    Span sign = in_.Peek().span;
    bool odd = false;
    for (; in_.Is(kind); in_.Take()) odd = !odd;
    bool mixed = in_.Is(TokenKind::kNot) || (in_.Is(TokenKind::kMinus) && !AtNumber(1));
    if (mixed)
      in_.ReportHere(in_.Found() + " cannot follow '" + std::string(in_.Text(sign)) + "'",
                     "write !(-a) or -(!a)");
    Expr* operand = mixed ? Nested([&] { return Unary(); }) : Member();
    if (!odd) return operand;
    return build_.Call(kind == TokenKind::kNot ? "!_" : "-_", {operand}, in_.From(begin), sign);
  }

  template <class Rule>
  Expr* Nested(Rule rule) {
    Depth depth(depth_);
    return depth_ > options_.max_depth ? build_.Missing(in_.Peek().span) : rule();
  }

  // Whether the token can only begin an operand, given that an operator is due: a name or a literal.
  bool BeginsOperand(size_t ahead) const {
    TokenKind kind = in_.Peek(ahead).kind;
    return kind == TokenKind::kIdent || kind == TokenKind::kInt || kind == TokenKind::kLiteral ||
           kind == TokenKind::kNot;
  }

  Expr* Member() {
    size_t begin = in_.at();
    Expr* e = Primary();
    for (;;) {
      if (in_.Is(TokenKind::kDot)) {
        e = Selection(e, begin);
      } else if (in_.Is(TokenKind::kLeftBracket)) {
        e = Index(e, begin);
      } else {
        return e;
      }
    }
  }

  // A name behind a dot or in a struct literal: any word but true, false, null and in. Empty when there is
  // none.
  std::string_view Field(std::string_view after, Span* span) {
    const Token& token = in_.Peek();
    *span = token.span;
    if (token.kind == TokenKind::kIdent) return in_.Text(in_.Take());
    if (token.kind == TokenKind::kQuotedIdent) {
      if (!options_.quoted_fields)
        in_.Report(token.span, "field names in backticks are not supported here",
                   "index with the name as a string: a['...']");
      return in_.Take().value.string();
    }
    std::string_view text = in_.Text(token);
    bool keyword = text == "in" || text == "true" || text == "false" || text == "null";
    if (keyword) {
      in_.ReportHere("'" + std::string(text) + "' is a keyword and cannot be used as a field name",
                     "index with it as a string: a['" + std::string(text) + "']");
      return in_.Text(in_.Take());
    }
    in_.ReportHere("expected a field name " + std::string(after) + ", found " + in_.Found());
    return {};
  }

  Expr* Selection(Expr* operand, size_t begin) {
    Span dot = in_.Take().span;
    bool optional = in_.Is(TokenKind::kQuestion);
    if (optional) dot.end = in_.Take().span.end;
    if (optional && !options_.optional_syntax)
      in_.Report(dot, "optional fields (a.?b) are not supported here");
    bool quoted = in_.Is(TokenKind::kQuotedIdent);
    Span name_span;
    std::string_view name = Field(optional ? "after '.?'" : "after '.'", &name_span);
    if (name.empty()) return build_.Missing(name_span);
    if (optional) return build_.Call("_?._", {operand, build_.String(name, name_span)}, in_.From(begin), dot);
    if (!quoted && in_.Is(TokenKind::kLeftParen)) return Call(operand, name, name_span, begin);
    return build_.Select(operand, name, in_.From(begin), name_span);
  }

  Expr* Index(Expr* operand, size_t begin) {
    const Token opener = in_.Take();
    Span sign = opener.span;
    bool optional = in_.Is(TokenKind::kQuestion);
    if (optional) sign.end = in_.Take().span.end;
    if (optional && !options_.optional_syntax)
      in_.Report(sign, "optional indexing (a[?b]) is not supported here");
    if (in_.Is(TokenKind::kRightBracket)) {
      in_.ReportHere("expected an index between '[' and ']'");
      in_.Take();
      return build_.Missing(in_.From(begin));
    }
    Expr* index = nullptr;
    in_.Enclosed(opener, [&] { index = Expression(); });
    return build_.Call(optional ? "_[?_]" : "_[_]", {operand, index}, in_.From(begin), sign);
  }

  Expr* Call(Expr* target, std::string_view name, Span name_span, size_t begin) {
    const Token opener = in_.Take();
    std::vector<Expr*> args;
    size_t issues = in_.issue_count();
    in_.Elements(opener, false, [&] { args.push_back(Expression()); });
    Span span = in_.From(begin);
    bool whole = in_.issue_count() == issues && (target == nullptr || !TreeBuilder::IsMissing(*target));
    if (whole) {
      MacroCall call{name, target, args, span, name_span};
      Expr* expanded = ExpandMacro(macros_, call, options_);
      for (Issue& issue : macro_issues_)
        in_.Report(issue.span, std::move(issue.message), std::move(issue.hint));
      macro_issues_.clear();
      if (expanded) return expanded;
    }
    return build_.MemberCall(target, name, std::move(args), span, name_span);
  }

  Expr* Primary() {
    bool bad = in_.Is(TokenKind::kBad);
    while (in_.Is(TokenKind::kBad)) in_.Take();
    const Token& token = in_.Peek();
    switch (token.kind) {
      case TokenKind::kMinus:
        if (AtNumber(1)) return Number();
        break;
      case TokenKind::kInt: return Number();
      case TokenKind::kLiteral: return build_.Constant(in_.Take().value, token.span);
      case TokenKind::kDot:
      case TokenKind::kIdent: return Name();
      case TokenKind::kLeftParen: {
        const Token opener = in_.Take();
        if (in_.Is(TokenKind::kRightParen)) {
          in_.ReportHere("expected an expression between '(' and ')'");
          in_.Take();
          return build_.Missing(opener.span);
        }
        Expr* inner = nullptr;
        in_.Enclosed(opener, [&] { inner = Expression(); });
        return inner;
      }
      case TokenKind::kLeftBracket: return List();
      case TokenKind::kLeftBrace: return Map();
      default: break;
    }
    return bad ? build_.Missing(token.span) : NoOperand();
  }

  Expr* NoOperand() {
    Expr* missing = build_.Missing(in_.Peek().span);
    std::string found = in_.Is(TokenKind::kEnd) ? "" : ", found " + in_.Found();
    const Token* before = in_.Before();
    if (in_.Is(TokenKind::kQuotedIdent)) {
      in_.ReportHere("a name in backticks can only be a field, behind a '.'");
      in_.Take();
      return missing;
    }
    if (before && (IsOperator(before->kind) || before->kind == TokenKind::kNot)) {
      in_.ReportHere("expected an operand after '" + std::string(in_.Text(*before)) + "'" + found);
    } else if (IsOperator(in_.Peek().kind)) {
      in_.ReportHere("expected an operand before " + in_.Found());
    } else {
      in_.ReportHere("expected an expression" +
                     (before ? " after '" + std::string(in_.Text(*before)) + "'" : "") + found);
    }
    return missing;
  }

  Expr* Number() {
    size_t begin = in_.at();
    bool negative = in_.Accept(TokenKind::kMinus);
    const Token& token = in_.Take();
    Span span = in_.From(begin);
    if (token.kind == TokenKind::kLiteral)
      return build_.Constant(Value::Double(negative ? -token.value.real : token.value.real), span);
    uint64_t magnitude = token.value.unsigned_integer;
    if (magnitude == uint64_t{1} << 63 && !negative)
      in_.Report(span, "integer " + std::string(in_.Text(span)) + " is out of range",
                 "integers go from -9223372036854775808 to 9223372036854775807");
    return build_.Constant(Value::Int(static_cast<int64_t>(negative ? 0 - magnitude : magnitude)), span);
  }

  // [.]name, [.]name(...), [.]a.b.C{...}
  Expr* Name() {
    size_t begin = in_.at();
    bool absolute = in_.Accept(TokenKind::kDot);
    if (!in_.Is(TokenKind::kIdent)) {
      in_.ReportHere("expected a name after '.', found " + in_.Found());
      return build_.Missing(in_.Peek().span);
    }
    size_t words = 1;
    while (in_.Is(TokenKind::kDot, 2 * words - 1) && in_.Is(TokenKind::kIdent, 2 * words)) ++words;
    if (in_.Is(TokenKind::kLeftBrace, 2 * words - 1)) return Struct(begin, words, absolute);

    std::string name = absolute ? "." : "";
    name += in_.Text(in_.Take());
    Span name_span = in_.Before()->span;
    CheckReserved(name_span);
    if (in_.Is(TokenKind::kLeftParen)) return Call(nullptr, name, name_span, begin);
    Expr* e = build_.Ident(name, in_.From(begin));
    e->name_span = name_span;
    return e;
  }

  void CheckReserved(Span name) {
    for (const ReservedWord& reserved : kReservedWords) {
      if (in_.Text(name) != reserved.word) continue;
      in_.Report(name, "'" + std::string(reserved.word) + "' is a reserved word and cannot be used as a name",
                 std::string(reserved.hint));
      // "let x", "if (a)": what follows is another language.
      if (BeginsOperand(0) || (!reserved.hint.empty() && in_.Is(TokenKind::kLeftParen))) in_.Stop();
    }
  }

  Expr* Struct(size_t begin, size_t words, bool absolute) {
    Expr* e = build_.Aggregate(ExprKind::kStruct, {});
    if (absolute) e->name = ".";
    for (size_t i = 0; i < words; ++i) {
      if (i > 0) in_.Take(), e->name += '.';
      e->name += in_.Text(in_.Take());
    }
    e->name_span = in_.From(begin);
    const Token opener = in_.Take();
    in_.Elements(opener, true, [&] {
      e->optional.push_back(OptionalMark());
      Span span;
      e->fields.emplace_back(Field("of " + e->name, &span));
      e->args.push_back(EntryValue("field name"));
    });
    e->span = in_.From(begin);
    return build_.Measure(e);
  }

  bool OptionalMark() {
    if (!in_.Is(TokenKind::kQuestion)) return false;
    if (!options_.optional_syntax) in_.ReportHere("optional elements (?) are not supported here");
    in_.Take();
    return true;
  }

  Expr* EntryValue(std::string_view key) {
    if (in_.Accept(TokenKind::kColon)) return Expression();
    if (in_.Is(TokenKind::kEnd)) return build_.Missing(in_.Peek().span);
    in_.ReportHere("expected ':' after the " + std::string(key) + ", found " + in_.Found());
    return build_.Missing(in_.Peek().span);
  }

  Expr* List() {
    size_t begin = in_.at();
    Expr* e = build_.Aggregate(ExprKind::kList, {});
    const Token opener = in_.Take();
    in_.Elements(opener, true, [&] {
      e->optional.push_back(OptionalMark());
      e->args.push_back(Expression());
    });
    e->span = in_.From(begin);
    return build_.Measure(e);
  }

  Expr* Map() {
    size_t begin = in_.at();
    Expr* e = build_.Aggregate(ExprKind::kMap, {});
    const Token opener = in_.Take();
    in_.Elements(opener, true, [&] {
      e->optional.push_back(OptionalMark());
      e->args.push_back(Expression());
      e->args.push_back(EntryValue("key"));
    });
    e->span = in_.From(begin);
    return build_.Measure(e);
  }

  // Something behind a whole expression. What is behind a stray bracket and an operator is read for its
  // mistakes.
  void Leftover() {
    bool closer = IsCloser(in_.Peek().kind);
    if (closer) {
      in_.ReportHere(in_.Found() + " closes nothing");
    } else {
      in_.ReportHere("expected an operator or the end of the expression, found " + in_.Found(),
                     in_.HintForStray({}));
    }
    in_.Take();
    while (!in_.Is(TokenKind::kEnd) && !IsOperator(in_.Peek().kind) && !IsCloser(in_.Peek().kind)) in_.Take();
    if (closer && IsOperator(in_.Peek().kind)) {
      in_.Take();
      Expression();
    } else if (!IsCloser(in_.Peek().kind)) {
      in_.Stop();
    }
  }

  Ast& ast_;
  const ParseOptions& options_;
  TokenReader in_;
  TreeBuilder build_;
  std::vector<Issue> macro_issues_;
  MacroContext macros_;
  uint32_t depth_ = 0;
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
