// Whether a document has the shapes that a type promises.
//
// CEL's optional selection finds nothing in a string as in a map without the key, so a guardrail could pass a
// pod whose securityContext is a text. Kubernetes refuses such a pod; here it is what cannot be evaluated.
#pragma once

#include <cstdint>
#include <map>
#include <string_view>
#include <vector>

#include "policies/cel/type.h"
#include "policies/document/node.h"

namespace guard {

// A value that is not what its field promises.
struct Misfit {
  const Node* node = nullptr;
  const Entry* entry = nullptr;  // whose value it is; nullptr for an item of a list
  uint32_t field_hash = 0;       // of the field that it is, or is in
  std::string_view belongs;      // what belongs there: "a map"
};

// Made once from a type and asked for every subject, so it is a flat table of hashes.
class Shape {
 public:
  explicit Shape(const cel::Type* type);

  // Appends what does not fit. Unknown keys fit; so does null.
  void Check(const Node& node, std::vector<Misfit>* misfits) const;

 private:
  enum class Kind : uint8_t { kAny, kString, kInt, kBool, kList, kMap, kObject };
  struct Form {
    Kind kind = Kind::kAny;
    uint16_t element = 0;  // kList, kMap
    uint32_t first = 0;    // kObject: its slots in fields_, a power of two of them
    uint32_t mask = 0;
  };
  struct Field {
    uint32_t hash = 0;
    uint16_t form = 0;  // 0: an empty slot; the first form is kAny, which needs no check
  };

  uint16_t FormOf(const cel::Type* type, std::map<const cel::Type*, uint16_t>* known);
  void Check(const Form& form, const Node& node, const Entry* entry, uint32_t field,
             std::vector<Misfit>* misfits) const;

  std::vector<Form> forms_;
  std::vector<Field> fields_;
  uint16_t root_ = 0;
};

}  // namespace guard
