// The checker and name resolution on any text that parses: no crash, bounded time, in both dialects.
#include <cstdint>
#include <string_view>

#include "policies/cel/environment.h"
#include "policies/cel/parser.h"

using namespace guard::cel;

namespace {

struct World {
  explicit World(Dialect dialect) : env(dialect) {
    TypePool& types = env.types();
    Type* pod = types.Object("Pod");
    pod->fields["name"] = &kStringType;
    pod->fields["owner"] = pod;
    env.Declare("p", pod);
    env.Declare("r", types.Object("Resource", true));
    env.Declare("i", &kIntType);
    env.Declare("a", &kDynType);
    env.Declare("m", types.Map(&kStringType, types.List(&kIntType)));
    env.Declare("o", types.Optional(types.Map(&kStringType, &kDynType)));
    env.Declare("x.y", &kDurationType);
    env.Declare("x.y.z", &kTimestampType);
    env.set_container("x.y");
  }
  Environment env;
};

void Run(const World& world, std::string_view text) {
  auto parsed = Parse(text, world.env.parse_options());
  if (!parsed) return;
  TypePool types;
  for (const Issue& issue : Check(**parsed, world.env, types))
    if (issue.span.end > text.size() || issue.span.begin > issue.span.end) __builtin_trap();
  Print(*(*parsed)->root);
  parsed = Parse(text, world.env.parse_options());
  ResolveNames(**parsed, world.env);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const World* standard = new World(Dialect::kStandard);
  static const World* kubernetes = new World(Dialect::kKubernetes);
  std::string_view text(reinterpret_cast<const char*>(data), size);
  Run(*standard, text);
  Run(*kubernetes, text);
  return 0;
}
