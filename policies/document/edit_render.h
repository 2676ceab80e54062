// Turns the changes of an Edit into replacements of text.
#pragma once

#include <vector>

#include "policies/document/edit.h"
#include "policies/document/edit_layout.h"

namespace guard {

class EditRenderer {
 public:
  explicit EditRenderer(const Edit& edit)
      : edit_(edit), source_(edit.source_), layout_(edit.source_, edit.root_) {}
  Result<std::vector<TextEdit>> Run();

 private:
  using Change = Edit::Change;

  // One entry or item of a container that is being changed.
  struct Child {
    const Node* node;
    const Entry* entry;  // of a map
    uint32_t index;
    uint32_t begin;  // of its key, or of its dash in a block list
    uint32_t end;    // of its value
    bool gone;
  };

  struct Tail {
    uint32_t end;
    const Node* node;
  };

  const Change* Of(const Node& node) const;
  bool IsTouched(const Node& node) const { return edit_.parents_.contains(&node) || &node == &edit_.root_; }
  bool IsOwn(const Node& map, const Entry& entry) const;
  bool HasMerge(const Node& node) const;
  bool BecomesEmpty(const Node& node) const;
  Result<std::vector<Child>> ChildrenOf(const Node& node) const;
  Tail TailOf(const Node& node) const;
  bool OwnsBlankLines(const Node& node) const;
  uint32_t BehindBlankLines(uint32_t at) const;

  Result<void> Render(const Node& node);
  Result<void> RenderBlock(const Node& node);
  Result<void> RemoveBlockRun(const Node& node, const std::vector<Child>& children, size_t first,
                              size_t last);
  Result<void> AddToBlock(const Node& node, const Change& change, const std::vector<Child>& children);
  std::string AfterColon(uint32_t end) const;
  Result<void> RenderFlow(const Node& node);
  Result<void> AddToFlow(const Node& node, const Change& change, const std::vector<Child>& children);
  Result<void> RenderValue(const Node& node, const Value& value);
  FlowLayout FlowLayoutOf(const Node& node) const;

  void Add(Span span, std::string text) { edits_.push_back({span, std::move(text)}); }
  std::unexpected<Error> Unusual(uint32_t at) const;
  Result<std::vector<TextEdit>> Sorted();

  const Edit& edit_;
  const Source& source_;
  EditLayout layout_;
  std::vector<TextEdit> edits_;
};

}  // namespace guard
