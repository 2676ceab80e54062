// docker build and docker buildx build, flag by flag. Tested by tests/unit/cli/stand_in_build_test.cc.
#include <cstdlib>

#include "rootless-builder/build/step_cache.h"
#include "rootless-builder/cli/stand_in_build.h"

namespace guard::builder {

namespace {

constexpr const char* kAttestations =
    "no attestation is made here: leave it out or say =false, and attest the pushed digest with cosign";

struct DockerBuild {
  BuildCall call;
  BuildWishes& wishes = call.wishes;
  FlagTable table;

  explicit DockerBuild(const std::string& command)
      : table(command, "[FLAGS] PATH | URL | -", "Builds an image from a Dockerfile, without a daemon.") {
    AddCommonBuildFlags(table, wishes);
    AddBuildKit();
    AddCaches();
    AddRefusals();
  }

  void AddBuildKit() {
    table.Text("annotation", "NAME=VALUE", "Annotation of the manifest",
               [this](const std::string& text) -> Result<void> {
                 // "manifest:NAME=VALUE"; other places are not annotated.
                 size_t colon = text.find(':');
                 std::string place = text.substr(0, colon);
                 if (colon == std::string::npos || colon > text.find('='))
                   return TakePair(wishes.annotations)(text);
                 if (place == "manifest") return TakePair(wishes.annotations)(text.substr(colon + 1));
                 for (const char* other : {"index", "manifest-descriptor", "index-descriptor", "manifest["})
                   if (place.starts_with(other))
                     return Fail("annotations of '" + place + "' cannot be made here",
                                 "annotate the manifest: --annotation NAME=VALUE");
                 return TakePair(wishes.annotations)(text);
               });
    table.Bool("check", "Check the Dockerfile and do nothing", wishes.check);
    table.Text("call", "build|check", "What to do", [this](const std::string& text) -> Result<void> {
      wishes.check = text == "check" || text == "lint";
      if (wishes.check || text == "build") return {};
      return Fail("'" + text + "' is not done here",
                  "known are build and check; --dry-run of rootless-builder build shows stages and steps");
    });
    table.Bool("debug,D", "Print more (the build prints everything already)",
               [](bool) { return Result<void>(); });
    table.Bool("load", "Keep the image in the store (always)", [](bool) { return Result<void>(); });
    table.Text("no-cache-filter", "STAGE", "Run every step of these stages",
               [this](const std::string& text) -> Result<void> {
                 for (const std::string& stage : SplitList(text)) wishes.no_cache_stages.insert(stage);
                 return {};
               });
    table.Text("progress", "STYLE", "auto, plain, tty, quiet, rawjson, none",
               [this](const std::string& text) { return TakeProgress(text); });
    table.Bool("pull", "Ask registries for base images even if the store has them", wishes.pull);
    table.Bool("push", "Push to the names' registries", wishes.push);
    table.Text("allow", "ENTITLEMENT", "network.host", [](const std::string& text) -> Result<void> {
      for (const std::string& part : SplitList(text)) {
        if (part == "network.host") continue;
        return Fail("'" + part + "' is not given to any step",
                    "a step that needs it cannot run without privilege; build that part elsewhere");
      }
      return {};
    });
    table.NoEffect("builder", "NAME", "there is one builder: this program");
    auto attest = [this](const char* name) {
      table.Maybe(name, "WISH", "true", "Only false: attestations are not made here",
                  [](const std::string& text) -> Result<void> {
                    if (text == "false" || text == "0" || text == "disabled=true" || text == "mode=disabled")
                      return {};
                    return Fail("'" + text + "' cannot be honoured here", kAttestations);
                  });
    };
    attest("provenance");
    attest("sbom");
    table.Text("attest", "WISH", "Only with disabled=true: attestations are not made here",
               [](const std::string& text) -> Result<void> {
                 for (auto& [key, value] : TRY(ParseFields(text)))
                   if (key == "disabled" && value == "true") return {};
                 return Fail("'" + text + "' cannot be honoured here", kAttestations);
               });
  }

  void AddCaches() {
    auto caches = [](std::vector<std::string>& into, bool import) {
      return [&into, import](const std::string& text) -> Result<void> {
        if (text.empty()) return {};
        std::string wish = text;
        if (text.find('=') == std::string::npos) wish = "type=registry,ref=" + text;
        TRY(ParseCacheWish(wish, import));
        into.push_back(wish);
        return {};
      };
    };
    table.Text("cache-from", "type=...", "Where steps' results are looked for",
               caches(wishes.cache_from, true));
    table.Text("cache-to", "type=...", "Where steps' results are put", caches(wishes.cache_to, false));
  }

  void AddRefusals() {
    table.Only("isolation", "KIND", {"", "default"},
               "steps are isolated as the place allows; Windows is not built");
    table.Refuse("policy", "WISH",
                 "check the Dockerfile with guardctl audit, or at admission with guard-webhook");
    table.Refuse("resource", "LIMIT", "steps use what the pod or machine has: limit it there");
    table.Refuse("security-opt", "OPTION",
                 "steps have one profile, the strictest that works; nothing can widen it");
    table.Refuse("stream", "", "leave it out: Docker has dropped it too");
  }

  Result<void> TakeProgress(const std::string& text) {
    for (const char* style : {"auto", "plain", "tty", "quiet", "rawjson", "none"}) {
      if (text != style) continue;
      wishes.progress = text == "none" ? "quiet" : text;
      return {};
    }
    return Fail("'" + text + "' is no style of progress",
                "known are auto, plain, tty, quiet, rawjson and none");
  }

  Result<void> Finish(const Words& words) {
    if (words.size() != 1)
      return Fail(table.command() + " takes exactly one argument, the context; " +
                      std::to_string(words.size()) + " were given",
                  words.empty() ? "the directory that you are in is ." : "a value with spaces needs quotes");
    wishes.context = words[0];
    if (const char* style = getenv("BUILDKIT_PROGRESS"); style != nullptr && wishes.progress == "auto")
      TRY_VOID(TakeProgress(style));
    if (const char* platform = getenv("DOCKER_DEFAULT_PLATFORM");
        platform != nullptr && *platform != '\0' && wishes.platforms.empty())
      TRY_VOID(TakePlatforms(wishes.platforms)(platform));
    auto inline_cache = wishes.build_args.find("BUILDKIT_INLINE_CACHE");
    if (inline_cache != wishes.build_args.end() && inline_cache->second == "1" && wishes.cache_to.empty())
      wishes.cache_to = {"type=inline"};
    for (const std::string& name : wishes.tags) TRY(StoreName(name));
    return TakeEpochFromEnvironment(wishes);
  }
};

}  // namespace

Result<BuildCall> ReadDockerBuild(const std::string& command, const Words& arguments) {
  DockerBuild build(command);
  build.wishes.place = TRY(DefaultPlace());
  FlagTable::Parsed parsed = TRY(build.table.Parse(arguments));
  if (parsed.help) {
    build.call.help = build.table.Help();
    return std::move(build.call);
  }
  TRY_VOID(build.Finish(parsed.words));
  return std::move(build.call);
}

std::vector<Flag> DockerBuildFlags() { return OnlyNames(DockerBuild("docker build").table); }

}  // namespace guard::builder
