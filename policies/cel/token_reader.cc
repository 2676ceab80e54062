// How mistakes are worded and stepped over.
//
// Tested by tests/unit/cel/parser_test.cc.
#include "policies/cel/token_reader.h"

#include <algorithm>
#include <tuple>

#include "policies/base/utf8.h"

namespace guard::cel {

namespace {

bool IsOpener(TokenKind kind) {
  return kind == TokenKind::kLeftParen || kind == TokenKind::kLeftBracket || kind == TokenKind::kLeftBrace;
}

std::string_view CloserText(TokenKind opener) {
  switch (opener) {
    case TokenKind::kLeftParen: return "')'";
    case TokenKind::kLeftBracket: return "']'";
    default: return "'}'";
  }
}

bool IsText(const Token& token) {
  return token.kind == TokenKind::kLiteral && (token.value.is(Tag::kString) || token.value.is(Tag::kBytes));
}

bool IsNumber(const Token& token) {
  return token.kind == TokenKind::kInt ||
         (token.kind == TokenKind::kLiteral && (token.value.is(Tag::kDouble) || token.value.is(Tag::kUint)));
}

}  // namespace

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

TokenReader::TokenReader(std::string_view text, Arena& arena) : text_(text) {
  Lexed lexed = Lex(text, arena, issues_);
  tokens_ = std::move(lexed.tokens);
  silent_from_ = lexed.unreliable_from;
}

Span TokenReader::From(size_t begin) const {
  uint32_t first = tokens_[begin].span.begin;
  return {first, at_ > begin ? std::max(first, tokens_[at_ - 1].span.end) : first};
}

std::string TokenReader::Found() const {
  constexpr size_t kShown = 40;
  const Token& token = Peek();
  if (token.kind == TokenKind::kEnd) return "the end of the expression";
  if (IsText(token)) return token.value.is(Tag::kString) ? "a string" : "bytes";
  std::string_view text = Text(token);
  return "'" + std::string(text.substr(0, kShown)) + (text.size() > kShown ? "...'" : "'");
}

void TokenReader::Report(Span span, std::string message, std::string hint) {
  if (Muted(span)) return;
  reported_ = span.begin;
  constexpr size_t kLongestMessage = 160;  // names in messages are as long as somebody cares to write them
  size_t shown = BytesOfCodePoints(message, kLongestMessage);
  if (shown < message.size()) message.replace(shown, std::string::npos, "...");
  issues_.push_back({span, std::move(message), std::move(hint)});
  if (issues_.size() >= kMostIssues) Stop();
}

void TokenReader::ReportHere(std::string message, std::string hint) {
  if (!Is(TokenKind::kBad)) Report(Peek().span, std::move(message), std::move(hint));
}

void TokenReader::Stop() {
  silent_from_ = 0;
  at_ = tokens_.size() - 1;
}

std::vector<Issue> TokenReader::Issues() {
  std::sort(issues_.begin(), issues_.end(), [](const Issue& a, const Issue& b) {
    return std::tie(a.span.begin, a.span.end, a.message) < std::tie(b.span.begin, b.span.end, b.message);
  });
  if (issues_.size() > kMostIssues) issues_.resize(kMostIssues);
  return std::move(issues_);
}

std::string TokenReader::Position(Span span) const {
  Place here = ToError({Peek().span, {}, {}}, text_, {}).place;
  Place there = ToError({span, {}, {}}, text_, {}).place;
  std::string column = "column " + std::to_string(there.column);
  return here.line == there.line ? column : "line " + std::to_string(there.line) + ", " + column;
}

void TokenReader::ReportUnclosed(const Token& opener, std::string_view expected) {
  if (Muted(Peek().span)) return;
  std::string closer(CloserText(opener.kind));
  std::string opened = "the '" + std::string(Text(opener)) + "' opened at " + Position(opener.span);
  if (Is(TokenKind::kEnd)) return ReportHere("expected " + closer + " to close " + opened);
  if (IsCloser(Peek().kind))
    return ReportHere("expected " + closer + " to close " + opened + ", found " + Found());
  bool tuple = Is(TokenKind::kComma) && opener.kind == TokenKind::kLeftParen;
  ReportHere("expected " + std::string(expected) + " or " + closer + ", found " + Found(),
             tuple ? "a list is written [a, b]" : HintForStray(opened + " is still open"));
}

bool TokenReader::Awaited(TokenKind closer) const {
  return std::find(open_.begin(), open_.end(), closer) != open_.end();
}

void TokenReader::Synchronize() {
  for (int depth = 0; !Is(TokenKind::kEnd); Take()) {
    TokenKind kind = Peek().kind;
    if (depth == 0 && (kind == TokenKind::kComma || (IsCloser(kind) && Awaited(kind)))) return;
    if (IsOpener(kind)) ++depth;
    if (IsCloser(kind) && depth > 0) --depth;
  }
}

bool TokenReader::RestClosesAll() const {
  size_t open = open_.size();
  for (size_t i = at_; i < tokens_.size() && open > 0; ++i) {
    if (IsOpener(tokens_[i].kind)) ++open;
    if (IsCloser(tokens_[i].kind)) --open;
  }
  return open == 0;
}

void TokenReader::TakeCloser(const Token& opener, bool complained) {
  open_.pop_back();
  if (Accept(CloserOf(opener.kind))) return;
  if (!complained) ReportUnclosed(opener, "','");
  // A closer that nobody waits for was meant to be this one.
  if (IsCloser(Peek().kind) && !Awaited(Peek().kind)) Take();
}

std::string TokenReader::HintForStray(std::string otherwise) const {
  const Token *before = Before(), &token = Peek();
  if (before == nullptr) return otherwise;
  bool adjacent = before->span.end == token.span.begin;
  if (IsText(*before) && IsText(token)) return "strings are joined with '+'";
  if (adjacent && IsText(*before) && token.kind == TokenKind::kIdent)
    return "a quote inside a string is written \\' or \\\"";
  if (adjacent && IsNumber(*before) && token.kind == TokenKind::kIdent) {
    bool hex = Text(*before) == "0" && Text(token).starts_with('X');
    return hex ? "a hexadecimal number begins with a small 0x"
               : "the number ends before '" + std::string(Text(token)) +
                     "'; a name cannot begin with a digit";
  }
  if (adjacent && before->kind == TokenKind::kIdent && IsText(token))
    return "a string may have the prefixes r, b and br";
  if (adjacent && IsNumber(token) && Text(token).starts_with('.'))
    return "an element of a list is written a[0], an entry of a map a['0']";
  return otherwise;
}

}  // namespace guard::cel
