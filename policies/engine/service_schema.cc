// Tested by the examples of the pack compose (packs_test.cc).
#include "policies/engine/service_schema.h"

namespace guard {

const cel::Type* ServiceType(cel::TypePool& pool) {
  const cel::Type* text = &cel::kStringType;
  const cel::Type* truth = &cel::kBoolType;
  const cel::Type* texts = pool.List(text);
  cel::Type* pair = pool.Object("compose.Pair");
  pair->fields = {{"name", text}, {"value", text}};
  const cel::Type* pairs = pool.List(pair);
  cel::Type* mount = pool.Object("compose.Mount");
  mount->fields = {{"type", text}, {"source", text}, {"target", text}};
  cel::Type* build = pool.Object("compose.Build");
  build->fields = {{"privileged", truth}, {"network", text}, {"entitlements", texts}};
  cel::Type* service = pool.Object("compose.Service");
  service->fields = {{"name", text},
                     {"image", text},
                     {"user", text},
                     {"privileged", truth},
                     {"use_api_socket", truth},
                     {"namespaces", pairs},
                     {"capabilities", texts},
                     {"security_options", texts},
                     {"devices", texts},
                     {"groups", texts},
                     {"mounts", pool.List(mount)},
                     {"variables", pairs},
                     {"build", build},
                     {"unread", texts}};
  return service;
}

}  // namespace guard
