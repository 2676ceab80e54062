// The exec form: a JSON array of strings, judged as Go's encoding/json does. Anything that is no JSON is a
// shell command that happens to begin with '['. Tested by tests/unit/document/dockerfile_test.cc.
#include <cstdint>

#include "policies/base/utf8.h"
#include "policies/document/dockerfile_line.h"

namespace guard {

namespace {

constexpr uint32_t kDeepest = 1000;

class JsonReader {
 public:
  explicit JsonReader(std::string_view text) : text_(text) {}

  JsonStrings Read(std::vector<JsonString>& out) {
    bool strings = true;
    Spaces();
    if (!Take('[')) return JsonStrings::kNotJson;
    Spaces();
    if (!Take(']')) {
      do {
        Spaces();
        JsonString item;
        size_t begin = at_;
        bool is_string = at_ < text_.size() && text_[at_] == '"';
        if (is_string ? !String(&item.value) : !Value(0)) return JsonStrings::kNotJson;
        item.written = text_.substr(begin, at_ - begin);
        strings = strings && is_string;
        if (is_string) out.push_back(std::move(item));
        Spaces();
      } while (Take(','));
      if (!Take(']')) return JsonStrings::kNotJson;
    }
    Spaces();
    if (at_ != text_.size()) return JsonStrings::kNotJson;
    return strings ? JsonStrings::kStrings : JsonStrings::kNotStrings;
  }

 private:
  bool Take(char c) {
    if (at_ == text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  bool TakeWord(std::string_view word) {
    if (!text_.substr(at_).starts_with(word)) return false;
    at_ += word.size();
    return true;
  }
  void Spaces() {
    while (at_ < text_.size() && std::string_view(" \t\r\n").find(text_[at_]) != std::string_view::npos)
      ++at_;
  }
  bool Digits() {
    size_t begin = at_;
    while (at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9') ++at_;
    return at_ > begin;
  }

  bool Value(uint32_t depth) {
    if (depth > kDeepest || at_ == text_.size()) return false;
    switch (text_[at_]) {
      case '"': return String(nullptr);
      case '[': return Items(']', depth);
      case '{': return Items('}', depth);
      case 't': return TakeWord("true");
      case 'f': return TakeWord("false");
      case 'n': return TakeWord("null");
      default: return Number();
    }
  }

  bool Items(char close, uint32_t depth) {
    ++at_;
    Spaces();
    if (Take(close)) return true;
    do {
      Spaces();
      if (close == '}') {
        if (at_ == text_.size() || text_[at_] != '"' || !String(nullptr)) return false;
        Spaces();
        if (!Take(':')) return false;
        Spaces();
      }
      if (!Value(depth + 1)) return false;
      Spaces();
    } while (Take(','));
    return Take(close);
  }

  bool Number() {
    Take('-');
    if (!Take('0') && !Digits()) return false;
    if (Take('.') && !Digits()) return false;
    if (Take('e') || Take('E')) {
      if (!Take('+')) Take('-');
      return Digits();
    }
    return true;
  }

  bool Hex4(uint32_t& unit) {
    if (text_.size() - at_ < 4) return false;
    unit = 0;
    for (int i = 0; i < 4; ++i) {
      char c = text_[at_++];
      uint32_t digit = c >= '0' && c <= '9'   ? static_cast<uint32_t>(c - '0')
                       : c >= 'a' && c <= 'f' ? static_cast<uint32_t>(c - 'a' + 10)
                       : c >= 'A' && c <= 'F' ? static_cast<uint32_t>(c - 'A' + 10)
                                              : 16;
      if (digit == 16) return false;
      unit = unit << 4 | digit;
    }
    return true;
  }

  // What follows \u; halves of surrogate pairs that stand alone become U+FFFD.
  bool Unicode(std::string* out) {
    uint32_t unit = 0;
    if (!Hex4(unit)) return false;
    if (unit >= 0xD800 && unit < 0xDC00 && text_.substr(at_).starts_with("\\u")) {
      size_t before = at_;
      uint32_t low = 0;
      at_ += 2;
      if (!Hex4(low)) return false;
      if (low >= 0xDC00 && low < 0xE000) {
        unit = 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
      } else {
        at_ = before;
      }
    }
    if (unit >= 0xD800 && unit < 0xE000) unit = 0xFFFD;
    char bytes[4];
    if (out) out->append(bytes, EncodeUtf8(unit, bytes));
    return true;
  }

  bool String(std::string* out) {
    ++at_;
    while (at_ < text_.size()) {
      char c = text_[at_++];
      if (c == '"') return true;
      if (static_cast<unsigned char>(c) < 0x20) return false;
      if (c == '\\') {
        if (at_ == text_.size()) return false;
        c = text_[at_++];
        if (c == 'u') {
          if (!Unicode(out)) return false;
          continue;
        }
        size_t which = std::string_view("\"\\/bfnrt").find(c);
        if (which == std::string_view::npos) return false;
        c = "\"\\/\b\f\n\r\t"[which];
      }
      if (out) *out += c;
    }
    return false;
  }

  std::string_view text_;
  size_t at_ = 0;
};

}  // namespace

JsonStrings ReadJsonStrings(std::string_view text, std::vector<JsonString>& out) {
  out.clear();
  return JsonReader(text).Read(out);
}

}  // namespace guard
