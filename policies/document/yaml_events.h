// libyaml as the reader uses it: events one by one, and its character indices as byte offsets.
#pragma once

#include <yaml.h>

#include <algorithm>
#include <cstdint>
#include <string_view>

namespace guard {

inline constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

// libyaml's events, freed one by one.
class YamlEvents {
 public:
  explicit YamlEvents(std::string_view text) {
    ready_ = yaml_parser_initialize(&parser_) != 0;
    if (!ready_) return;
    yaml_parser_set_encoding(&parser_, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&parser_, reinterpret_cast<const unsigned char*>(text.data()), text.size());
  }
  ~YamlEvents() {
    Drop();
    if (ready_) yaml_parser_delete(&parser_);
  }
  YamlEvents(const YamlEvents&) = delete;
  YamlEvents& operator=(const YamlEvents&) = delete;

  // The next event, valid until the next call; nullptr on an error.
  const yaml_event_t* Next() {
    Drop();
    if (!ready_ || yaml_parser_parse(&parser_, &event_) == 0) return nullptr;
    held_ = true;
    return &event_;
  }
  const yaml_parser_t& parser() const { return parser_; }

 private:
  void Drop() {
    if (held_) yaml_event_delete(&event_);
    held_ = false;
  }
  yaml_parser_t parser_{};
  yaml_event_t event_{};
  bool ready_ = false;
  bool held_ = false;
};

// Character indices to byte offsets. Indices come nearly in order, so walking from the last one is enough.
class YamlOffsets {
 public:
  explicit YamlOffsets(std::string_view text) : text_(text) {
    base_ = text.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0;
    ascii_ =
        std::none_of(text.begin() + static_cast<ptrdiff_t>(base_), text.end(), [](char c) { return c < 0; });
    byte_ = base_;
  }
  size_t base() const { return base_; }

  uint32_t At(size_t index) {
    if (ascii_) return static_cast<uint32_t>(std::min(base_ + index, text_.size()));
    while (index_ < index && byte_ < text_.size()) {
      ++byte_;
      while (byte_ < text_.size() && IsContinuation(byte_)) ++byte_;
      ++index_;
    }
    while (index_ > index) {
      --byte_;
      while (IsContinuation(byte_)) --byte_;
      --index_;
    }
    return static_cast<uint32_t>(byte_);
  }

 private:
  bool IsContinuation(size_t at) const { return (static_cast<unsigned char>(text_[at]) & 0xC0) == 0x80; }
  std::string_view text_;
  size_t base_ = 0;
  bool ascii_ = false;
  size_t index_ = 0;
  size_t byte_ = 0;
};

}  // namespace guard
