// What the parser reads tokens through: looking ahead, brackets, and reporting. A mistake is reported once,
// at the token where it shows; reading goes on at the next ',' or closing bracket.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policies/cel/ast.h"
#include "policies/cel/lexer.h"

namespace guard::cel {

bool IsCloser(TokenKind kind);
TokenKind CloserOf(TokenKind opener);

class TokenReader {
 public:
  TokenReader(std::string_view text, Arena& arena);

  const Token& Peek(size_t ahead = 0) const { return tokens_[std::min(at_ + ahead, tokens_.size() - 1)]; }
  bool Is(TokenKind kind, size_t ahead = 0) const { return Peek(ahead).kind == kind; }
  // The token before the next one; nullptr at the start.
  const Token* Before() const { return at_ > 0 ? &tokens_[at_ - 1] : nullptr; }
  const Token& Take() { return tokens_[at_ + 1 < tokens_.size() ? at_++ : at_]; }
  bool Accept(TokenKind kind) { return Is(kind) && (Take(), true); }
  // Takes the next token for another, which it was reported to stand for.
  void Reinterpret(TokenKind kind) { tokens_[at_].kind = kind; }

  // A mark, for the span from the token there to the last one taken.
  size_t at() const { return at_; }
  Span From(size_t begin) const;
  std::string_view Text(Span span) const { return text_.substr(span.begin, span.size()); }
  std::string_view Text(const Token& token) const { return Text(token.span); }
  // The next token, for messages.
  std::string Found() const;

  void Report(Span span, std::string message, std::string hint = {});
  // At the next token, unless the lexer has already complained about it.
  void ReportHere(std::string message, std::string hint = {});
  // Nothing more is read or reported.
  void Stop();
  // All issues so far, in the order of the text.
  std::vector<Issue> Issues();
  size_t issue_count() const { return issues_.size(); }

  // Elements and the closer of `opener`, which is taken already. `element` reads one; it may read nothing.
  template <class Element>
  void Elements(const Token& opener, bool trailing_comma, Element element);
  // One expression and the closer of `opener`.
  template <class Element>
  void Enclosed(const Token& opener, Element element);

  // What to say about a token that stands where an operator is due; `otherwise` when nothing is known.
  std::string HintForStray(std::string otherwise) const;

 private:
  bool Muted(Span span) const { return span.begin > silent_from_ || reported_ == span.begin; }
  // Where `span` is, as seen from the next token.
  std::string Position(Span span) const;
  // Says what is missing or in the way at the next token, inside the brackets that `opener` opened.
  void ReportUnclosed(const Token& opener, std::string_view expected);
  // Moves to the next ',' or closer of the innermost bracket, or to a closer that one further out waits for.
  void Synchronize();
  // Whether the rest of the text closes all the brackets that are open.
  bool RestClosesAll() const;
  bool Awaited(TokenKind closer) const;
  void TakeCloser(const Token& opener, bool complained);

  std::string_view text_;
  std::vector<Issue> issues_;
  std::vector<Token> tokens_;
  size_t at_ = 0;
  std::vector<TokenKind> open_;  // the closers that are waited for, outermost first
  uint32_t silent_from_ = UINT32_MAX;
  std::optional<uint32_t> reported_;  // where the last issue is
};

template <class Element>
void TokenReader::Elements(const Token& opener, bool trailing_comma, Element element) {
  TokenKind closer = CloserOf(opener.kind);
  bool complained = false;
  open_.push_back(closer);
  if (trailing_comma && Is(TokenKind::kComma) && Is(closer, 1)) Take();
  while (!Is(closer) && !Is(TokenKind::kEnd)) {
    element();
    if (!Is(TokenKind::kComma) && !Is(closer)) {
      ReportUnclosed(opener, "','");
      Synchronize();
      complained = true;
    }
    if (!Accept(TokenKind::kComma)) break;
    if (Is(closer) && !trailing_comma) Report(Before()->span, "a trailing ',' is not allowed in a call");
  }
  TakeCloser(opener, complained);
}

template <class Element>
void TokenReader::Enclosed(const Token& opener, Element element) {
  open_.push_back(CloserOf(opener.kind));
  element();
  bool complained = !Is(CloserOf(opener.kind));
  if (complained) {
    ReportUnclosed(opener, "an operator");
    Synchronize();
    // A comma belongs to these brackets when they are closed at all, else to those around them.
    if (open_.size() == 1 || RestClosesAll())
      while (Accept(TokenKind::kComma)) Synchronize();
  }
  TakeCloser(opener, complained);
}

}  // namespace guard::cel
