// Any text that compiles, evaluated over a small document in both dialects, checked and not: no crash, no
// leak, bounded time and memory. The fast comprehensions and the plain ones must give the same value for the
// same cost.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "policies/cel/environment.h"
#include "policies/cel/json_values.h"
#include "policies/cel/program.h"
#include "policies/document/document.h"

using namespace guard;
using namespace guard::cel;

namespace {

constexpr uint64_t kCostLimit = 20'000;

constexpr std::string_view kVariables = R"({
  "pod": {"metadata": {"name": "web", "labels": {"app": "x", "tier": "y"}, "annotations": {}},
          "spec": {"containers": [{"name": "a", "image": "nginx:1", "securityContext": {"privileged": true}},
                                  {"name": "b", "image": "redis", "ports": [{"containerPort": 80}]}],
                   "hostNetwork": true, "priority": null, "share": 0.5}},
  "l": [1, 2, 3, 4], "m": {"a": 1, "b": [2]}, "s": "text \u00e9", "i": 2, "b": true, "n": null
})";

class World {
 public:
  explicit World(Dialect dialect) : env_(dialect), lazy_env_(env_, nullptr) {
    root_ = *ReadJsonValues(kVariables, arena_);
    for (const Entry& entry : root_.map()) env_.Declare(entry.key(), &kDynType);
    slot_ = lazy_env_.Declare("v", &kDynType);
    lazy_ = *Compile("[i].map(x, x + l.size())", lazy_env_);
  }

  void Try(std::string_view text, bool check) {
    auto fast = Compile(text, lazy_env_, {.check = check});
    if (!fast) return;
    auto plain = Compile(text, lazy_env_, {.check = check, .plain_folds = true});
    std::string a = Evaluate(*fast);
    uint64_t cost = ev_.cost();
    bool over = ev_.over_cost();
    std::string b = Evaluate(*plain);
    if (over || ev_.over_cost()) return;
    bool failed = a.starts_with("error: ");
    if (a == b && (failed || cost == ev_.cost())) return;
    std::fprintf(stderr, "%s (%lu)\n%s (%lu)\n", a.c_str(), cost, b.c_str(), ev_.cost());
    std::abort();
  }

 private:
  std::string Evaluate(const Program& program) {
    ev_.Reset();
    for (uint32_t i = 0; i < root_.size; ++i) ev_.Bind(i, Value::Of(root_.entries[i].value));
    ev_.BindLazy(slot_, &lazy_);
    Value value = ev_.Run(program, kCostLimit);
    if (!value.is_error()) static_cast<void>(WriteTypedValue(value));
    return ToString(value);
  }

  Arena arena_;
  Node root_;
  Environment env_, lazy_env_;
  Program lazy_;
  Evaluation ev_;
  uint32_t slot_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static World* standard = new World(Dialect::kStandard);
  static World* kubernetes = new World(Dialect::kKubernetes);
  std::string_view text(reinterpret_cast<const char*>(data), size);
  if (text.starts_with('{')) RunBatchLine(text);
  standard->Try(text, true);
  standard->Try(text, false);
  kubernetes->Try(text, true);
  return 0;
}
