// Runs a plan: the one place where the sandbox, layers, the store and registries meet.
//
// Every step has two keys. The first says what was asked for: the steps before it, its own text, the content
// it copies. The second says what it works on: the layers below it, its text, the content. A step whose first
// or second key is known is not run; so a stage that was built again with the same result costs nothing to
// those that copy from it.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "rootless-builder/build/context.h"
#include "rootless-builder/build/progress.h"
#include "rootless-builder/build/run_step.h"
#include "rootless-builder/build/stage_root.h"
#include "rootless-builder/layer/write.h"
#include "rootless-builder/plan/plan.h"

namespace guard::builder {

// Where what steps made is found besides the store: registries' and directories' caches. Thread-safe.
class StepCache {
 public:
  virtual ~StepCache() = default;
  virtual std::optional<StepRecord> Find(const Digest& key) = 0;
  // Brings a record's layer into the store.
  virtual Result<void> Fetch(const StepRecord& record) = 0;
};

struct BuildSettings {
  const Context* context = nullptr;                // null: the plan copies nothing from one
  std::map<std::string, const Context*> contexts;  // --build-context
  RunSettings run;
  LayerOptions layers;           // compression, level, time
  std::optional<int64_t> epoch;  // SOURCE_DATE_EPOCH
  unsigned jobs = 1;
  std::vector<std::string> ignore_paths;  // never in a layer (kaniko's --ignore-path)
  bool squash = false;                    // all of the build's own layers become one
  MediaFamily family = MediaFamily::kOci;
  std::map<std::string, std::string> annotations;  // of the manifest
  http::Client* http = nullptr;                    // for ADD; null: addresses are refused
  bool inline_cache = false;                       // the image is its own cache (--cache-to type=inline)
  StepCache* cache = nullptr;                      // --cache-from
  FetchLayer fetch_base;                           // brings a base image's layer into the store
};

// A step's record under one of its keys, for --cache-to.
struct KeyedRecord {
  Digest key;
  StepRecord record;
};

struct BuiltImage {
  Descriptor manifest;
  Manifest parsed;
  Digest config;
  ImageConfig image;
  std::vector<LayerRef> layers;
  std::vector<KeyedRecord> records;  // of every step that the image stands on
  size_t steps_run = 0, steps_cached = 0;
};

class Builder {
 public:
  Builder(Trees& trees, BuildProgress& progress, std::atomic<bool>& stop)
      : trees_(trees), progress_(progress), stop_(stop) {}

  // The image is in the store, without a name. `stop` set true ends the build with an error soon.
  Result<BuiltImage> Build(const Plan& plan, const BuildSettings& settings);

 private:
  Trees& trees_;
  BuildProgress& progress_;
  std::atomic<bool>& stop_;
};

// The configuration and manifest of a built stage, put into the store.
struct StageResult {
  std::vector<LayerRef> layers;  // of the base and the steps
  std::vector<HistoryItem> history;
  std::vector<KeyedRecord> records;  // of every step that the image stands on
  std::string created;               // RFC 3339: of the last step that made something
};
Result<BuiltImage> AssembleImage(const Plan& plan, const PlannedStage& stage, const StageResult& result,
                                 const BuildSettings& settings, Store& store);

// RFC 3339 with seconds, UTC.
std::string FormatTime(int64_t seconds);

}  // namespace guard::builder
