// One stage while its instructions are gone through: what variables are, what the configuration has become.
#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "rootless-builder/dockerfile/expand.h"
#include "rootless-builder/plan/plan.h"
#include "rootless-builder/plan/planner.h"

namespace guard::builder {

// Variables in the order they were set; setting one again keeps its place.
class Variables {
 public:
  const std::string* Find(std::string_view name) const;
  void Set(std::string_view name, std::string_view value);
  std::vector<std::string> AsEnv() const;  // "NAME=value"

 private:
  std::vector<std::pair<std::string, std::string>> items_;
};

// Resolves what an instruction refers to: a stage before this one, a named context, or an image.
using ResolveSource = std::function<Result<SourceRef>(const std::string& name)>;

class StageState {
 public:
  StageState(PlannedStage& stage, const PlanWishes& wishes, const Variables& globals,
             std::set<std::string>& used_args);

  // `source` and `escape`: the text that the instruction was read from.
  Result<void> Apply(const Instruction& instruction, const Source& source, char escape,
                     const ResolveSource& resolve);

  Variables& variables() { return variables_; }
  void Inherit(const StageState& base) { variables_ = base.variables_; }
  // The configuration's environment becomes variables: at the beginning.
  void TakeEnv();

 private:
  Step& AddStep(const Instruction& instruction, std::string created_by);
  Result<void> ApplyRun(const Instruction& instruction, const Run& run, const Expander& expander,
                        const ResolveSource& resolve);
  Result<void> ApplyCopy(const Instruction& instruction, const CopySources& copy, bool add,
                         const Expander& expander, const ResolveSource& resolve);
  Result<void> ApplyArg(const Instruction& instruction, const Arg& arg, const Expander& expander);
  Result<PlannedMount> PlanMount(const RawMount& raw, const Expander& expander, const ResolveSource& resolve);
  Result<void> ApplyConfig(const Instruction& instruction, const Expander& expander);
  std::vector<std::string> WithShell(const CommandLine& command) const;
  std::string Absolute(const std::string& path, bool keep_slash) const;

  PlannedStage& stage_;
  const PlanWishes& wishes_;
  const Variables& globals_;
  std::set<std::string>& used_args_;
  Variables variables_;
  std::vector<std::pair<std::string, std::string>> args_;  // declared here: for history
  bool cmd_set_ = false;
};

}  // namespace guard::builder
