// CEL's static types: what the checker infers and what declarations promise.
//
// Types are immutable and interned in a TypePool: within one pool two structurally equal types are the same
// pointer, except objects, which are nominal (one per name). The simple types below are shared by all pools.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace guard::cel {

enum class TypeKind : uint8_t {
  kDyn,
  kNull,
  kBool,
  kInt,
  kUint,
  kDouble,
  kString,
  kBytes,
  kTimestamp,
  kDuration,
  kList,      // params: element
  kMap,       // params: key, value
  kType,      // params: the type it denotes
  kOptional,  // params: the value
  kOpaque,    // name tells which: kubernetes.Quantity, net.IP ...; may have params
  kObject,    // a map with known fields
  kParam,     // a type parameter of a declaration: T
  kError,     // what a failed check leaves behind; agrees with everything, so that one mistake is one message
};

struct Type {
  TypeKind kind = TypeKind::kDyn;
  std::string name;  // as CEL prints it: "int", "google.protobuf.Timestamp", "net.IP", "T", "Pod"
  std::vector<const Type*> params;
  // kObject: fields by name. An open object allows others, of type dyn (a Kubernetes object whose schema we
  // know in part); selecting an unknown field of a closed one is a load error with a did-you-mean.
  std::map<std::string, const Type*, std::less<>> fields;
  bool open = false;
};

extern const Type kDynType, kNullType, kBoolType, kIntType, kUintType, kDoubleType, kStringType, kBytesType,
    kTimestampType, kDurationType, kErrorType;

class TypePool {
 public:
  TypePool() = default;
  TypePool(const TypePool&) = delete;
  TypePool& operator=(const TypePool&) = delete;

  const Type* List(const Type* element);
  const Type* Map(const Type* key, const Type* value);
  const Type* TypeOf(const Type* denoted);
  const Type* Optional(const Type* value);
  const Type* Opaque(std::string_view name, std::vector<const Type*> params = {});
  const Type* Param(std::string_view name);
  // A new object type to fill in; objects may refer to themselves, which is why it is mutable once.
  Type* Object(std::string_view name, bool open = false);

 private:
  const Type* Intern(Type type);
  std::deque<Type> all_;
  std::map<std::string, const Type*> by_text_;
};

// "list(map(string, dyn))", as cel-go prints types in errors.
std::string ToString(const Type& type);

}  // namespace guard::cel
