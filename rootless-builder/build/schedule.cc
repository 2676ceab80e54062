// The first keys form a chain that needs nothing but the plan and the contexts, so that a build whose result
// is known touches no file system: from the target backwards, only what stands behind a missing record is
// needed. Tested by tests/e2e/builder_cache.sh.
#include "rootless-builder/build/schedule.h"

#include <fcntl.h>

#include "rootless-builder/plan/key.h"

namespace guard::builder {

namespace {

class Scheduler {
 public:
  Scheduler(const Plan& plan, const BuildSettings& settings, Trees& trees, BuildProgress& progress)
      : plan_(plan),
        settings_(settings),
        trees_(trees),
        progress_(progress),
        digests_(trees.store().directory() + "/content-digests") {}

  Result<Schedule> Make() {
    schedule_.stages.resize(plan_.stages.size());
    bool contexts = false;
    for (const PlannedStage& stage : plan_.stages)
      for (const Step& step : stage.steps) contexts = contexts || UsesContext(step);
    int vertex = contexts ? progress_.Begin("[internal] load build context") : -1;
    for (size_t i = 0; i < plan_.stages.size(); ++i) {
      auto prepared = PrepareStage(i);
      if (prepared) continue;
      if (vertex >= 0) progress_.End(vertex, VertexEnd::kFailed, prepared.error().message);
      return Fail(prepared.error());
    }
    if (vertex >= 0) progress_.End(vertex, VertexEnd::kDone);
    digests_.Save();
    Need(plan_.target);
    return std::move(schedule_);
  }

 private:
  static bool UsesContext(const Step& step) {
    if (const CopyStep* copy = std::get_if<CopyStep>(&step.work)) return !copy->sources.empty();
    if (const RunStep* run = std::get_if<RunStep>(&step.work))
      for (const PlannedMount& mount : run->mounts)
        if (mount.kind == PlannedMount::Kind::kBind) return true;
    return false;
  }

  Result<Digest> HashOf(const SourceTree& tree, const std::vector<SourceRoot>& roots) {
    return SelectionDigest(tree, roots, digests_, settings_.jobs);
  }

  // What a stage or image is, for the keys of those that read from it.
  Digest IdentityOf(const SourceRef& ref) const {
    if (ref.kind == SourceRef::Kind::kStage) return schedule_.stages[ref.stage].wanted_key;
    return BaseKey(plan_.images[ref.image].config.diff_ids, plan_.images[ref.image].platform);
  }

  Result<void> PrepareCopy(const CopyStep& copy, StepState& state) {
    bool from_context =
        copy.from.kind == SourceRef::Kind::kContext || copy.from.kind == SourceRef::Kind::kNamedContext;
    if (!from_context) {
      state.content.push_back(IdentityOf(copy.from));
      return {};
    }
    bool local = false;
    for (const std::string& source : copy.sources) {
      if (!copy.add || !IsRemote(source)) {
        local = true;
      } else if (settings_.http == nullptr) {
        return Fail("ADD of addresses is switched off here: " + source);
      } else if (IsGitUrl(source)) {
        auto cloned = TRY(CloneFor(copy, source, trees_.store().directory() + "/work"));
        // Names of what is cloned are the repository's own.
        FileDigests fresh("");
        state.content.push_back(TRY(SelectionDigest(cloned->tree, cloned->roots, fresh, settings_.jobs)));
        state.input.repositories.push_back(std::move(cloned));
      } else {
        RemoteFile file = TRY(FetchRemote(source, copy.checksum, trees_.store(), *settings_.http));
        state.content.push_back(file.digest);
        state.input.remote.push_back(std::move(file));
      }
    }
    if (!copy.checksum.empty() && local)
      return Fail("--checksum is for addresses, and this ADD has a local source", "leave the flag out");
    if (!local) return {};
    const Context* context = ContextOf(copy.from, settings_);
    if (context == nullptr)
      return Fail("there is no build context to copy from", "give a directory as the last argument");
    state.input.roots = TRY(SelectFor(copy, context->tree()));
    state.content.push_back(TRY(HashOf(context->tree(), state.input.roots)));
    return {};
  }

  Result<void> PrepareRun(const RunStep& run, StepState& state) {
    for (const PlannedMount& mount : run.mounts) {
      // What is in a cache counts for nothing; where it starts from neither.
      if (mount.kind != PlannedMount::Kind::kBind) continue;
      bool from_context =
          mount.from.kind == SourceRef::Kind::kContext || mount.from.kind == SourceRef::Kind::kNamedContext;
      if (!from_context) {
        state.content.push_back(IdentityOf(mount.from));
        continue;
      }
      const Context* context = ContextOf(mount.from, settings_);
      if (context == nullptr)
        return Fail("there is no build context to mount from", "give a directory as the last argument");
      auto roots =
          TRY(SelectSources(context->tree(), {.sources = {mount.source.empty() ? "." : mount.source}}));
      state.content.push_back(TRY(HashOf(context->tree(), roots)));
    }
    return {};
  }

  bool ReadsFresh(const Step& step) const {
    auto fresh = [&](const SourceRef& ref) {
      return ref.kind == SourceRef::Kind::kStage && schedule_.stages[ref.stage].fresh;
    };
    if (const CopyStep* copy = std::get_if<CopyStep>(&step.work)) return fresh(copy->from);
    if (const RunStep* run = std::get_if<RunStep>(&step.work))
      for (const PlannedMount& mount : run->mounts)
        if (mount.kind == PlannedMount::Kind::kBind && fresh(mount.from)) return true;
    return false;
  }

  Result<void> PrepareStage(size_t index) {
    const PlannedStage& stage = plan_.stages[index];
    StageStateInBuild& state = schedule_.stages[index];
    Digest key;
    switch (stage.base) {
      case PlannedStage::Base::kScratch: key = BaseKey({}, stage.platform); break;
      case PlannedStage::Base::kImage:
        key = BaseKey(plan_.images[stage.base_index].config.diff_ids, stage.platform);
        break;
      case PlannedStage::Base::kStage: key = schedule_.stages[stage.base_index].wanted_key; break;
    }
    if (stage.base == PlannedStage::Base::kStage) state.fresh = schedule_.stages[stage.base_index].fresh;
    state.steps.resize(stage.steps.size());
    bool known = true;
    state.first_to_run = stage.steps.size();
    for (size_t i = 0; i < stage.steps.size(); ++i) {
      const Step& step = stage.steps[i];
      StepState& now = state.steps[i];
      if (!step.makes_layer()) continue;
      now.text = KeyText(step);
      // Times are part of a layer.
      if (settings_.epoch) now.text += "epoch " + std::to_string(*settings_.epoch) + "\n";
      Result<void> prepared;
      if (const CopyStep* copy = std::get_if<CopyStep>(&step.work)) prepared = PrepareCopy(*copy, now);
      if (const RunStep* run = std::get_if<RunStep>(&step.work)) prepared = PrepareRun(*run, now);
      if (!prepared) return Fail(AtStep(plan_, step, std::move(prepared.error())));
      key = StepKey(key, now.text, now.content);
      now.wanted_key = key;
      state.fresh = state.fresh || step.no_cache || ReadsFresh(step);
      if (known && !state.fresh) now.known = FindRecord(key, settings_, trees_.store());
      if (!now.known && known) {
        known = false;
        state.first_to_run = i;
      }
    }
    state.wanted_key = key;
    return {};
  }

  void Need(size_t index) {
    StageStateInBuild& state = schedule_.stages[index];
    const PlannedStage& stage = plan_.stages[index];
    if (state.needed) return;
    state.needed = true;
    if (stage.base == PlannedStage::Base::kStage) Need(stage.base_index);
    for (size_t i = state.first_to_run; i < stage.steps.size(); ++i) {
      const Step& step = stage.steps[i];
      if (const CopyStep* copy = std::get_if<CopyStep>(&step.work))
        if (copy->from.kind == SourceRef::Kind::kStage) Need(copy->from.stage);
      if (const RunStep* run = std::get_if<RunStep>(&step.work)) {
        for (const PlannedMount& mount : run->mounts) {
          bool reads = mount.kind == PlannedMount::Kind::kBind || mount.has_from;
          if (reads && mount.from.kind == SourceRef::Kind::kStage) Need(mount.from.stage);
        }
      }
    }
  }

  const Plan& plan_;
  const BuildSettings& settings_;
  Trees& trees_;
  BuildProgress& progress_;
  FileDigests digests_;
  Schedule schedule_;
};

}  // namespace

const Context* ContextOf(const SourceRef& ref, const BuildSettings& settings) {
  if (ref.kind == SourceRef::Kind::kContext) return settings.context;
  auto found = settings.contexts.find(ref.name);
  return found == settings.contexts.end() ? nullptr : found->second;
}

std::optional<StepRecord> FindRecord(const Digest& key, const BuildSettings& settings, Store& store) {
  if (auto record = store.FindStep(key))
    if (record->diff_id.empty() || store.Has(record->layer.digest)) return record;
  return settings.cache == nullptr ? std::nullopt : settings.cache->Find(key);
}

Error AtStep(const Plan& plan, const Step& step, Error error) {
  error.message = step.title + ": " + error.message;
  if (error.place.file.empty()) error.place = {.file = plan.dockerfile, .line = step.line};
  return error;
}

Result<Schedule> Schedule::Make(const Plan& plan, const BuildSettings& settings, Trees& trees,
                                BuildProgress& progress) {
  return Scheduler(plan, settings, trees, progress).Make();
}

}  // namespace guard::builder
