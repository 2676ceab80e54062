// One thread a stage that has steps to run; at most `jobs` of them work at a time, the others wait for stages
// that they build on. Tested by tests/e2e/builder_*.sh.
#include "rootless-builder/build/builder.h"

#include <fcntl.h>
#include <unistd.h>

#include <condition_variable>
#include <ctime>
#include <mutex>
#include <semaphore>
#include <thread>

#include "rootless-builder/build/copy.h"
#include "rootless-builder/build/copy_step.h"
#include "rootless-builder/build/schedule.h"
#include "rootless-builder/plan/key.h"
#include "rootless-builder/sandbox/choose.h"

namespace guard::builder {

namespace {

constexpr size_t kLastOutput = 8 << 10;

class Build {
 public:
  Build(const Plan& plan, const BuildSettings& settings, Trees& trees, BuildProgress& progress,
        std::atomic<bool>& stop)
      : plan_(plan),
        settings_(settings),
        trees_(trees),
        progress_(progress),
        stop_(stop),
        slots_(static_cast<std::ptrdiff_t>(std::max(1u, settings.jobs))),
        roots_(plan.stages.size()),
        results_(plan.stages.size()),
        done_(plan.stages.size()) {}

  Result<BuiltImage> Make() {
    now_ = settings_.epoch.value_or(time(nullptr));
    schedule_ = TRY(Schedule::Make(plan_, settings_, trees_, progress_));
    TRY_VOID(CheckRuns());
    {
      std::vector<std::jthread> threads;
      for (size_t i = 0; i < plan_.stages.size(); ++i)
        if (schedule_.stages[i].needed) threads.emplace_back([this, i] { StageThread(i); });
    }
    if (error_) return Fail(std::move(*error_));
    if (stop_) return Fail("the build was stopped");
    StageResult& result = results_[plan_.target];
    const PlannedStage& stage = plan_.stages[plan_.target];
    if (settings_.squash) TRY_VOID(Squash(result));
    result.records = std::move(records_);
    int vertex = progress_.Begin("exporting to image");
    auto built = AssembleImage(plan_, stage, result, settings_, trees_.store());
    progress_.End(vertex, built ? VertexEnd::kDone : VertexEnd::kFailed, built ? "" : built.error().message);
    if (!built) return built;
    built->steps_run = steps_run_, built->steps_cached = steps_cached_;
    return built;
  }

 private:
  // A RUN that cannot be run fails before anything is built.
  Result<void> CheckRuns() {
    if (trees_.sandbox().kind() != SandboxKind::kNone) return {};
    for (size_t i = 0; i < plan_.stages.size(); ++i) {
      if (!schedule_.stages[i].needed) continue;
      const PlannedStage& stage = plan_.stages[i];
      for (size_t s = schedule_.stages[i].first_to_run; s < stage.steps.size(); ++s) {
        if (!std::holds_alternative<RunStep>(stage.steps[s].work)) continue;
        Error error;
        error.message = "no RUN step can be run here: " + trees_.sandbox().Describe();
        error.hint = trees_.sandbox().Obstacles() +
                     "\nCOPY, ADD and everything else works here; docs/sandbox.md has more";
        return Fail(AtStep(plan_, stage.steps[s], std::move(error)));
      }
    }
    return {};
  }

  void StageThread(size_t index) {
    auto result = RunStage(index);
    std::lock_guard lock(mutex_);
    if (!result && !error_ && result.error().message != kCanceled) error_ = std::move(result.error());
    done_[index] = true;
    changed_.notify_all();
  }

  Result<void> WaitFor(size_t index) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return done_[index] || error_; });
    if (error_) return Fail(kCanceled);
    return {};
  }

  bool Stopped() {
    std::lock_guard lock(mutex_);
    return stop_ || error_;
  }

  Result<void> RunStage(size_t index) {
    const PlannedStage& stage = plan_.stages[index];
    StageStateInBuild& state = schedule_.stages[index];
    StageResult result;
    result.created = FormatTime(settings_.epoch.value_or(0));
    auto root = StageRoot::Make(trees_, [this](const LayerRef& layer) { return Fetch(layer); });
    if (stage.base == PlannedStage::Base::kImage) {
      const BaseImage& image = plan_.images[stage.base_index];
      for (size_t i = 0; i < image.manifest.layers.size(); ++i)
        root->Push({image.config.diff_ids[i], image.manifest.layers[i]});
      result.history = image.config.history;
      if (!settings_.epoch) result.created = image.config.created;
    } else if (stage.base == PlannedStage::Base::kStage) {
      TRY_VOID(WaitFor(stage.base_index));
      for (const LayerRef& layer : results_[stage.base_index].layers) root->Push(layer);
      result.history = results_[stage.base_index].history;
      result.created = results_[stage.base_index].created;
    }
    size_t total = 1, number = 1;
    for (const Step& step : stage.steps) total += step.makes_layer();
    for (size_t i = 0; i < stage.steps.size(); ++i) {
      const Step& step = stage.steps[i];
      HistoryItem item{.created_by = step.created_by, .author = stage.author, .comment = "rootless-builder"};
      if (!step.makes_layer()) {
        item.created = result.created;
        item.empty_layer = true;
        result.history.push_back(std::move(item));
        continue;
      }
      std::string place = stage.name.empty() && plan_.stages.size() == 1 ? "" : stage.title() + " ";
      std::string name =
          "[" + place + std::to_string(++number) + "/" + std::to_string(total) + "] " + step.title;
      StepRecord record = TRY(DoStep(step, state.steps[i], *root, name));
      if (!record.extra.empty() && !settings_.epoch) result.created = record.extra;
      item.created = result.created;
      item.empty_layer = record.diff_id.empty();
      result.history.push_back(std::move(item));
    }
    result.layers = root->layers();
    results_[index] = std::move(result);
    roots_[index] = std::move(root);
    return {};
  }

  void Remember(const Digest& key, const StepRecord& record, bool write) {
    {
      std::lock_guard lock(mutex_);
      records_.push_back({key, record});
    }
    // A record that cannot be written costs the next build a step.
    if (write) (void)trees_.store().PutStep(key, record);
  }

  Result<StepRecord> DoStep(const Step& step, StepState& state, StageRoot& root, const std::string& name) {
    if (state.known) return UseKnown(state, *state.known, root, name, state.wanted_key, false);
    TRY_VOID(WaitForSources(step));
    if (Stopped()) return Fail(kCanceled);
    slots_.acquire();
    struct Release {
      std::counting_semaphore<>& slots;
      ~Release() { slots.release(); }
    } release{slots_};
    if (Stopped()) return Fail(kCanceled);

    std::vector<Digest> content = TRY(ContentOf(step, state));
    std::vector<Digest> below;
    const CopyStep* copy = std::get_if<CopyStep>(&step.work);
    bool apart = copy != nullptr && copy->link;
    if (!apart)
      for (const LayerRef& layer : root.layers()) below.push_back(layer.diff_id);
    Digest result_key = StepKey(BaseKey(below, plan_.platform), state.text, content);
    if (!step.no_cache) {
      if (auto found = FindRecord(result_key, settings_, trees_.store())) {
        auto used = UseKnown(state, *found, root, name, result_key, true);
        return used;
      }
    }
    int vertex = progress_.Begin(name);
    auto done = Execute(step, state, root, apart, vertex);
    if (!done) {
      bool canceled = Stopped();
      progress_.End(vertex, canceled ? VertexEnd::kCanceled : VertexEnd::kFailed, done.error().message);
      root.Abandon();
      if (canceled) return Fail(kCanceled);
      return Fail(AtStep(plan_, step, std::move(done.error())));
    }
    progress_.End(vertex, VertexEnd::kDone);
    ++steps_run_;
    StepRecord record;
    record.extra = FormatTime(now_);
    if (*done) record.diff_id = (*done)->diff_id, record.layer = (*done)->descriptor;
    Remember(state.wanted_key, record, true);
    Remember(result_key, record, true);
    return record;
  }

  Result<StepRecord> UseKnown(StepState& state, const StepRecord& record, StageRoot& root,
                              const std::string& name, const Digest& key, bool under_result) {
    int vertex = progress_.Begin(name);
    if (!record.diff_id.empty()) {
      root.Push({record.diff_id, record.layer});
      std::lock_guard lock(mutex_);
      cached_.insert_or_assign(record.layer.digest, record);
    }
    progress_.End(vertex, VertexEnd::kCached);
    ++steps_cached_;
    bool local = trees_.store().FindStep(key).has_value();
    Remember(key, record, !local);
    if (under_result) Remember(state.wanted_key, record, true);
    return record;
  }

  Result<void> WaitForSources(const Step& step) {
    if (const CopyStep* copy = std::get_if<CopyStep>(&step.work))
      if (copy->from.kind == SourceRef::Kind::kStage) TRY_VOID(WaitFor(copy->from.stage));
    if (const RunStep* run = std::get_if<RunStep>(&step.work))
      for (const PlannedMount& mount : run->mounts)
        if ((mount.kind == PlannedMount::Kind::kBind || mount.has_from) &&
            mount.from.kind == SourceRef::Kind::kStage)
          TRY_VOID(WaitFor(mount.from.stage));
    return {};
  }

  // The files of a stage or image, mounted once for all who read them.
  Result<MountSource> OpenTree(const SourceRef& ref) {
    if (ref.kind == SourceRef::Kind::kContext || ref.kind == SourceRef::Kind::kNamedContext) {
      const Context* context = ContextOf(ref, settings_);
      if (context == nullptr) return Fail("there is no build context");
      return MountSource{.path = context->path(), .root = context->tree().root};
    }
    struct Held {
      std::unique_ptr<StageRoot> own;
      std::shared_ptr<const MountedRoot> view;
      Fd root;
    };
    auto held = std::make_shared<Held>();
    StageRoot* root;
    std::unique_lock<std::mutex> plain;
    if (ref.kind == SourceRef::Kind::kStage) {
      root = roots_[ref.stage].get();
      if (!trees_.sandbox().CanOverlay()) plain = std::unique_lock(view_mutex_);
    } else {
      const BaseImage& image = plan_.images[ref.image];
      held->own = StageRoot::Make(trees_, [this](const LayerRef& layer) { return Fetch(layer); });
      for (size_t i = 0; i < image.manifest.layers.size(); ++i)
        held->own->Push({image.config.diff_ids[i], image.manifest.layers[i]});
      root = held->own.get();
    }
    held->view = TRY(root->View());
    held->root = TRY(OpenDirectory(held->view->path()));
    return MountSource{.path = held->view->path(), .root = held->root.get(), .keep_alive = held};
  }

  static std::string LabelOf(const SourceRef& ref) {
    return ref.kind == SourceRef::Kind::kStage ? "stage " + ref.name : "image " + ref.name;
  }

  // What a step reads, by content: with the trees of stages that are there now.
  Result<std::vector<Digest>> ContentOf(const Step& step, StepState& state) {
    const CopyStep* copy = std::get_if<CopyStep>(&step.work);
    if (copy == nullptr) {
      const RunStep* run = std::get_if<RunStep>(&step.work);
      std::vector<Digest> content = state.content;
      size_t at = 0;
      for (size_t i = 0; run != nullptr && i < run->mounts.size(); ++i) {
        if (run->mounts[i].kind != PlannedMount::Kind::kBind) continue;
        if (run->mounts[i].from.kind == SourceRef::Kind::kStage) {
          std::vector<Digest> layers;
          for (const LayerRef& layer : results_[run->mounts[i].from.stage].layers)
            layers.push_back(layer.diff_id);
          content[at] = BaseKey(layers, plan_.platform);
        }
        ++at;
      }
      return content;
    }
    if (copy->from.kind != SourceRef::Kind::kStage && copy->from.kind != SourceRef::Kind::kImage)
      return state.content;
    MountSource source = TRY(OpenTree(copy->from));
    SourceTree tree{
        .root = source.root, .label = LabelOf(copy->from), .ownership = &trees_.sandbox().ownership()};
    state.input.roots = TRY(SelectFor(*copy, tree));
    FileDigests fresh("");
    std::vector<Digest> content = {TRY(SelectionDigest(tree, state.input.roots, fresh, 1))};
    std::lock_guard lock(mutex_);
    sources_[&state] = std::move(source);
    return content;
  }

  Result<std::optional<WrittenLayer>> Execute(const Step& step, StepState& state, StageRoot& root, bool apart,
                                              int vertex) {
    std::string path = TRY(root.Begin(apart));
    DiffOptions diff{.ignore = settings_.ignore_paths};
    if (const RunStep* run = std::get_if<RunStep>(&step.work)) {
      TRY_VOID(ExecuteRun(*run, path, vertex));
    } else if (const CopyStep* copy = std::get_if<CopyStep>(&step.work)) {
      TRY_VOID(ExecuteCopy(*copy, state, path, root, apart));
    } else if (const WorkdirStep* workdir = std::get_if<WorkdirStep>(&step.work)) {
      TRY_VOID(MakeWorkdir(*workdir, path, settings_.epoch, trees_.sandbox().ownership()));
    }
    return root.Commit(diff, settings_.layers);
  }

  Result<void> ExecuteRun(const RunStep& run, const std::string& path, int vertex) {
    std::string last;
    auto output = [&](std::string_view bytes) {
      progress_.Output(vertex, bytes);
      last += bytes;
      if (last.size() > 2 * kLastOutput) last.erase(0, last.size() - kLastOutput);
    };
    auto open = [&](const PlannedMount& mount) { return OpenMount(mount); };
    RunExit exit = TRY(RunIn(run, path, settings_.run, trees_, open, output, stop_));
    if (exit.code == 0) return {};
    if (stop_) return Fail(kCanceled);
    std::string how = exit.signal != 0 ? "was ended by signal " + std::to_string(exit.signal)
                                       : "exited with code " + std::to_string(exit.code);
    return Fail("the command " + how, LastLines(last));
  }

  // Of a context with .dockerignore, a step sees a copy without what is ignored.
  Result<MountSource> OpenMount(const PlannedMount& mount) {
    MountSource source = TRY(OpenTree(mount.from));
    const Context* context = ContextOf(mount.from, settings_);
    bool from_context =
        mount.from.kind == SourceRef::Kind::kContext || mount.from.kind == SourceRef::Kind::kNamedContext;
    if (!from_context || context == nullptr || context->ignore().empty()) return source;
    struct Held {
      ScratchDirectory scratch;
      Fd root;
    };
    auto held = std::make_shared<Held>();
    held->scratch = TRY(trees_.NewScratch());
    held->root = TRY(OpenDirectory(held->scratch.path()));
    auto roots = TRY(SelectSources(context->tree(), {.sources = {"."}}));
    CopyTarget target;
    target.root = held->root.get();
    target.ownership = &trees_.sandbox().ownership();
    target.destination = "/";
    target.is_directory = true;
    TRY_VOID(CopyInto(context->tree(), roots, target));
    return MountSource{.path = held->scratch.path(), .root = held->root.get(), .keep_alive = held};
  }

  static std::string LastLines(const std::string& output) {
    size_t begin = output.size();
    for (int lines = 0; begin > 0 && lines < 12; --begin)
      if (output[begin - 1] == '\n' && begin != output.size() && ++lines == 12) break;
    std::string last = output.substr(begin);
    while (!last.empty() && last.back() == '\n') last.pop_back();
    return last.empty() ? "it printed nothing" : "its last lines:\n" + last;
  }

  Result<void> ExecuteCopy(const CopyStep& copy, StepState& state, const std::string& path, StageRoot& root,
                           bool apart) {
    SourceTree tree;
    MountSource source;
    if (copy.from.kind == SourceRef::Kind::kStage || copy.from.kind == SourceRef::Kind::kImage) {
      std::lock_guard lock(mutex_);
      source = std::move(sources_[&state]);
      sources_.erase(&state);
      tree = {.root = source.root, .label = LabelOf(copy.from), .ownership = &trees_.sandbox().ownership()};
    } else if (const Context* context = ContextOf(copy.from, settings_)) {
      tree = context->tree();
    }
    CopyPlace place{.root = path, .users_root = path, .epoch = settings_.epoch};
    std::shared_ptr<const MountedRoot> users;
    bool names = copy.chown.find_first_not_of("0123456789:") != std::string::npos;
    if (apart && names) {
      users = TRY(root.View());
      place.users_root = users->path();
    }
    return CopyFor(copy, state.input, tree, place, trees_.store(), trees_.sandbox().ownership());
  }

  // Brings a layer into the store from wherever it can be had.
  Result<void> Fetch(const LayerRef& layer) {
    std::optional<StepRecord> record;
    {
      std::lock_guard lock(mutex_);
      auto found = cached_.find(layer.blob.digest);
      if (found != cached_.end()) record = found->second;
    }
    if (record && settings_.cache != nullptr) return settings_.cache->Fetch(*record);
    if (settings_.fetch_base) return settings_.fetch_base(layer);
    return Fail("the layer " + layer.blob.digest.ToString() + " is not in the store");
  }

  // One layer instead of the build's own: its files against the base.
  Result<void> Squash(StageResult& result) {
    size_t base = 0;
    for (size_t at = plan_.target;;) {
      const PlannedStage& stage = plan_.stages[at];
      if (stage.base == PlannedStage::Base::kImage)
        base = plan_.images[stage.base_index].manifest.layers.size();
      if (stage.base != PlannedStage::Base::kStage) break;
      at = stage.base_index;
    }
    if (result.layers.size() <= base + 1) return {};
    int vertex = progress_.Begin("squashing " + std::to_string(result.layers.size() - base) + " layers");
    auto squashed = SquashLayers(trees_, result.layers, base, settings_.layers,
                                 [this](const LayerRef& layer) { return Fetch(layer); });
    progress_.End(vertex, squashed ? VertexEnd::kDone : VertexEnd::kFailed,
                  squashed ? "" : squashed.error().message);
    if (!squashed) return Fail(squashed.error());
    result.layers.resize(base);
    if (*squashed) result.layers.push_back(**squashed);
    size_t kept = 0;
    for (HistoryItem& item : result.history)
      if (!item.empty_layer && ++kept > base) item.empty_layer = true;
    if (*squashed) {
      result.history.push_back(
          {.created = result.created, .created_by = "squash", .comment = "rootless-builder"});
    }
    return {};
  }

  static constexpr const char* kCanceled = "the step was not run, as another one failed";

  const Plan& plan_;
  const BuildSettings& settings_;
  Trees& trees_;
  BuildProgress& progress_;
  std::atomic<bool>& stop_;
  std::counting_semaphore<> slots_;
  int64_t now_ = 0;
  Schedule schedule_;

  std::mutex mutex_;
  std::mutex view_mutex_;
  std::condition_variable changed_;
  std::optional<Error> error_;
  std::vector<std::unique_ptr<StageRoot>> roots_;
  std::vector<StageResult> results_;
  std::vector<char> done_;
  std::vector<KeyedRecord> records_;
  std::map<Digest, StepRecord> cached_;
  std::map<const StepState*, MountSource> sources_;
  std::atomic<size_t> steps_run_ = 0, steps_cached_ = 0;
};

}  // namespace

Result<BuiltImage> Builder::Build(const Plan& plan, const BuildSettings& settings) {
  return guard::builder::Build(plan, settings, trees_, progress_, stop_).Make();
}

}  // namespace guard::builder
