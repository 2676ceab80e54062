// From a build's wishes to its image: open the place, read the Dockerfile, plan, build, deliver.
// Tested by tests/e2e/builder_*.sh.
#include "rootless-builder/cli/build_command.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <ctime>
#include <memory>
#include <nlohmann/json.hpp>
#include <thread>

#include "policies/base/files.h"
#include "rootless-builder/build/step_cache.h"
#include "rootless-builder/cli/common_options.h"
#include "rootless-builder/cli/deliver.h"
#include "rootless-builder/cli/show_progress.h"
#include "rootless-builder/dockerfile/lint.h"
#include "rootless-builder/dockerfile/parse.h"
#include "rootless-builder/plan/planner.h"
#include "rootless-builder/plan/print.h"

namespace guard::builder {

namespace {

constexpr uint64_t kLargestDockerfile = 16u << 20;

struct Failure {
  int status;
  Error error;
};
template <class T>
using Outcome = std::expected<T, Failure>;

std::unexpected<Failure> Wrong(Error error) { return std::unexpected(Failure{2, std::move(error)}); }
std::unexpected<Failure> Failed(Error error) { return std::unexpected(Failure{1, std::move(error)}); }

#define TRY_OR(failure, ...)                                        \
  ({                                                                \
    auto or_result_ = (__VA_ARGS__);                                \
    if (!or_result_) return failure(std::move(or_result_.error())); \
    std::move(*or_result_);                                         \
  })

void Print(const std::string& text) {
  for (size_t done = 0; done < text.size();) {
    ssize_t wrote = write(1, text.data() + done, text.size() - done);
    if (wrote <= 0) return;
    done += static_cast<size_t>(wrote);
  }
}

class Command {
 public:
  Command(const BuildWishes& wishes, std::atomic<bool>& stop) : wishes_(wishes), stop_(stop) {}

  Outcome<void> Run() {
    if (!wishes_.check && !wishes_.dry_run) TRY_OR(Wrong, CheckOutputs());
    place_ = TRY_OR(Failed, Open(wishes_.place));
    progress_ = TRY_OR(
        Wrong, MakeProgress(wishes_.quiet || wishes_.dry_run || wishes_.check ? "quiet" : wishes_.progress));
    if (auto opened = OpenContexts(); !opened) return opened;
    Dockerfile dockerfile = TRY_OR(Wrong, ReadDockerfile());
    if (auto linted = ShowWarnings(dockerfile); !linted) return linted;
    if (wishes_.check) return {};
    TRY_OR(Wrong, UseCredential(dockerfile));
    TRY_OR(Wrong, ReadCaches());
    if (wishes_.check_push && !wishes_.dry_run) TRY_OR(Failed, CheckPushes());
    std::vector<Platform> platforms = wishes_.platforms;
    if (platforms.empty()) platforms = {HostPlatform()};
    std::vector<BuiltImage> images;
    Trees trees(*place_.store, *place_.sandbox);
    TRY_OR(Failed, OkOr(trees.Prepare()));
    for (const Platform& platform : platforms) {
      Plan plan = TRY_OR(Failed, MakePlan(dockerfile, PlanFor(platform), Resolver()));
      for (const Error& warning : plan.warnings) progress_->Warn("warning: " + Render(warning));
      if (wishes_.dry_run) {
        Print(guard::builder::Print(plan));
        continue;
      }
      SaySandbox(plan);
      BuildSettings settings = SettingsFor(plan);
      Builder builder(trees, *progress_, stop_);
      images.push_back(TRY_OR(Failed, builder.Build(plan, settings)));
      TRY_OR(Failed, WriteCaches(images.back()));
    }
    if (wishes_.dry_run) return {};
    Delivery delivery = TRY_OR(Failed, Deliver(images, wishes_, place_, trees, *progress_, FetchAny()));
    progress_.reset();  // a terminal's lines are gone before the result is printed
    if (wishes_.quiet) Print(delivery.image_id.ToString() + "\n");
    return {};
  }

 private:
  static Result<bool> OkOr(Result<void> result) {
    if (!result) return Fail(result.error());
    return true;
  }

  // How RUN steps are kept apart, and why so: once, where there are any.
  void SaySandbox(const Plan& plan) {
    if (said_sandbox_) return;
    for (const PlannedStage& stage : plan.stages)
      for (const auto& step : stage.steps)
        said_sandbox_ = said_sandbox_ || std::holds_alternative<RunStep>(step.work);
    if (said_sandbox_)
      progress_->End(progress_->Begin("[internal] sandbox: " + place_.sandbox->Describe()), VertexEnd::kDone);
  }

  Result<bool> CheckOutputs() {
    for (const std::string& tag : wishes_.tags) TRY(StoreName(tag));
    for (const OutputWish& output : wishes_.outputs)
      for (const std::string& name : output.names) TRY(StoreName(name));
    bool registry = wishes_.push;
    for (const OutputWish& output : wishes_.outputs)
      registry = registry || (output.type == "registry" && output.names.empty());
    if (registry && wishes_.tags.empty())
      return Fail("a push needs a name", "say what the image is called with -t REGISTRY/NAME:TAG");
    return true;
  }

  Result<bool> ReadCaches() {
    std::vector<CacheWish> from;
    for (const std::string& text : wishes_.cache_from) from.push_back(TRY(ParseCacheWish(text, true)));
    for (const std::string& text : wishes_.cache_to) cache_to_.push_back(TRY(ParseCacheWish(text, false)));
    auto warn = [this](const std::string& text) { progress_->Warn("warning: " + text + "\n"); };
    if (!wishes_.dry_run && !wishes_.check && !wishes_.no_cache)
      cache_ = OpenCaches(from, *place_.store, *place_.transfer, time(nullptr), warn);
    return true;
  }

  Result<bool> WriteCaches(const BuiltImage& image) {
    for (const CacheWish& wish : cache_to_) {
      if (wish.kind == CacheWish::Kind::kInline) continue;
      int vertex = progress_->Begin("exporting cache to " + wish.where);
      // A directory holds the layers themselves, also those that this build only knew of.
      Result<void> written = wish.kind == CacheWish::Kind::kLocal ? FetchRecorded(image) : Result<void>();
      if (written) written = WriteCache(wish, image, *place_.store, *place_.transfer);
      progress_->End(vertex, written ? VertexEnd::kDone : VertexEnd::kFailed,
                     written ? "" : written.error().message);
      if (!written && !wish.ignore_error) return Fail(written.error());
    }
    return true;
  }

  std::vector<std::string> PushedNames() const {
    std::vector<std::string> names;
    if (wishes_.push) names = wishes_.tags;
    for (const OutputWish& output : wishes_.outputs) {
      if (output.type != "registry") continue;
      const std::vector<std::string>& of = output.names.empty() ? wishes_.tags : output.names;
      names.insert(names.end(), of.begin(), of.end());
    }
    return names;
  }

  // --creds is for where the image goes; of a build that pushes nothing, for where its bases come from.
  Result<bool> UseCredential(const Dockerfile& dockerfile) {
    if (!wishes_.place.credentials.explicit_credential) return true;
    std::vector<std::string> references = PushedNames();
    if (references.empty()) {
      for (size_t i = 0; i < dockerfile.stages.size(); ++i) {
        const std::string& base = dockerfile.stages[i].from.base.text;
        bool image =
            base != "scratch" && dockerfile.FindStage(base, i) == nullptr && !wishes_.contexts.contains(base);
        if (i == 0 && !wishes_.from_override.empty())
          references.push_back(wishes_.from_override);
        else if (image)
          references.push_back(base);
      }
    }
    PlaceWishes place = wishes_.place;
    TRY_VOID(NameCredential(place.credentials, references));
    place_.transfer = TRY(Connect(place));
    return true;
  }

  // A build of an hour whose push is refused is an hour lost.
  Result<bool> CheckPushes() {
    std::set<Repository> repositories;
    for (const std::string& name : PushedNames())
      repositories.insert(RepositoryOf(TRY(ParseImageReference(name))));
    for (const Repository& repository : repositories) {
      auto allowed = place_.transfer->client().CheckPush(repository);
      if (allowed) continue;
      Error error = std::move(allowed.error());
      error.message = "nothing was built, as the image could not be pushed to " + repository.ToString() +
                      ": " + error.message;
      if (error.hint.empty())
        error.hint = "log in with an account that may push there, or correct the image's name";
      return Fail(std::move(error));
    }
    return true;
  }

  Result<void> FetchRecorded(const BuiltImage& image) {
    FetchLayer fetch = FetchAny();
    for (const KeyedRecord& record : image.records)
      if (!record.record.diff_id.empty() && !place_.store->Has(record.record.layer.digest))
        TRY_VOID(fetch({record.record.diff_id, record.record.layer}));
    return {};
  }

  Outcome<void> OpenContexts() {
    ContextWishes how;
    how.work_directory = place_.store->directory() + "/work";
    how.http = place_.http.get();
    how.sub_path = wishes_.context_sub_path;
    how.git_options = wishes_.git_options;
    const std::string* keep = BuildArg("BUILDKIT_CONTEXT_KEEP_GIT_DIR");
    how.keep_git_dir = keep != nullptr && *keep == "1";
    // "docker build - < Dockerfile": the input is the Dockerfile, and there is no context.
    if (wishes_.context == "-" && wishes_.dockerfile.empty() && wishes_.dockerfile_text.empty()) {
      std::string text = TRY_OR(Wrong, ReadWholeFile(0, "standard input", uint64_t{4} << 30));
      if (LooksLikeArchive(text)) {
        context_ = TRY_OR(Wrong, FromArchive(text, how));
      } else {
        stdin_dockerfile_ = std::move(text);
      }
    } else if (!wishes_.context.empty()) {
      context_ = TRY_OR(Wrong, OpenContext(wishes_.context, how));
    }
    for (const auto& [name, where] : wishes_.contexts) {
      if (where.starts_with("docker-image://")) continue;
      if (where.starts_with("oci-layout://"))
        return Wrong(Fail("--build-context " + name + ": OCI layouts are no contexts here",
                          "push or tag the image, and use docker-image://")
                         .error());
      ContextWishes named = how;
      named.sub_path.clear();
      named.label = "the context " + name;
      auto opened = TRY_OR(Wrong, OpenContext(where, named));
      TRY_OR(Wrong, OkOr(opened->UseIgnoreFile("")));
      named_[name] = std::move(opened);
    }
    return {};
  }

  static bool LooksLikeArchive(const std::string& text) {
    auto at = [&](size_t offset, std::string_view magic) {
      return text.size() > offset + magic.size() && text.compare(offset, magic.size(), magic) == 0;
    };
    return at(257, "ustar") || at(0, "\x1F\x8B") || at(0, "BZh") ||
           at(0, std::string_view("\xFD"
                                  "7zXZ")) ||
           at(0, "\x28\xB5\x2F\xFD");
  }

  Result<std::unique_ptr<Context>> FromArchive(const std::string& text, const ContextWishes& how) {
    TRY_VOID(MakeDirectories(how.work_directory));
    Fd file(open(how.work_directory.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
    if (!file) return FailErrno("make a file in", how.work_directory);
    for (size_t done = 0; done < text.size();) {
      ssize_t wrote = write(file.get(), text.data() + done, text.size() - done);
      if (wrote < 0) return FailErrno("write", how.work_directory);
      done += static_cast<size_t>(wrote);
    }
    lseek(file.get(), 0, SEEK_SET);
    return OpenContext("/proc/self/fd/" + std::to_string(file.get()), how);
  }

  Result<Dockerfile> ReadDockerfile() {
    std::string text, name = "Dockerfile", path;
    if (stdin_dockerfile_) {
      text = *stdin_dockerfile_;
    } else if (!wishes_.dockerfile_text.empty()) {
      text = wishes_.dockerfile_text;
    } else if (wishes_.dockerfile == "-") {
      text = TRY(ReadWholeFile(0, "standard input", kLargestDockerfile));
    } else if (!wishes_.dockerfile.empty() && access(wishes_.dockerfile.c_str(), F_OK) == 0) {
      path = name = wishes_.dockerfile;
      text = TRY(ReadWholeFile(path, kLargestDockerfile));
    } else {
      if (!context_) return Fail("there is no Dockerfile: no context was given", "name one with -f");
      name = wishes_.dockerfile.empty() ? "Dockerfile" : wishes_.dockerfile;
      Fd file = OpenInRoot(context_->tree().root, name, O_RDONLY);
      // As Buildah and Podman call it.
      if (!file && wishes_.dockerfile.empty()) {
        file = OpenInRoot(context_->tree().root, "Containerfile", O_RDONLY);
        if (file) name = "Containerfile";
      }
      if (!file) {
        return Fail("there is no " + name + " in " + context_->path(),
                    "name the Dockerfile with -f, or the directory that has it as the last argument");
      }
      path = context_->path() + "/" + name;
      text = TRY(ReadWholeFile(file.get(), name, kLargestDockerfile));
    }
    if (context_) {
      if (wishes_.ignore_file.empty()) {
        TRY_VOID(context_->UseIgnoreFile(path));
      } else {
        std::string rules = TRY(ReadWholeFile(wishes_.ignore_file, kLargestDockerfile));
        context_->UseIgnoreRules(TRY(IgnoreRules::Parse(rules, wishes_.ignore_file)));
      }
    }
    return Parse(std::make_unique<Source>(name, std::move(text)));
  }

  Outcome<void> ShowWarnings(const Dockerfile& dockerfile) {
    LintOptions options;
    if (context_) options.ignore = &context_->ignore();
    for (const auto& [name, value] : wishes_.build_args) options.build_args.push_back(name);
    if (const std::string* check = BuildArg("BUILDKIT_DOCKERFILE_CHECK")) options.check = *check;
    LintReport report = TRY_OR(Wrong, Lint(dockerfile, options));
    for (const Warning& warning : report.warnings) {
      if (wishes_.check)
        Print(Render(dockerfile, warning));
      else
        progress_->Warn(Render(dockerfile, warning));
    }
    if (wishes_.check && report.warnings.empty()) Print("no warnings\n");
    if (report.error || (wishes_.check && !report.warnings.empty())) {
      Error error;
      error.message = std::to_string(report.warnings.size()) +
                      (report.warnings.size() == 1 ? " check failed" : " checks failed");
      error.place.file = dockerfile.source->name();
      return Failed(std::move(error));
    }
    return {};
  }

  const std::string* BuildArg(const std::string& name) const {
    auto found = wishes_.build_args.find(name);
    return found == wishes_.build_args.end() ? nullptr : &found->second;
  }

  PlanWishes PlanFor(const Platform& platform) const {
    PlanWishes plan;
    plan.target = wishes_.target;
    plan.platform = platform;
    plan.build_platform = HostPlatform();
    plan.build_args = wishes_.build_args;
    plan.labels = wishes_.labels;
    plan.contexts = wishes_.contexts;
    plan.no_cache = wishes_.no_cache;
    plan.no_cache_stages = wishes_.no_cache_stages;
    plan.from_override = wishes_.from_override;
    return plan;
  }

  // Names that the store has come first, as with docker: what was just built can be built upon. Then
  // registries.
  ResolveImage Resolver() {
    return [this](const std::string& text, const Platform& platform) -> Result<BaseImage> {
      ImageReference reference = TRY(ParseImageReference(text));
      if (reference.tag.empty() && reference.digest.empty()) reference.tag = "latest";
      int vertex = progress_->Begin("[internal] load metadata for " + reference.ToString());
      auto image = ResolveOne(reference, platform);
      progress_->End(vertex, image ? VertexEnd::kDone : VertexEnd::kFailed,
                     image ? "" : image.error().message);
      return image;
    };
  }

  Result<BaseImage> ResolveOne(const ImageReference& reference, const Platform& platform) {
    BaseImage image;
    image.reference = reference.ToString();
    std::optional<Descriptor> local;
    if (!wishes_.pull) local = TRY(place_.store->Find(image.reference));
    if (!local && wishes_.pull_never)
      return Fail("the image " + image.reference + " is not in the store, and pulling is switched off",
                  "pull or build it first");
    if (local) {
      Descriptor descriptor = *local;
      std::string text = TRY(place_.store->Get(descriptor.digest));
      if (IsIndex(descriptor.media_type)) {
        Index index = TRY(ParseIndex(text, descriptor.media_type));
        descriptor = TRY(Choose(index, platform, image.reference));
        text = TRY(place_.store->Get(descriptor.digest));
      }
      image.manifest = TRY(ParseManifest(text, descriptor.media_type));
      text = TRY(place_.store->Get(image.manifest.config.digest));
      image.config = TRY(ParseImageConfig(text));
      image.manifest_digest = descriptor.digest;
    } else {
      PullOptions options;
      options.platform = platform;
      options.layers = false;
      PulledImage pulled = TRY(place_.transfer->Pull(reference, *place_.store, options));
      image.manifest = pulled.parsed;
      image.config = pulled.config;
      image.manifest_digest = pulled.manifest.digest;
      for (const Descriptor& layer : pulled.parsed.layers) sources_[layer.digest] = pulled.source;
    }
    if (image.manifest.layers.size() != image.config.diff_ids.size()) {
      return Fail("the image " + image.reference + " has " + std::to_string(image.manifest.layers.size()) +
                  " layers, and its configuration says " + std::to_string(image.config.diff_ids.size()));
    }
    for (const Descriptor& layer : image.manifest.layers) TRY(LayerCompression(layer.media_type));
    return image;
  }

  BuildSettings SettingsFor(const Plan&) {
    BuildSettings settings;
    settings.context = context_.get();
    for (const auto& [name, context] : named_) settings.contexts[name] = context.get();
    settings.run = wishes_.run;
    if (const std::string* hostname = BuildArg("BUILDKIT_SANDBOX_HOSTNAME"))
      settings.run.hostname = *hostname;
    settings.layers = wishes_.layers;
    settings.epoch = wishes_.epoch;
    settings.layers.clamp_mtime = wishes_.epoch;
    unsigned cores = std::max(1u, std::thread::hardware_concurrency());
    settings.jobs = wishes_.jobs == 0 ? cores : wishes_.jobs;
    settings.layers.threads = cores;
    settings.ignore_paths = wishes_.ignore_paths;
    settings.squash = wishes_.squash;
    settings.family = wishes_.family;
    settings.annotations = wishes_.annotations;
    settings.http = place_.http.get();
    settings.cache = cache_.get();
    if (const std::string* wanted = BuildArg("BUILDKIT_INLINE_CACHE")) settings.inline_cache = *wanted == "1";
    for (const CacheWish& wish : cache_to_)
      settings.inline_cache = settings.inline_cache || wish.kind == CacheWish::Kind::kInline;
    settings.fetch_base = [this](const LayerRef& layer) { return FetchFromBase(layer); };
    return settings;
  }

  Result<void> FetchFromBase(const LayerRef& layer) {
    auto source = sources_.find(layer.blob.digest);
    if (source == sources_.end()) {
      return Fail("the layer " + layer.blob.digest.ToString() + " is not in the store",
                  "pull the image again, or build with --pull");
    }
    PullOptions options;
    options.progress = &progress_->Transfers();
    return place_.transfer->FetchBlob(source->second, layer.blob, *place_.store, options);
  }

  // For what is delivered: from the base's registry, or from a cache.
  FetchLayer FetchAny() {
    return [this](const LayerRef& layer) -> Result<void> {
      if (sources_.contains(layer.blob.digest) || !cache_) return FetchFromBase(layer);
      StepRecord record;
      record.diff_id = layer.diff_id;
      record.layer = layer.blob;
      return cache_->Fetch(record);
    };
  }

  const BuildWishes& wishes_;
  std::atomic<bool>& stop_;
  OpenPlace place_;
  bool said_sandbox_ = false;
  std::unique_ptr<BuildProgress> progress_;
  std::unique_ptr<Context> context_;
  std::map<std::string, std::unique_ptr<Context>> named_;
  std::optional<std::string> stdin_dockerfile_;
  std::map<Digest, Repository> sources_;
  std::vector<CacheWish> cache_to_;
  std::unique_ptr<StepCache> cache_;
};

}  // namespace

int RunBuild(const BuildWishes& wishes, std::atomic<bool>& stop) {
  Failure failure;
  {
    Command command(wishes, stop);
    auto ran = command.Run();
    if (ran) return 0;
    failure = std::move(ran.error());
  }
  return Report(failure.error, failure.status);
}

}  // namespace guard::builder
