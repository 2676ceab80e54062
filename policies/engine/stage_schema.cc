// Tested by the examples of the pack dockerfile (packs_test.cc).
#include "policies/engine/stage_schema.h"

namespace guard {

const cel::Type* StageType(cel::TypePool& pool) {
  const cel::Type* text = &cel::kStringType;
  const cel::Type* texts = pool.List(text);
  cel::Type* pair = pool.Object("dockerfile.Pair");
  pair->fields = {{"name", text}, {"value", text}};
  const cel::Type* pairs = pool.List(pair);
  cel::Type* instruction = pool.Object("dockerfile.Instruction");
  instruction->fields = {{"name", text},     {"text", text},        {"flags", pairs},
                         {"words", texts},   {"pairs", pairs},      {"command", text},
                         {"sources", texts}, {"destination", text}, {"onbuild", &cel::kBoolType}};
  cel::Type* stage = pool.Object("dockerfile.Stage");
  stage->fields = {{"name", text},
                   {"index", &cel::kIntType},
                   {"target", &cel::kBoolType},
                   {"image", text},
                   {"stage", text},
                   {"base", text},
                   {"platform", text},
                   {"user", text},
                   {"stages", texts},
                   {"instructions", pool.List(instruction)}};
  return stage;
}

}  // namespace guard
