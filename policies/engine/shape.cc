// Tested by tests/unit/engine/shape_test.cc.
#include "policies/engine/shape.h"

#include <cmath>

namespace guard {

using cel::TypeKind;

Shape::Shape(const cel::Type* type) {
  forms_.emplace_back();  // kAny
  std::map<const cel::Type*, uint16_t> known;
  root_ = FormOf(type, &known);
}

uint16_t Shape::FormOf(const cel::Type* type, std::map<const cel::Type*, uint16_t>* known) {
  if (type->kind == TypeKind::kDyn) return 0;
  auto [place, is_new] = known->emplace(type, static_cast<uint16_t>(forms_.size()));
  if (!is_new) return place->second;
  uint16_t number = place->second;
  forms_.emplace_back();
  Form form;
  switch (type->kind) {
    case TypeKind::kString: form.kind = Kind::kString; break;
    case TypeKind::kInt: form.kind = Kind::kInt; break;
    case TypeKind::kBool: form.kind = Kind::kBool; break;
    case TypeKind::kList: form.kind = Kind::kList, form.element = FormOf(type->params[0], known); break;
    case TypeKind::kMap: form.kind = Kind::kMap, form.element = FormOf(type->params[1], known); break;
    case TypeKind::kObject: {
      std::vector<Field> fields;
      for (const auto& [name, field] : type->fields)
        if (uint16_t of = FormOf(field, known)) fields.push_back({KeyHash(name), of});
      uint32_t slots = 4;
      while (slots < fields.size() * 2) slots *= 2;
      form.kind = Kind::kObject, form.first = static_cast<uint32_t>(fields_.size()), form.mask = slots - 1;
      fields_.resize(fields_.size() + slots);
      for (const Field& field : fields) {
        uint32_t at = field.hash & form.mask;
        while (fields_[form.first + at].form != 0) at = (at + 1) & form.mask;
        fields_[form.first + at] = field;
      }
      break;
    }
    default: break;
  }
  forms_[number] = form;
  return number;
}

void Shape::Check(const Node& node, std::vector<Misfit>* misfits) const {
  Check(forms_[root_], node, nullptr, 0, misfits);
}

void Shape::Check(const Form& form, const Node& node, const Entry* entry, uint32_t field,
                  std::vector<Misfit>* misfits) const {
  auto fits = [&](bool does, std::string_view belongs) {
    if (!does && !node.is_null()) misfits->push_back({&node, entry, field, belongs});
    return does;
  };
  switch (form.kind) {
    case Kind::kAny: return;
    case Kind::kString: fits(node.is_string(), "a string"); return;
    case Kind::kBool: fits(node.kind == NodeKind::kBool, "true or false"); return;
    case Kind::kInt:
      // 1e3 and 1000.0 are the number 1000 to Kubernetes.
      fits(node.kind == NodeKind::kInt ||
               (node.kind == NodeKind::kDouble && node.real == std::trunc(node.real)),
           "a whole number");
      return;
    case Kind::kList:
      if (fits(node.is_list(), "a list"))
        for (const Node& item : node.list()) Check(forms_[form.element], item, nullptr, field, misfits);
      return;
    case Kind::kMap:
      if (fits(node.is_map(), "a map") && form.element != 0)
        for (const Entry& each : node.map()) Check(forms_[form.element], each.value, &each, field, misfits);
      return;
    case Kind::kObject: break;
  }
  if (!fits(node.is_map(), "a map")) return;
  for (const Entry& each : node.map()) {
    for (uint32_t at = each.key_hash & form.mask;; at = (at + 1) & form.mask) {
      const Field& known = fields_[form.first + at];
      if (known.form == 0) break;
      if (known.hash != each.key_hash) continue;
      const Form& wanted = forms_[known.form];
      bool plain_string = wanted.kind == Kind::kString && each.value.is_string();  // most fields are
      if (!plain_string) Check(wanted, each.value, &each, each.key_hash, misfits);
      break;
    }
  }
}

}  // namespace guard
