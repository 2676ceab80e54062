// guard.buildTool and guard.buildsImages: which containers build images, by the table in
// policies/base/build_tools.h.
//
// Both take whatever has an `image`, `command` or `args`: a container of a pod, and later a job or a service.
// They never fail: what has another shape builds nothing, and is other guardrails' business.
//
// Tested by tests/unit/engine/lib_guard_builds_test.cc.
#include "policies/base/build_tools.h"
#include "policies/cel/program.h"
#include "policies/engine/lib_guard.h"

namespace guard {

namespace {

using cel::Evaluation;
using cel::Tag;
using cel::Value;

struct Key {
  std::string_view name;
  uint32_t hash;
  explicit constexpr Key(std::string_view key) : name(key), hash(KeyHash(key)) {}
};
constexpr Key kImage("image"), kCommand("command"), kArgs("args"), kContainers("containers");

Value FieldOf(const Value& map, const Key& key) { return MapFind(map, key.name, key.hash); }

// What was looked at is charged as text is elsewhere: a tenth of its bytes.
bool ChargeFor(Evaluation& ev, std::string_view text) { return ev.Charge(text.size() / 10); }

std::string_view ToolOf(Evaluation& ev, const Value& container) {
  Value image = container.is(Tag::kMap) ? FieldOf(container, kImage) : container;
  if (!image.is(Tag::kString) || !ChargeFor(ev, image.string())) return {};
  return BuildToolOf(image.string());
}

// Feeds the words of a list, or one that stands alone.
bool Feed(Evaluation& ev, const Value& words, BuildCommandScanner& scanner) {
  if (words.is(Tag::kString)) return ChargeFor(ev, words.string()) && scanner.Feed(words.string());
  if (!words.is(Tag::kList)) return false;
  for (uint32_t i = 0; i < words.size; ++i) {
    Value word = ListAt(words, i);
    if (!word.is(Tag::kString)) continue;
    if (!ChargeFor(ev, word.string())) return false;
    if (scanner.Feed(word.string())) return true;
  }
  return false;
}

// Whether our own image is there only to install itself or to answer for a daemon that is gone, as steering
// leaves it in pods.
bool IsHelper(Evaluation& ev, const Value& container) {
  bool program = false;
  for (const Key* key : {&kCommand, &kArgs}) {
    Value words = FieldOf(container, *key);
    for (uint32_t i = 0; words.is(Tag::kList) && i < words.size; ++i) {
      Value word = ListAt(words, i);
      if (!word.is(Tag::kString) || !ChargeFor(ev, word.string())) return false;
      if (program && (word.string() == "install" || word.string() == "stand-in")) return true;
      // Tekton writes its own -- between a program and its arguments.
      if (word.string() != "--") program = word.string() == "rootless-builder";
    }
  }
  return false;
}

bool Builds(Evaluation& ev, const Value& container) {
  if (!container.is(Tag::kMap)) return false;
  std::string_view tool = ToolOf(ev, container);
  if (tool == "rootless-builder" && IsHelper(ev, container)) return false;
  if (!tool.empty()) return true;
  BuildCommandScanner scanner;
  return Feed(ev, FieldOf(container, kCommand), scanner) || Feed(ev, FieldOf(container, kArgs), scanner);
}

// The tool that a container's image, or an image, is made for building images with; else "".
Value BuildTool(Evaluation& ev, const Value* args, uint32_t) {
  std::string_view tool = ToolOf(ev, args[0]);
  return ev.Charge(0) ? Value::String(tool) : ev.OverCost();
}

// Whether a container builds images, by its image, its command or its args; whether a container of a pod
// does.
Value BuildsImages(Evaluation& ev, const Value* args, uint32_t) {
  bool builds = false;
  Value containers = args[0].is(Tag::kMap) ? FieldOf(args[0], kContainers) : Value();
  if (containers.is(Tag::kList))
    for (uint32_t i = 0; i < containers.size && !builds; ++i) builds = Builds(ev, ListAt(containers, i));
  else
    builds = Builds(ev, args[0]);
  return ev.Charge(0) ? Value::Bool(builds) : ev.OverCost();
}

}  // namespace

void RegisterBuildTools(cel::Environment& env) {
  struct Row {
    const char* function;
    const cel::Type* result;
    cel::FunctionImpl impl;
  };
  const Row rows[] = {
      {"guard.buildTool", &cel::kStringType, BuildTool},
      {"guard.buildsImages", &cel::kBoolType, BuildsImages},
  };
  for (const Row& row : rows) {
    cel::Overload overload;
    overload.function = row.function;
    overload.id = std::string(row.function) + "_dyn";
    overload.params = {&cel::kDynType};
    overload.result = row.result;
    overload.impl = row.impl;
    env.Add(std::move(overload));
  }
}

}  // namespace guard
