// What guardrails of each kind of subject may name in their expressions.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "policies/cel/environment.h"
#include "policies/engine/shape.h"
#include "policies/engine/subject.h"

namespace guard {

// Environments are made at the first question and live as long as this does.
class SubjectEnvironments {
 public:
  struct Kind {
    std::unique_ptr<cel::Environment> environment;
    uint32_t subject_slot = 0;  // `pod`, `resource` ...
    uint32_t object_slot = 0;   // `object`
    const cel::Type* subject_type = nullptr;
    std::unique_ptr<Shape> shape;  // of subject_type, when it says anything
  };

  // Kinds that guardrails may be about.
  static bool Has(SubjectKind kind);
  static std::vector<std::string_view> Names();

  const Kind& Get(SubjectKind kind);
  // What Get has made; nullptr when nobody has asked.
  const Kind* Find(SubjectKind kind) const {
    const Kind& known = kinds_[static_cast<size_t>(kind)];
    return known.environment ? &known : nullptr;
  }

 private:
  std::unique_ptr<cel::Environment> base_;
  std::array<Kind, kSubjectKinds> kinds_;
};

}  // namespace guard
