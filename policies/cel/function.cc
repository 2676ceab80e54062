// What dynamic dispatch asks of a value.
// Tested by tests/unit/cel/function_test.cc.
#include "policies/cel/function.h"

namespace guard::cel {

// As cel-go does, the element type of a list or map is judged by its first element.
bool Accepts(const Type& type, const Value& value) {
  switch (type.kind) {
    case TypeKind::kDyn:
    case TypeKind::kParam:
    case TypeKind::kError: return true;
    case TypeKind::kNull: return value.is(Tag::kNull);
    case TypeKind::kBool: return value.is(Tag::kBool);
    case TypeKind::kInt: return value.is(Tag::kInt);
    case TypeKind::kUint: return value.is(Tag::kUint);
    case TypeKind::kDouble: return value.is(Tag::kDouble);
    case TypeKind::kString: return value.is(Tag::kString);
    case TypeKind::kBytes: return value.is(Tag::kBytes);
    case TypeKind::kTimestamp: return value.is(Tag::kTimestamp);
    case TypeKind::kDuration: return value.is(Tag::kDuration);
    case TypeKind::kType: return value.is(Tag::kType);
    case TypeKind::kObject: return value.is(Tag::kMap);
    case TypeKind::kOptional:
      return value.is(Tag::kOptional) &&
             (value.optional == nullptr || Accepts(*type.params[0], *value.optional));
    case TypeKind::kOpaque: return value.is(Tag::kOpaque) && type.name == value.opaque->cls->type_name;
    case TypeKind::kList:
      if (!value.is(Tag::kList)) return false;
      if (type.params[0]->kind == TypeKind::kDyn || type.params[0]->kind == TypeKind::kParam ||
          value.size == 0)
        return true;
      return Accepts(*type.params[0], ListAt(value, 0));
    case TypeKind::kMap: {
      if (!value.is(Tag::kMap)) return false;
      auto any = [](const Type* param) {
        return param->kind == TypeKind::kDyn || param->kind == TypeKind::kParam;
      };
      if (value.size == 0 || (any(type.params[0]) && any(type.params[1]))) return true;
      MapEntry first = MapAt(value, 0);
      return Accepts(*type.params[0], first.key) && Accepts(*type.params[1], first.value);
    }
  }
  return false;
}

}  // namespace guard::cel
