// Any bytes as JSON: the reader with places and the one without agree with each other, and with simdjson's
// own parser wherever it has an opinion.
#include <simdjson.h>

#include <cstdint>
#include <cstdlib>
#include <string>

#include "policies/base/utf8.h"
#include "policies/document/document.h"

namespace {

using namespace guard;

void Check(bool holds) {
  if (!holds) std::abort();
}

void CheckEqual(const Node& a, const Node& b, const Node* parent, const Source& source) {
  Check(a.kind == b.kind && a.style == b.style && b.span == Span{});
  Check(a.span.begin < a.span.end && a.span.end <= source.text().size());
  Check(parent == nullptr || parent->span.contains(a.span));
  switch (a.kind) {
    case NodeKind::kNull: return;
    case NodeKind::kBool: Check(a.boolean == b.boolean); return;
    case NodeKind::kInt: Check(a.integer == b.integer); return;
    case NodeKind::kDouble: Check(a.real == b.real); return;
    case NodeKind::kString:
      Check(a.string() == b.string() && FindInvalidUtf8(a.string()) == std::string_view::npos);
      for (uint32_t offset = 0; offset <= a.size; ++offset) {
        uint32_t at = SourceOffset(source, a, offset);
        Check(a.span.begin <= at && at <= a.span.end);
      }
      return;
    case NodeKind::kList:
      Check(a.size == b.size);
      for (uint32_t i = 0; i < a.size; ++i) CheckEqual(a.items[i], b.items[i], &a, source);
      return;
    case NodeKind::kMap:
      Check(a.size == b.size);
      for (uint32_t i = 0; i < a.size; ++i) {
        Check(a.entries[i].key() == b.entries[i].key());
        CheckEqual(a.entries[i].value, b.entries[i].value, &a, source);
      }
  }
}

void CheckSame(const Node& node, simdjson::dom::element element) {
  using simdjson::dom::element_type;
  switch (element.type()) {
    case element_type::NULL_VALUE: Check(node.is_null()); return;
    case element_type::BOOL: Check(node.kind == NodeKind::kBool && node.boolean == bool(element)); return;
    case element_type::INT64: Check(node.kind == NodeKind::kInt && node.integer == int64_t(element)); return;
    case element_type::UINT64:
      Check(node.kind == NodeKind::kDouble && node.real == static_cast<double>(uint64_t(element)));
      return;
    case element_type::DOUBLE: Check(node.kind == NodeKind::kDouble && node.real == double(element)); return;
    case element_type::STRING: Check(node.string() == std::string_view(element)); return;
    case element_type::ARRAY: {
      uint32_t i = 0;
      for (simdjson::dom::element item : simdjson::dom::array(element)) {
        Check(i < node.list().size());
        CheckSame(node.items[i++], item);
      }
      Check(i == node.list().size());
      return;
    }
    case element_type::OBJECT: {
      uint32_t i = 0;
      for (simdjson::dom::key_value_pair field : simdjson::dom::object(element)) {
        Check(i < node.map().size() && node.entries[i].key() == field.key);
        CheckSame(node.entries[i++].value, field.value);
      }
      Check(i == node.map().size());
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size > 1 << 16) return 0;
  std::string text(reinterpret_cast<const char*>(data), size);
  Source source("fuzz", text);
  Documents read = ReadJson(source);
  Arena arena;
  Result<Node> values = ReadJsonValues(text, arena);
  Check(values.has_value() == (!read.error && read.all.size() == 1));
  if (values) CheckEqual(read.all[0].root, *values, nullptr, source);
  if (!values) Check(!Render(values.error()).empty());
  if (text.starts_with("\xEF\xBB\xBF")) return 0;

  simdjson::dom::parser parser;
  simdjson::dom::element element;
  simdjson::error_code error = parser.parse(text).get(element);
  if (values) {
    // simdjson has no integers beyond 64 bits.
    Check(error == simdjson::SUCCESS || error == simdjson::NUMBER_ERROR);
    if (error == simdjson::SUCCESS) CheckSame(*values, element);
  } else if (error == simdjson::SUCCESS) {
    const std::string& message = values.error().message;
    Check(message.find("twice") != std::string::npos || message.find("nested") != std::string::npos);
  }
  return 0;
}
