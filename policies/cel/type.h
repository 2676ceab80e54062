// CEL's static types: what the checker infers and what declarations promise.
//
// Types are immutable and interned in a TypePool: within one pool two structurally equal types are the same
// pointer, except objects, which are nominal (one per name). The simple types below are shared by all pools.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <unordered_set>
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
  bool generic = false;  // a type parameter occurs in it (TypePool keeps this)
  uint32_t variable =
      0;  // kParam: the checker's inference variable of this number; 0 is a declaration's own T
};

// Structural equality; objects and opaque types by name.
bool Same(const Type& a, const Type& b);

extern const Type kDynType, kNullType, kBoolType, kIntType, kUintType, kDoubleType, kStringType, kBytesType,
    kTimestampType, kDurationType, kErrorType;

class TypePool {
 public:
  // What the parent already has is not made again; it outlives this pool and does not grow any more.
  explicit TypePool(const TypePool* parent = nullptr) : parent_(parent) {}
  TypePool(const TypePool&) = delete;
  TypePool& operator=(const TypePool&) = delete;

  const Type* List(const Type* element);
  const Type* Map(const Type* key, const Type* value);
  const Type* TypeOf(const Type* denoted);
  const Type* Optional(const Type* value);
  const Type* Opaque(std::string_view name, std::vector<const Type*> params = {});
  const Type* Param(std::string_view name);
  const Type* Variable(uint32_t number);  // an inference variable, numbered from 1
  // A new object type to fill in; objects may refer to themselves, which is why it is mutable once.
  Type* Object(std::string_view name, bool open = false);

 private:
  struct Hash {
    size_t operator()(const Type* type) const;
  };
  struct Equal {
    bool operator()(const Type* a, const Type* b) const;
  };

  const Type* Intern(Type type);
  const Type* Find(const Type& type) const;

  const TypePool* parent_;
  std::deque<Type> all_;
  std::unordered_set<const Type*, Hash, Equal> interned_;
};

// "list(map(string, dyn))", as cel-go prints types in errors; cut where it gets absurdly long.
std::string ToString(const Type& type);

}  // namespace guard::cel
