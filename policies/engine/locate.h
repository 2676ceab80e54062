// Where in its document a node of a subject stands.
#pragma once

#include <string>
#include <unordered_map>

#include "policies/engine/subject.h"

namespace guard {

// Paths of nodes of one subject. Nodes are found by identity, so it works for documents without spans too.
class Locator {
 public:
  explicit Locator(const Subject& subject) : subject_(subject) {}

  // The path of a node of the subject's `value` or `object` below the document's root; empty when it is
  // nowhere in the document.
  std::string PathTo(const Node* node);

 private:
  struct Place {
    const Node* parent;
    const Entry* entry;  // or
    uint32_t index;
  };

  bool Search(const Node& from, const Node* target, uint32_t* left, std::string* path) const;
  void Index();
  std::string Indexed(const Node* node) const;

  const Subject& subject_;
  uint32_t asked_ = 0;
  bool indexed_ = false;
  std::unordered_map<const Node*, Place> places_;
};

}  // namespace guard
