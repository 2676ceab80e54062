// JSON written as it goes: reports are streams, and a tree of the whole run is what they must not hold.
#pragma once

#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>

namespace guard {

// Appends a JSON string literal. Bytes that are no UTF-8 (file names may hold any) become U+FFFD.
void AppendJsonString(std::string* out, std::string_view text);

// Objects and arrays with their commas. Key and value calls append to `out`; closing is the caller's promise.
class JsonText {
 public:
  explicit JsonText(std::string* out) : out_(out) {}

  JsonText& Open(char bracket) {
    Comma();
    out_->push_back(bracket);
    first_ = true;
    return *this;
  }
  JsonText& Close(char bracket) {
    out_->push_back(bracket);
    first_ = false;
    return *this;
  }
  JsonText& Key(std::string_view key) {
    Comma();
    AppendJsonString(out_, key);
    out_->push_back(':');
    first_ = true;
    return *this;
  }
  JsonText& String(std::string_view text) {
    Comma();
    AppendJsonString(out_, text);
    return *this;
  }
  JsonText& Number(uint64_t number) {
    Comma();
    char digits[24];
    out_->append(digits, std::to_chars(digits, digits + sizeof digits, number).ptr);
    return *this;
  }
  JsonText& Bool(bool value) {
    Comma();
    out_->append(value ? "true" : "false");
    return *this;
  }
  JsonText& Field(std::string_view key, std::string_view text) { return Key(key).String(text); }
  JsonText& Field(std::string_view key, uint64_t number) { return Key(key).Number(number); }

 private:
  void Comma() {
    if (!first_) out_->push_back(',');
    first_ = false;
  }
  std::string* out_;
  bool first_ = true;
};

}  // namespace guard
