// Which steps of a plan are needed, and what is known of them before anything runs.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "rootless-builder/build/builder.h"
#include "rootless-builder/build/inputs.h"

namespace guard::builder {

struct StepState {
  std::string text;             // KeyText
  std::vector<Digest> content;  // of what comes from contexts and addresses
  Digest wanted_key;            // the first key; empty where a step before has none
  CopyInput input;
  std::optional<StepRecord> known;  // found under the first key
};

struct StageStateInBuild {
  std::vector<StepState> steps;
  Digest wanted_key;        // of the last step: what the stage is
  size_t first_to_run = 0;  // the first step without a record; steps.size(): everything is known
  bool needed = false;      // its files or layers are used
  // Something in it, or that it reads from, is to be run without the cache: what was made from it before says
  // nothing.
  bool fresh = false;
};

class Schedule {
 public:
  // Hashes contexts, fetches addresses, looks records up, and marks what the target needs.
  static Result<Schedule> Make(const Plan& plan, const BuildSettings& settings, Trees& trees,
                               BuildProgress& progress);
  std::vector<StageStateInBuild> stages;
};

// The error of a step, at its line of the Dockerfile.
Error AtStep(const Plan& plan, const Step& step, Error error);

// The trees that steps read from, other than stages and images.
const Context* ContextOf(const SourceRef& ref, const BuildSettings& settings);
std::optional<StepRecord> FindRecord(const Digest& key, const BuildSettings& settings, Store& store);

}  // namespace guard::builder
