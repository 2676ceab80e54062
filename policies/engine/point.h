// Where a finding points: the node that `at` names, or the nearest that exists.
#pragma once

#include "policies/engine/evaluate.h"
#include "policies/engine/locate.h"

namespace guard {

// What `it` is, as far as it is a part of the document.
struct Item {
  const Node* node = nullptr;    // the item; of a map's entry its value
  const Entry* entry = nullptr;  // when `it` is a map's entry
};

// Pointing into one subject.
class Pointer {
 public:
  explicit Pointer(const Subject& subject) : subject_(subject), locator_(subject) {}

  // Sets the finding's span and path.
  void Point(const NodePath& at, const Item& item, Finding* finding);

 private:
  const Subject& subject_;
  Locator locator_;
};

}  // namespace guard
