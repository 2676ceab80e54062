// Stages are planned from the target backwards, so that what it does not need is never looked at: no image of
// an unused stage is fetched. Tested by tests/unit/plan/planner_test.cc and tests/golden/plan.
#include "rootless-builder/plan/planner.h"

#include <algorithm>

#include "rootless-builder/dockerfile/parse.h"
#include "rootless-builder/plan/stage_state.h"

namespace guard::builder {

namespace {

constexpr std::string_view kImageContext = "docker-image://";

std::string Lower(std::string text) {
  for (char& c : text)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return text;
}

class Planner {
 public:
  Planner(const Dockerfile& dockerfile, const PlanWishes& wishes, const ResolveImage& resolve)
      : dockerfile_(dockerfile), wishes_(wishes), resolve_(resolve), planned_(dockerfile.stages.size()) {}

  Result<Plan> Make() {
    plan_.dockerfile = dockerfile_.source->name();
    plan_.platform = wishes_.platform;
    size_t target = TRY(FindTarget());
    TRY_VOID(SetGlobals(target));
    plan_.target = TRY(PlanStage(target));
    for (const auto& [name, value] : wishes_.labels) plan_.stages[plan_.target].config.labels[name] = value;
    WarnOfUnusedArguments();
    return std::move(plan_);
  }

 private:
  Result<size_t> FindTarget() {
    size_t count = dockerfile_.stages.size();
    if (wishes_.target.empty()) return count - 1;
    if (const Stage* stage = dockerfile_.FindStage(wishes_.target, count))
      return static_cast<size_t>(stage - dockerfile_.stages.data());
    std::vector<std::string> names;
    std::string known;
    for (const Stage& stage : dockerfile_.stages) {
      if (stage.name.empty()) continue;
      names.push_back(stage.name);
      known += (known.empty() ? "" : ", ") + stage.name;
    }
    std::string_view nearest = Nearest(wishes_.target, names);
    Error error;
    error.message = "there is no stage '" + wishes_.target + "'";
    error.place.file = dockerfile_.source->name();
    error.hint = !nearest.empty() ? "did you mean " + std::string(nearest) + "?"
                 : known.empty()  ? "no stage has a name; stages are counted from 0"
                                  : "the stages are " + known;
    return Fail(std::move(error));
  }

  Result<void> SetGlobals(size_t target) {
    auto platform = [&](const std::string& prefix, const Platform& value) {
      globals_.Set(prefix + "PLATFORM", value.ToString());
      globals_.Set(prefix + "OS", value.os);
      globals_.Set(prefix + "OSVERSION", value.os_version);
      globals_.Set(prefix + "ARCH", value.architecture);
      globals_.Set(prefix + "VARIANT", value.variant);
    };
    platform("BUILD", wishes_.build_platform);
    platform("TARGET", wishes_.platform);
    const Stage& stage = dockerfile_.stages[target];
    globals_.Set("TARGETSTAGE", stage.name.empty() ? "default" : stage.name);
    for (const Instruction& instruction : dockerfile_.meta_args) {
      const Arg* arg = instruction.As<Arg>();
      if (arg == nullptr) continue;
      Expander expander = GlobalExpander();
      for (const ArgItem& item : arg->items) {
        std::string name = TRY(expander.Expand(item.name));
        auto given = wishes_.build_args.find(name);
        if (given != wishes_.build_args.end()) {
          globals_.Set(name, given->second);
          used_args_.insert(name);
        } else if (item.value) {
          globals_.Set(name, TRY(expander.Expand(*item.value)));
        }
      }
    }
    return {};
  }

  Expander GlobalExpander() const {
    return {
        .source = *dockerfile_.source, .escape = dockerfile_.escape, .lookup = [this](std::string_view name) {
          const std::string* value = globals_.Find(name);
          return value ? std::optional<std::string_view>(*value) : std::nullopt;
        }};
  }

  // A stage before number `before`, a named context, or an image for `platform`.
  Result<SourceRef> ResolveRef(const std::string& name, size_t before, const Platform& platform) {
    if (const Stage* stage = dockerfile_.FindStage(name, before)) {
      size_t number = static_cast<size_t>(stage - dockerfile_.stages.data());
      return SourceRef{.kind = SourceRef::Kind::kStage, .name = name, .stage = TRY(PlanStage(number))};
    }
    if (const Stage* later = dockerfile_.FindStage(name, dockerfile_.stages.size());
        later && !later->name.empty()) {
      return Fail("the stage '" + name + "' comes only later in the file",
                  "stages can use what stands before them: move it up");
    }
    std::string reference = name;
    auto context = FindContext(name);
    if (context != wishes_.contexts.end()) {
      if (!context->second.starts_with(kImageContext))
        return SourceRef{.kind = SourceRef::Kind::kNamedContext, .name = context->first};
      reference = context->second.substr(kImageContext.size());
    } else if (!name.empty() && name.find_first_not_of("0123456789") == std::string::npos) {
      return Fail("there is no stage number " + name + " before this one", "stages are counted from 0");
    }
    return SourceRef{
        .kind = SourceRef::Kind::kImage, .name = reference, .image = TRY(Image(reference, platform))};
  }

  std::map<std::string, std::string>::const_iterator FindContext(const std::string& name) const {
    auto found = wishes_.contexts.find(name);
    if (found != wishes_.contexts.end()) return found;
    return wishes_.contexts.find(Lower(name));
  }

  Result<size_t> Image(const std::string& reference, const Platform& platform) {
    for (size_t i = 0; i < plan_.images.size(); ++i)
      if (asked_[i] == reference && plan_.images[i].platform == platform) return i;
    BaseImage image = TRY(resolve_(reference, platform));
    image.platform = platform;
    plan_.images.push_back(std::move(image));
    asked_.push_back(reference);
    return plan_.images.size() - 1;
  }

  Result<size_t> PlanStage(size_t number) {
    if (planned_[number]) return *planned_[number];
    const Stage& stage = dockerfile_.stages[number];
    PlannedStage planned;
    planned.name = stage.name;
    planned.index = number;
    planned.platform = wishes_.platform;
    Expander expander = GlobalExpander();
    if (stage.from.platform) {
      std::string text = TRY(expander.Expand(*stage.from.platform));
      if (text.empty())
        return Fail(dockerfile_.ErrorAt(stage.from.platform->span, "the platform expands to nothing"));
      auto platform = ParsePlatform(text);
      if (!platform)
        return Fail(
            dockerfile_.ErrorAt(stage.from.platform->span, platform.error().message, platform.error().hint));
      planned.platform = *platform;
    }
    std::string base = TRY(expander.Expand(stage.from.base));
    if (!wishes_.from_override.empty() && number == 0) base = wishes_.from_override;
    if (base.empty()) {
      return Fail(
          dockerfile_.ErrorAt(stage.from.base.span, "the base image expands to nothing",
                              "give the ARG in front of the first FROM a default, or pass --build-arg"));
    }
    StageState state(planned, wishes_, globals_, used_args_);
    TRY_VOID(SetBase(planned, state, base, stage, number));
    ResolveSource resolve = [&](const std::string& name) {
      return ResolveRef(name, number, planned.platform);
    };
    TRY_VOID(RunTriggers(planned, state, resolve));
    for (const Instruction& instruction : stage.instructions)
      TRY_VOID(state.Apply(instruction, *dockerfile_.source, dockerfile_.escape, resolve));
    plan_.stages.push_back(std::move(planned));
    states_.insert_or_assign(number, state.variables());
    planned_[number] = plan_.stages.size() - 1;
    return *planned_[number];
  }

  Result<void> SetBase(PlannedStage& planned, StageState& state, const std::string& base, const Stage& stage,
                       size_t number) {
    if (const Stage* other = dockerfile_.FindStage(base, number); other && !other->name.empty()) {
      size_t other_number = static_cast<size_t>(other - dockerfile_.stages.data());
      planned.base = PlannedStage::Base::kStage;
      planned.base_index = TRY(PlanStage(other_number));
      planned.config = plan_.stages[planned.base_index].config;
      planned.author = plan_.stages[planned.base_index].author;
      if (!stage.from.platform) planned.platform = plan_.stages[planned.base_index].platform;
      state.variables() = states_.at(other_number);
      return {};
    }
    auto context = FindContext(base);
    if (base == "scratch" && context == wishes_.contexts.end()) {
      planned.base = PlannedStage::Base::kScratch;
      planned.config.env = {"PATH=" + std::string(kDefaultPath)};
      planned.config.working_dir = "/";
      state.TakeEnv();
      return {};
    }
    std::string reference = base;
    if (context != wishes_.contexts.end()) {
      if (!context->second.starts_with(kImageContext)) {
        return Fail(
            dockerfile_.ErrorAt(stage.from.base.span, "the context '" + base + "' is a directory, no image",
                                "copy from it with COPY --from=" + base + ", or give --build-context " +
                                    base + "=docker-image://REFERENCE"));
      }
      reference = context->second.substr(kImageContext.size());
    }
    auto image = Image(reference, planned.platform);
    if (!image) {
      Error error = image.error();
      if (error.place.file.empty() || error.place.line == 0)
        error = dockerfile_.ErrorAt(stage.from.base.span, error.message, error.hint);
      return Fail(std::move(error));
    }
    planned.base = PlannedStage::Base::kImage;
    planned.base_index = *image;
    planned.config = plan_.images[*image].config.config;
    planned.author = plan_.images[*image].config.author;
    state.TakeEnv();
    if (state.variables().Find("PATH") == nullptr) state.variables().Set("PATH", kDefaultPath);
    return {};
  }

  // The base's ONBUILD triggers run first, and are not handed on.
  Result<void> RunTriggers(PlannedStage& planned, StageState& state, const ResolveSource& resolve) {
    std::vector<std::string> triggers = std::move(planned.config.on_build);
    planned.config.on_build.clear();
    for (std::string& trigger : triggers) {
      ParsedInstruction parsed =
          TRY(ParseInstruction(trigger, "ONBUILD of the base of stage " + planned.title()));
      TRY_VOID(state.Apply(parsed.instruction, *parsed.source, '\\', resolve));
    }
    // Triggers stand in no line of this Dockerfile; its FROM brought them.
    const Span from = dockerfile_.stages[planned.index].from.base.span;
    for (Step& step : planned.steps) step.line = dockerfile_.source->Locate(from.begin).line;
    return {};
  }

  void WarnOfUnusedArguments() {
    // Arguments that steer the builder, and the proxies, need no ARG.
    auto builtin = [](const std::string& name) {
      constexpr std::string_view kHonoured[] = {"BUILDKIT_CONTEXT_KEEP_GIT_DIR", "BUILDKIT_DOCKERFILE_CHECK",
                                                "BUILDKIT_INLINE_CACHE", "BUILDKIT_SANDBOX_HOSTNAME",
                                                "SOURCE_DATE_EPOCH"};
      return std::find(std::begin(kHonoured), std::end(kHonoured), name) != std::end(kHonoured) ||
             Lower(name).ends_with("_proxy");
    };
    std::string unused;
    for (const auto& [name, value] : wishes_.build_args)
      if (!used_args_.contains(name) && !builtin(name)) unused += (unused.empty() ? "" : ", ") + name;
    if (unused.empty()) return;
    Error warning;
    warning.message = "these build arguments were not used: " + unused;
    warning.hint = "an ARG must declare them in the stage that uses them";
    plan_.warnings.push_back(std::move(warning));
  }

  const Dockerfile& dockerfile_;
  const PlanWishes& wishes_;
  const ResolveImage& resolve_;
  Plan plan_;
  Variables globals_;
  std::set<std::string> used_args_;
  std::vector<std::string> asked_;  // the reference of each of plan_.images, as it was asked for
  std::vector<std::optional<size_t>> planned_;
  std::map<size_t, Variables> states_;
};

}  // namespace

Result<Plan> MakePlan(const Dockerfile& dockerfile, const PlanWishes& wishes, const ResolveImage& resolve) {
  if (dockerfile.stages.empty()) return Fail("the Dockerfile has no FROM");
  return Planner(dockerfile, wishes, resolve).Make();
}

}  // namespace guard::builder
