// The declarations that the checker's tests share.
#pragma once

#include <string>
#include <string_view>

#include "policies/cel/environment.h"

namespace guard::cel {

inline void DeclareForTests(Environment& env) {
  TypePool& types = env.types();
  env.Declare("b", &kBoolType);
  env.Declare("i", &kIntType);
  env.Declare("u", &kUintType);
  env.Declare("d", &kDoubleType);
  env.Declare("s", &kStringType);
  env.Declare("t", &kTimestampType);
  env.Declare("span", &kDurationType);
  env.Declare("any", &kDynType);
  env.Declare("ints", types.List(&kIntType));
  env.Declare("anys", types.List(&kDynType));
  env.Declare("labels", types.Map(&kStringType, &kStringType));
  env.Declare("maybe", types.Optional(&kIntType));
  env.Declare("maybe_labels", types.Optional(types.Map(&kStringType, &kStringType)));

  Type* container = types.Object("Container");
  container->fields["image"] = &kStringType;
  container->fields["privileged"] = &kBoolType;
  Type* pod = types.Object("Pod");
  pod->fields["name"] = &kStringType;
  pod->fields["containers"] = types.List(container);
  pod->fields["labels"] = types.Map(&kStringType, &kStringType);
  pod->fields["owner"] = pod;
  env.Declare("pod", pod);
  Type* resource = types.Object("Resource", true);
  resource->fields["kind"] = &kStringType;
  env.Declare("resource", resource);
  env.Declare("variables.replicas", &kIntType);

  env.AddConstant("Level.HIGH", Value::Int(3));
  const Type *x = types.Param("X"), *y = types.Param("Y");
  env.Add({"test.pair", "pair", false, {x, y}, types.Opaque("pair", {x, y})});
  env.Add({"test.twins", "twins", false, {types.Opaque("pair", {x, x})}, x});
  env.Add({"test.f", "f_int", false, {&kIntType}, &kIntType});
  env.Add({"test.f", "f_string", false, {&kStringType}, &kStringType});
  env.Add({"scale", "int_scale", true, {&kIntType, &kIntType}, &kIntType});
}

}  // namespace guard::cel
