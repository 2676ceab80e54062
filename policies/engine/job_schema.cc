// Tested by the examples of the pack ci-builds (packs_test.cc).
#include "policies/engine/job_schema.h"

namespace guard {

const cel::Type* JobType(cel::TypePool& pool) {
  const cel::Type* text = &cel::kStringType;
  const cel::Type* texts = pool.List(text);
  cel::Type* pair = pool.Object("ci.Pair");
  pair->fields = {{"name", text}, {"value", text}};
  cel::Type* service = pool.Object("ci.Service");
  service->fields = {{"image", text}, {"alias", text}, {"command", text}};
  cel::Type* job = pool.Object("ci.Job");
  job->fields = {{"name", text},
                 {"system", text},
                 {"image", text},
                 {"user", text},
                 {"services", pool.List(service)},
                 {"variables", pool.List(pair)},
                 {"commands", texts},
                 {"tags", texts},
                 {"unread", texts}};
  return job;
}

}  // namespace guard
