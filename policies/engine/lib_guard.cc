// guard.*: what this project knows about paths of the node and about images, for guardrails.
//
// Tested by the examples of the packs (packs_test.cc).
#include "policies/engine/lib_guard.h"
#include "policies/base/host_path.h"
#include "policies/base/image_reference.h"
#include "policies/cel/program.h"

namespace guard {

namespace {

using cel::Evaluation;
using cel::Value;

Value RuntimeSocket(Evaluation&, const Value* args, uint32_t) {
  return Value::Bool(ReachesRuntimeSocket(args[0].string()));
}

Value HostSecrets(Evaluation&, const Value* args, uint32_t) {
  return Value::Bool(ReachesHostSecrets(args[0].string()));
}

Value Image(Evaluation& ev, const Value* args, uint32_t) {
  auto image = ParseImageReference(args[0].string(), ImageVariables::kAllow);
  if (!image) return ev.Fail(image.error().message);
  const cel::MapEntry entries[] = {
      {Value::String("registry"), ev.MakeString(image->registry)},
      {Value::String("repository"), ev.MakeString(image->repository)},
      {Value::String("name"), ev.MakeString(image->name())},
      {Value::String("tag"), ev.MakeString(image->tag)},
      {Value::String("digest"), ev.MakeString(image->digest)},
  };
  return ev.MakeMap(entries);
}

// A reference that cannot be read names no image that a node could pull, but what stands in for one (a
// template's placeholder) may still say what it is.
Value DindImage(Evaluation&, const Value* args, uint32_t) {
  // Most images have the word nowhere, and need not be read.
  std::string_view text = args[0].string();
  if (text.substr(0, text.find('@')).find("dind") == std::string_view::npos) return Value::Bool(false);
  auto image = ParseImageReference(text, ImageVariables::kAllow);
  if (!image) return Value::Bool(true);
  return Value::Bool(IsDindImage(*image));
}

uint64_t TextCost(const Value* args, uint32_t, const Value&) { return 1 + args[0].size / 10; }

}  // namespace

void RegisterGuard(cel::Environment& env) {
  RegisterBuildTools(env);
  cel::Type* image = env.types().Object("guard.Image");
  for (const char* field : {"registry", "repository", "name", "tag", "digest"})
    image->fields.emplace(field, &cel::kStringType);

  struct Row {
    const char* function;
    const cel::Type* result;
    cel::FunctionImpl impl;
  };
  const Row rows[] = {
      {"guard.reachesRuntimeSocket", &cel::kBoolType, RuntimeSocket},
      {"guard.reachesHostSecrets", &cel::kBoolType, HostSecrets},
      {"guard.image", image, Image},
      {"guard.isDindImage", &cel::kBoolType, DindImage},
  };
  for (const Row& row : rows) {
    cel::Overload overload;
    overload.function = row.function;
    overload.id = std::string(row.function) + "_string";
    overload.params = {&cel::kStringType};
    overload.result = row.result;
    overload.impl = row.impl;
    overload.cost = TextCost;
    env.Add(std::move(overload));
  }
}

}  // namespace guard
