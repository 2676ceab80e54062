// Reads JSON (RFC 8259): simdjson finds every token and checks UTF-8 and quotes in one pass; a walk over the
// tokens builds the Nodes, which then know their places for nothing. simdjson's own second pass would build a
// tape first. Tested by tests/unit/document/json_test.cc, tests/fuzz/json_fuzz.cc.
#include "policies/document/json.h"

#include <simdjson.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "policies/base/utf8.h"
#include "policies/document/keys.h"
#include "policies/document/scalar.h"

// Inlining what runs once a token makes the walk a fifth faster; compilers find it too large to do it
// unasked.
#define GUARD_INLINE [[gnu::always_inline]] inline

namespace guard {

namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

struct Problem {
  Span span;
  std::string message;
  std::string hint;
};

struct Frame {
  uint32_t begin = 0;  // of its bracket
  uint32_t first = 0;  // its first entry or item on the stack
  bool is_map = false;
};

// What a walk keeps until a container closes; kept from text to text.
struct Stacks {
  std::vector<Frame> frames;
  std::vector<Entry> entries;
  std::vector<Node> items;
};

bool IsSpace(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }
// What may follow a number or a word.
constexpr std::array<bool, 256> kEndsToken = [] {
  std::array<bool, 256> ends{};
  for (char c : {' ', '\n', '\r', '\t', ',', ']', '}', ':', '[', '{'})
    ends[static_cast<unsigned char>(c)] = true;
  return ends;
}();
bool EndsToken(char c) { return kEndsToken[static_cast<unsigned char>(c)]; }

int HexDigit(char c) {
  if (IsDigit(c)) return c - '0';
  c = static_cast<char>(c | 0x20);
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

// Why simdjson refused the text as a whole: it does not say where.
Problem FindTextProblem(std::string_view text) {
  auto at_byte = [](size_t at) { return Span{static_cast<uint32_t>(at), static_cast<uint32_t>(at) + 1}; };
  if (size_t at = FindInvalidUtf8(text); at != std::string_view::npos)
    return {at_byte(at), "the text is not valid UTF-8 here", "save it as UTF-8"};
  bool inside = false;
  size_t opened = 0;
  for (size_t at = 0; at < text.size(); ++at) {
    unsigned char c = static_cast<unsigned char>(text[at]);
    if (c == '"') {
      if (!inside) opened = at;
      inside = !inside;
    } else if (c == '\\') {
      ++at;  // simdjson, too, takes a backslash for an escape wherever it stands
    } else if (inside && c < 0x20) {
      if (c == '\n' || c == '\r') return {at_byte(opened), "the string is not closed on its line", ""};
      std::string escape = "\\u00";
      escape += static_cast<char>('0' + (c >> 4));
      escape += "0123456789ABCDEF"[c & 15];
      return {at_byte(at), "a control character inside a string", "write it as " + escape};
    }
  }
  return {at_byte(opened), "the string is never closed", ""};
}

// The walk over the tokens of one text. Bools say whether it went well; `problem` says what did not. A NUL
// stands behind the text, and the text's size behind its tokens.
template <bool kPlaces>
class Walker {
 public:
  Walker(std::string_view text, std::span<const uint32_t> tokens, Stacks& stacks, Arena& arena,
         const ReadLimits& limits, Problem* problem);
  bool ReadValue(Node* root);
  bool done() const { return next_ == tokens_.size(); }
  uint32_t place() const { return tokens_.data()[next_]; }
  bool Fail(Span span, std::string message, std::string hint = {}) {
    *problem_ = {span, std::move(message), std::move(hint)};
    return false;
  }

 private:
  // Behind the last token stands the end of the text, and there a NUL.
  char Peek() const { return text_.data()[tokens_.data()[next_]]; }
  bool FailHere(const std::string& expected);
  bool ReadScalar(Node* node);
  bool ReadString(Span* span, std::string_view* value);
  bool ReadNumber(uint32_t at, Node* node);
  bool ReadWord(uint32_t at, std::string_view word, Node* node);
  bool ReadKey();
  bool Begin(Node** node);
  bool Close(Node* node);
  bool Unescape(Span inner, std::string_view* value);
  void Place(Node* node, uint32_t begin, uint32_t end) const {
    if constexpr (kPlaces) node->span = {begin, end};
  }

  std::string_view text_;
  std::span<const uint32_t> tokens_;
  size_t next_ = 0;
  size_t next_escape_;  // the next backslash at or behind the last string
  std::vector<Frame>& frames_;
  std::vector<Entry>& entries_;
  std::vector<Node>& items_;
  Arena& arena_;
  const ReadLimits& limits_;
  Problem* problem_;
};

template <bool kPlaces>
Walker<kPlaces>::Walker(std::string_view text, std::span<const uint32_t> tokens, Stacks& stacks, Arena& arena,
                        const ReadLimits& limits, Problem* problem)
    : text_(text),
      tokens_(tokens),
      next_escape_(text.find('\\')),
      frames_(stacks.frames),
      entries_(stacks.entries),
      items_(stacks.items),
      arena_(arena),
      limits_(limits),
      problem_(problem) {
  frames_.clear(), entries_.clear(), items_.clear();
}

template <bool kPlaces>
bool Walker<kPlaces>::FailHere(const std::string& expected) {
  uint32_t at = place();
  if (done()) {
    if (frames_.empty()) return Fail({at, at}, "expected " + expected + ", but the text ends here");
    const Frame& open = frames_.back();
    return Fail({open.begin, open.begin + 1},
                std::string("this '") + text_[open.begin] + "' is never closed");
  }
  std::string hint;
  char c = Peek();
  if (c == '\'') hint = "strings take double quotes in JSON";
  if (c == '/' || c == '#') hint = "JSON has no comments";
  if ((c == '}' || c == ']') && next_ > 0 && text_[tokens_[next_ - 1]] == ',')
    hint = "JSON takes no comma before a closing bracket";
  size_t length = std::max<size_t>(1, BytesOfCodePoints(text_.substr(at, 4), 1));
  std::string found(text_.substr(at, length));
  return Fail({at, at + static_cast<uint32_t>(length)}, "expected " + expected + ", found '" + found + "'",
              hint);
}

// A string ends with the last quote before the next token; nothing in between needs a look unless it is
// escaped.
template <bool kPlaces>
GUARD_INLINE bool Walker<kPlaces>::ReadString(Span* span, std::string_view* value) {
  uint32_t begin = tokens_[next_++];
  uint32_t end = place();
  while (end > begin + 1 && IsSpace(text_.data()[end - 1])) --end;
  if (end < begin + 2 || text_.data()[end - 1] != '"')
    return Fail({begin, begin + 1}, "the string is never closed");
  *span = {begin, end};
  Span inner{begin + 1, end - 1};
  if (next_escape_ != std::string_view::npos && next_escape_ < begin) next_escape_ = text_.find('\\', begin);
  if (next_escape_ == std::string_view::npos || next_escape_ >= end) {
    *value = {text_.data() + inner.begin, inner.size()};
    return true;
  }
  bool good = Unescape(inner, value);
  next_escape_ = text_.find('\\', end);
  return good;
}

template <bool kPlaces>
bool Walker<kPlaces>::Unescape(Span inner, std::string_view* value) {
  char* out = arena_.AllocateArray<char>(inner.size());
  size_t size = 0;
  auto code_unit = [&](uint32_t at) -> int {
    if (at + 4 > inner.end) return -1;
    int unit = 0;
    for (uint32_t i = at; i < at + 4; ++i) {
      int digit = HexDigit(text_[i]);
      if (digit < 0) return -1;
      unit = unit * 16 + digit;
    }
    return unit;
  };
  for (uint32_t at = inner.begin; at < inner.end;) {
    const void* found = std::memchr(text_.data() + at, '\\', inner.end - at);
    uint32_t escape =
        found == nullptr ? inner.end : static_cast<uint32_t>(static_cast<const char*>(found) - text_.data());
    std::memcpy(out + size, text_.data() + at, escape - at);
    size += escape - at;
    at = escape;
    if (at == inner.end) break;
    char c = at + 1 < inner.end ? text_[at + 1] : '\0';
    at += 2;
    switch (c) {
      case '"':
      case '\\':
      case '/': out[size++] = c; continue;
      case 'b': out[size++] = '\b'; continue;
      case 'f': out[size++] = '\f'; continue;
      case 'n': out[size++] = '\n'; continue;
      case 'r': out[size++] = '\r'; continue;
      case 't': out[size++] = '\t'; continue;
      case 'u': break;
      default:
        return Fail({escape, std::min(escape + 2, inner.end)}, "unknown escape in a string",
                    "write \\\\ for a backslash");
    }
    int unit = code_unit(at);
    if (unit < 0) return Fail({escape, std::min(escape + 6, inner.end)}, "\\u takes four hexadecimal digits");
    at += 4;
    uint32_t code_point = static_cast<uint32_t>(unit);
    if (code_point >= 0xD800 && code_point <= 0xDFFF) {
      int low = at + 2 <= inner.end && text_[at] == '\\' && text_[at + 1] == 'u' ? code_unit(at + 2) : -1;
      if (code_point >= 0xDC00 || low < 0xDC00 || low > 0xDFFF)
        return Fail({escape, escape + 6}, "half of a surrogate pair");
      code_point = 0x10000 + ((code_point - 0xD800) << 10) + (static_cast<uint32_t>(low) - 0xDC00);
      at += 6;
    }
    size += EncodeUtf8(code_point, out + size);
  }
  *value = {out, size};
  return true;
}

template <bool kPlaces>
bool Walker<kPlaces>::ReadNumber(uint32_t at, Node* node) {
  uint32_t begin = at;
  auto peek = [&] { return at < text_.size() ? text_[at] : '\0'; };
  bool negative = peek() == '-';
  if (negative) ++at;
  uint32_t digits = at;
  uint64_t magnitude = 0;
  while (IsDigit(peek())) magnitude = magnitude * 10 + static_cast<uint64_t>(text_[at++] - '0');
  uint32_t count = at - digits;
  bool valid = count > 0 && (count == 1 || text_[digits] != '0');
  bool whole = true;
  if (peek() == '.') {
    whole = false;
    uint32_t first = ++at;
    while (IsDigit(peek())) ++at;
    valid = valid && at > first;
  }
  if (peek() == 'e' || peek() == 'E') {
    whole = false;
    ++at;
    if (peek() == '+' || peek() == '-') ++at;
    uint32_t first = at;
    while (IsDigit(peek())) ++at;
    valid = valid && at > first;
  }
  if (at < text_.size() && !EndsToken(text_[at])) valid = false;
  if (!valid) {
    while (at < text_.size() && !EndsToken(text_[at])) ++at;
    std::string hint = count > 1 && text_[digits] == '0' ? "JSON numbers have no leading zeros" : "";
    return Fail({begin, at},
                "'" + std::string(text_.substr(begin, std::min<uint32_t>(at - begin, 40))) + "' is no number",
                hint);
  }
  Place(node, begin, at);
  constexpr uint64_t kSmallest = uint64_t{1} << 63;
  // Nineteen digits cannot overflow 64 bits; what is beyond int64 becomes a double, as Kubernetes reads it.
  if (whole && count <= 19 && (magnitude < kSmallest || (negative && magnitude == kSmallest))) {
    node->kind = NodeKind::kInt;
    node->integer = static_cast<int64_t>(negative ? 0 - magnitude : magnitude);
    return true;
  }
  std::optional<double> value = ParseDouble(text_.substr(begin, at - begin));
  if (!value) return Fail({begin, at}, "the number is too large");
  node->kind = NodeKind::kDouble;
  node->real = *value;
  return true;
}

template <bool kPlaces>
bool Walker<kPlaces>::ReadWord(uint32_t at, std::string_view word, Node* node) {
  uint32_t end = at + static_cast<uint32_t>(word.size());
  if (text_.substr(at, word.size()) != word || (end < text_.size() && !EndsToken(text_[end]))) return false;
  Place(node, at, end);
  return true;
}

template <bool kPlaces>
GUARD_INLINE bool Walker<kPlaces>::ReadScalar(Node* node) {
  uint32_t at = place();
  switch (Peek()) {
    case '"': {
      Span span;
      std::string_view value;
      if (!ReadString(&span, &value)) return false;
      node->kind = NodeKind::kString;
      node->style = NodeStyle::kDoubleQuoted;
      node->bytes = value.data(), node->size = static_cast<uint32_t>(value.size());
      Place(node, span.begin, span.end);
      return true;
    }
    case '-':
    case '0':
    case '1':
    case '2':
    case '3':
    case '4':
    case '5':
    case '6':
    case '7':
    case '8':
    case '9': ++next_; return ReadNumber(at, node);
    case 't':
      if (!ReadWord(at, "true", node)) break;
      ++next_, node->kind = NodeKind::kBool, node->boolean = true;
      return true;
    case 'f':
      if (!ReadWord(at, "false", node)) break;
      ++next_, node->kind = NodeKind::kBool, node->boolean = false;
      return true;
    case 'n':
      if (!ReadWord(at, "null", node)) break;
      ++next_;
      return true;
    default: break;
  }
  return FailHere("a value");
}

// Makes an entry whose value is read next.
template <bool kPlaces>
GUARD_INLINE bool Walker<kPlaces>::ReadKey() {
  if (Peek() != '"') return FailHere("a key in double quotes");
  Span span;
  std::string_view key;
  if (!ReadString(&span, &key)) return false;
  Entry& entry = entries_.emplace_back();
  entry.set_key(key);
  if constexpr (kPlaces) entry.key_span = span;
  if (Peek() != ':') return FailHere("':'");
  ++next_;
  return true;
}

// Begins the next child of the innermost container.
template <bool kPlaces>
GUARD_INLINE bool Walker<kPlaces>::Begin(Node** node) {
  if (frames_.back().is_map) {
    if (!ReadKey()) return false;
    *node = &entries_.back().value;
  } else {
    *node = &items_.emplace_back();
  }
  return true;
}

template <bool kPlaces>
GUARD_INLINE bool Walker<kPlaces>::Close(Node* node) {
  Frame& frame = frames_.back();
  node->style = NodeStyle::kFlow;
  Place(node, frame.begin, tokens_[next_] + 1);
  ++next_;
  if (frame.is_map) {
    std::span<const Entry> entries = std::span(entries_).subspan(frame.first);
    if (std::optional<DuplicateKey> duplicate = FindDuplicate(entries)) {
      const Entry& second = entries[duplicate->second];
      const Entry& first = entries[duplicate->first];
      problem_->hint.clear();
      std::string key(second.key().substr(0, 80));
      if constexpr (kPlaces) {
        std::string_view before = text_.substr(0, first.key_span.begin);
        size_t line = static_cast<size_t>(std::count(before.begin(), before.end(), '\n')) + 1;
        size_t column = CountCodePoints(before.substr(before.rfind('\n') + 1)) + 1;
        return Fail(second.key_span, "the key '" + key + "' is already set at line " + std::to_string(line) +
                                         ", column " + std::to_string(column));
      }
      return Fail({frame.begin, frame.begin + 1}, "the key '" + key + "' is set twice in this object");
    }
    Entry* copy = arena_.AllocateArray<Entry>(entries.size());
    if (!entries.empty()) std::memcpy(static_cast<void*>(copy), entries.data(), entries.size_bytes());
    node->kind = NodeKind::kMap, node->entries = copy, node->size = static_cast<uint32_t>(entries.size());
    entries_.resize(frame.first);
  } else {
    std::span<const Node> items = std::span(items_).subspan(frame.first);
    Node* copy = arena_.AllocateArray<Node>(items.size());
    if (!items.empty()) std::memcpy(static_cast<void*>(copy), items.data(), items.size_bytes());
    node->kind = NodeKind::kList, node->items = copy, node->size = static_cast<uint32_t>(items.size());
    items_.resize(frame.first);
  }
  frames_.pop_back();
  return true;
}

// A value is read into its place on a stack: the last entry or item there, since what it holds has left the
// stack by the time it is complete.
template <bool kPlaces>
bool Walker<kPlaces>::ReadValue(Node* root) {
  Node* node = root;
  while (true) {
    char c = Peek();
    if (c == '{' || c == '[') {
      if (frames_.size() >= limits_.depth)
        return Fail({place(), place() + 1},
                    "nested deeper than " + std::to_string(limits_.depth) + " levels");
      Frame& frame = frames_.emplace_back();
      frame.begin = tokens_[next_++];
      frame.is_map = c == '{';
      frame.first = static_cast<uint32_t>(frame.is_map ? entries_.size() : items_.size());
      if (Peek() != (frame.is_map ? '}' : ']')) {
        if (!Begin(&node)) return false;
        continue;
      }
    } else {
      if (!ReadScalar(node)) return false;
      if (frames_.empty()) return true;
      if (Peek() == ',') {
        ++next_;
        if (!Begin(&node)) return false;
        continue;
      }
    }
    // A container ends here, and perhaps those around it.
    while (true) {
      char close = frames_.back().is_map ? '}' : ']';
      if (Peek() != close) return FailHere(close == '}' ? "',' or '}'" : "',' or ']'");
      Node complete;
      if (!Close(&complete)) return false;
      if (frames_.empty()) {
        *root = complete;
        return true;
      }
      *(frames_.back().is_map ? &entries_.back().value : &items_.back()) = complete;
      if (Peek() != ',') continue;
      ++next_;
      if (!Begin(&node)) return false;
      break;
    }
  }
}

}  // namespace

struct JsonReader::State {
  std::unique_ptr<simdjson::internal::dom_parser_implementation> tokens;
  Stacks stacks;

  bool FindTokens(std::string_view text, Problem* problem);
  template <bool kPlaces>
  bool Walk(std::string_view text, Arena& arena, const ReadLimits& limits, std::vector<Document>* documents,
            Problem* problem);
};

bool JsonReader::State::FindTokens(std::string_view text, Problem* problem) {
  if (tokens == nullptr || tokens->capacity() <= text.size()) {
    size_t capacity = std::max<size_t>(text.size() + text.size() / 2, 4096);
    tokens.reset();
    if (simdjson::get_active_implementation()->create_dom_parser_implementation(capacity, 1, tokens) !=
        simdjson::SUCCESS) {
      *problem = {{}, "out of memory while reading JSON", ""};
      return false;
    }
  }
  simdjson::error_code error = tokens->stage1(reinterpret_cast<const uint8_t*>(text.data()), text.size(),
                                              simdjson::stage1_mode::regular);
  if (error == simdjson::EMPTY) {
    *problem = {{}, "expected a value, but the text is empty", ""};
  } else if (error != simdjson::SUCCESS) {
    *problem = FindTextProblem(text);
  }
  return error == simdjson::SUCCESS;
}

template <bool kPlaces>
bool JsonReader::State::Walk(std::string_view text, Arena& arena, const ReadLimits& limits,
                             std::vector<Document>* documents, Problem* problem) {
  size_t mark = text.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0;
  std::string_view body = text.substr(mark);
  auto shift = [&](Span* span) {
    span->begin += static_cast<uint32_t>(mark), span->end += static_cast<uint32_t>(mark);
  };
  if (!FindTokens(body, problem)) return shift(&problem->span), false;
  // Only offsets into `text` may reach the nodes.
  if (mark != 0)
    for (uint32_t i = 0; i <= tokens->n_structural_indexes; ++i)
      tokens->structural_indexes[i] += static_cast<uint32_t>(mark);
  std::span<const uint32_t> found(tokens->structural_indexes.get(), tokens->n_structural_indexes);
  Walker<kPlaces> walker(text, found, stacks, arena, limits, problem);
  do {
    uint32_t index = static_cast<uint32_t>(documents->size());
    uint32_t at = walker.place();
    if (index >= limits.documents)
      return walker.Fail({at, at},
                         "more than " + std::to_string(limits.documents) + " documents in one file");
    Document document{Node(), index};
    if (!walker.ReadValue(&document.root)) return false;
    documents->push_back(document);
    if (!kPlaces && !walker.done()) {
      at = walker.place();
      return walker.Fail({at, at + 1}, "something follows the value");
    }
  } while (!walker.done());
  return true;
}

JsonReader::JsonReader() : state_(std::make_unique<State>()) {}
JsonReader::~JsonReader() = default;
JsonReader::JsonReader(JsonReader&&) noexcept = default;
JsonReader& JsonReader::operator=(JsonReader&&) noexcept = default;

Documents JsonReader::Read(const Source& source, const ReadLimits& limits) {
  Documents documents(source);
  Result<void> text = CheckText(source);
  Problem problem;
  if (!text) {
    documents.error = std::move(text.error());
  } else if (!state_->Walk<true>(source.text(), documents.arena, limits, &documents.all, &problem)) {
    documents.error = source.ErrorAt(problem.span, std::move(problem.message), std::move(problem.hint));
  }
  return documents;
}

Result<Node> JsonReader::ReadValues(std::string_view text, Arena& arena, const ReadLimits& limits) {
  if (text.size() > kLargestSource)
    return Fail("the text is larger than " + std::to_string(kLargestSource >> 20) + " MiB");
  char* copy = arena.AllocateArray<char>(text.size() + 1);
  if (!text.empty()) std::memcpy(copy, text.data(), text.size());
  copy[text.size()] = '\0';
  Problem problem;
  std::vector<Document> documents;
  if (state_->Walk<false>({copy, text.size()}, arena, limits, &documents, &problem)) return documents[0].root;
  Source source("", std::string(text));
  return Fail(source.ErrorAt(problem.span, std::move(problem.message), std::move(problem.hint)));
}

Documents ReadJson(const Source& source, const ReadLimits& limits) {
  return JsonReader().Read(source, limits);
}

Result<Node> ReadJsonValues(std::string_view text, Arena& arena, const ReadLimits& limits) {
  return JsonReader().ReadValues(text, arena, limits);
}

}  // namespace guard
