// Any bytes as YAML under each schema: what comes out is a tree whose spans, paths and strings hold together.
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

void CheckNode(const Node& root, const Node& node, const Node* parent, const Source& source, int* budget) {
  if (--*budget < 0) return;
  Check(node.span.begin <= node.span.end && node.span.end <= source.text().size());
  bool shared = node.has(NodeFlag::kAliased) || (parent != nullptr && parent->has(NodeFlag::kAliased));
  if (parent != nullptr && !shared) Check(parent->span.contains(node.span));
  if (node.is_string()) {
    Check(FindInvalidUtf8(node.string()) == std::string_view::npos);
    for (uint32_t offset = 0; offset <= node.size; offset += 1 + node.size / 7) {
      uint32_t at = SourceOffset(source, node, offset);
      Check(shared || (node.span.begin <= at && at <= node.span.end));
    }
  }
  if (*budget % 16 == 0) {
    bool found = false;
    const Node* again = Walk(root, PathOf(root, node), &found);
    Check(found && again->kind == node.kind && again->size == node.size);
  }
  for (const Entry& entry : node.map()) {
    Check(entry.key_span.begin <= entry.key_span.end && entry.key_span.end <= source.text().size());
    const Node* found = node.Find(entry.key());
    Check(found == &entry.value);  // no key is there twice
    CheckNode(root, entry.value, &node, source, budget);
  }
  for (const Node& item : node.list()) CheckNode(root, item, &node, source, budget);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0 || size > 1 << 16) return 0;
  YamlSchema schema = static_cast<YamlSchema>(data[0] % 3);
  Source source("fuzz", std::string(reinterpret_cast<const char*>(data) + 1, size - 1));
  ReadLimits limits;
  limits.alias_nodes = 2000;
  Documents read = ReadYaml(source, schema, limits);
  for (const Document& document : read.all) {
    int budget = 3000;
    CheckNode(document.root, document.root, nullptr, source, &budget);
  }
  if (!read.all.empty()) Dump(read.all[0].root, source);
  if (read.error) Check(!Render(*read.error).empty() && !read.error->message.empty());
  return 0;
}
