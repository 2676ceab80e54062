// kaniko's executor, flag by flag: Google's, and the forks' that are alive.
// Tested by tests/unit/cli/stand_in_build_test.cc.
#include <cstdlib>

#include "rootless-builder/cli/stand_in_build.h"

namespace guard::builder {

namespace {

constexpr const char* kInPlace = "steps run in a root filesystem of their own, not in the executor's";
constexpr const char* kOwnSnapshot = "changes are found exactly and fast, in one way";
constexpr const char* kSameCache = "the cache holds every step's result, packed once";

std::string Environment(const char* name) {
  const char* value = getenv(name);
  return value ? value : "";
}

struct Kaniko {
  BuildCall call;
  BuildWishes& wishes = call.wishes;
  FlagTable table{"kaniko", "--context CONTEXT --destination NAME [FLAGS]",
                  "Builds a Dockerfile as kaniko's executor does, without being root."};
  bool insecure = false, skip_verify = false, reproducible = false;
  bool no_push = false, no_push_cache = false, cache = false, skip_push_check = false;
  std::string cache_repo, cache_ttl = "336h", tar_path, layout_path, kaniko_dir;
  std::vector<std::string> custom_platforms;

  Kaniko() {
    AddSource();
    AddDestination();
    AddRegistries();
    AddCache();
    AddImage();
    AddOutput();
    AddRest();
    table.Alias("snapshotMode", "snapshot-mode");
    table.Alias("customPlatform", "custom-platform");
    table.Alias("tarPath", "tar-path");
    table.Alias("whitelist-var-run", "ignore-var-run");
    wishes.context = "/workspace/";
    wishes.progress = "plain";
  }

  void AddSource() {
    table.Text("context,c", "CONTEXT", "dir://, tar://, git:// or https:// (default: /workspace/)",
               wishes.context);
    table.Text("context-sub-path", "PATH", "Directory in the context to build", wishes.context_sub_path);
    table.Text("dockerfile,f", "FILE", "The Dockerfile (default: Dockerfile in the context)",
               [this](const std::string& text) -> Result<void> {
                 if (text.starts_with("http://") || text.starts_with("https://"))
                   return Fail("a Dockerfile cannot be read from an address",
                               "fetch it first, or build it from its repository: --context git://...");
                 wishes.dockerfile = text;
                 return {};
               });
    table.Text("git", "OPTIONS", "branch=NAME,single-branch=true,recurse-submodules=true",
               [this](const std::string& text) -> Result<void> {
                 for (auto& [key, value] : TRY(ParseFields(text))) {
                   if (key == "insecure-skip-tls" && TRY(ParseGoBool(value)))
                     return Fail("a repository whose server nobody checked is not built",
                                 "give git its certificate authority: GIT_SSL_CAINFO=FILE");
                   if (key != "branch" && key != "single-branch" && key != "recurse-submodules" &&
                       key != "insecure-skip-tls")
                     return Fail("'" + key + "' is not known in '" + text + "'",
                                 "known are branch, single-branch, recurse-submodules and insecure-skip-tls");
                   wishes.git_options[key] = value;
                 }
                 return {};
               });
    table.Refuse("bucket,b", "NAME",
                 "fetch the context from the bucket first, and build the directory or archive");
    table.Text("build-arg", "NAME[=VALUE]", "Value of an ARG", TakeBuildArg(wishes.build_args));
    table.Text("target", "STAGE", "Stage to build", [this](const std::string& text) -> Result<void> {
      if (text.find(',') != std::string::npos)
        return Fail("several targets in one build are not known here", "call the executor once for each");
      wishes.target = text;
      return {};
    });
    table.Text("secret", "id=ID,src=FILE", "Secret for RUN --mount=type=secret",
               [this](const std::string& text) -> Result<void> { return ParseSecret(text, wishes.run); });
  }

  void AddDestination() {
    table.List("destination,d", "NAME", "Where the image is pushed; may be repeated", wishes.tags);
    table.Bool("no-push", "Build without pushing", no_push);
    table.Text("tar-path", "FILE", "Also write the image as an archive that docker load reads", tar_path);
    table.Text("oci-layout-path", "DIR", "Also write the image as an OCI layout", layout_path);
    table.Text("digest-file", "FILE", "File for the manifest's digest", wishes.digest_file);
    table.Text("image-name-with-digest-file", "FILE", "File for NAME@DIGEST", wishes.name_digest_file);
    table.Text("image-name-tag-with-digest-file", "FILE", "File for NAME:TAG@DIGEST",
               wishes.name_tag_digest_file);
    table.Text("push-retry", "N", "Tries more for a push", [this](const std::string& text) -> Result<void> {
      wishes.push_retries = TRY(ParseNumber<int>(text));
      return {};
    });
    table.Bool("push-ignore-immutable-tag-errors", "A tag that may not be moved is no error",
               wishes.keep_immutable_tag);
    table.Bool("skip-push-permission-check", "Find out about a refused push after the build",
               skip_push_check);
  }

  void AddRegistries() {
    RegistryOptions& registry = wishes.place.registry;
    table.Bool("insecure", "Push without TLS", insecure);
    table.Bool("insecure-pull", "Pull without TLS", registry.insecure_all);
    table.Bool("skip-tls-verify", "Push without checking the registry's certificate", skip_verify);
    table.Bool("skip-tls-verify-pull", "Pull without checking registries' certificates",
               registry.skip_tls_verify_all);
    auto names = [](std::set<std::string>& into) {
      return [&into](const std::string& text) -> Result<void> {
        for (const std::string& name : SplitList(text)) into.insert(name);
        return {};
      };
    };
    table.Text("insecure-registry", "HOST[:PORT]", "Registry without TLS", names(registry.insecure));
    table.Text("skip-tls-verify-registry", "HOST[:PORT]", "Registry whose certificate is not checked",
               names(registry.skip_tls_verify));
    table.Text("registry-certificate", "HOST=FILE", "Certificate authority of a registry",
               [&registry](const std::string& text) -> Result<void> {
                 for (const std::string& part : SplitList(text)) {
                   size_t equals = part.find('=');
                   if (equals == 0 || equals == std::string::npos)
                     return Fail("'" + part + "' is no HOST=FILE");
                   registry.host_ca_files[part.substr(0, equals)].push_back(part.substr(equals + 1));
                 }
                 return {};
               });
    table.Text(
        "registry-client-cert", "HOST=CERT,KEY", "Our certificate for a registry",
        [&registry](const std::string& text) -> Result<void> {
          size_t equals = text.find('='), comma = text.rfind(',');
          if (equals == 0 || equals == std::string::npos || comma == std::string::npos || comma < equals)
            return Fail("'" + text + "' is no HOST=CERT,KEY");
          registry.client_certificates[text.substr(0, equals)] = {text.substr(equals + 1, comma - equals - 1),
                                                                  text.substr(comma + 1)};
          return {};
        });
    table.Text("registry-map", "FROM=TO[;...]", "Registries that stand for others",
               [this](const std::string& text) { return TakeMap(text); });
    table.Text("registry-mirror", "HOST[/PATH]", "Mirror of Docker Hub; may be repeated",
               [this](const std::string& text) { return TakeMirror(text); });
    table.Bool("skip-default-registry-fallback", "Mirrors and the map are all there is",
               [&registry](bool value) -> Result<void> {
                 return registry.default_fallback = !value, Result<void>();
               });
    auto retries = [&registry](const std::string& text) -> Result<void> {
      registry.retries = std::max(registry.retries, TRY(ParseNumber<int>(text)));
      return {};
    };
    table.Text("image-download-retry", "N", "Tries more for a download", retries);
    table.Text("image-fs-extract-retry", "N", "Tries more for a base image's layers", retries);
    table.Only("credential-helpers", "LIST", {"", "env"},
               "name helpers in config.json: \"credHelpers\": {\"REGISTRY\": \"ecr-login\"}");
  }

  Result<void> TakeMap(const std::string& text) {
    for (const std::string& part : SplitList(text, ';')) {
      size_t equals = part.find('=');
      if (equals == 0 || equals == std::string::npos || equals + 1 == part.size())
        return Fail("'" + part + "' is no FROM=TO");
      std::string from = part.substr(0, equals);
      if (from == "index.docker.io") from = "docker.io";
      wishes.place.registry.registry_map[from].push_back(part.substr(equals + 1));
    }
    return {};
  }

  Result<void> TakeMirror(const std::string& text) {
    for (const std::string& mirror : SplitList(text))
      wishes.place.registry.mirrors["docker.io"].push_back(mirror);
    return {};
  }

  void AddCache() {
    table.Bool("cache", "Look steps up in the cache, and put them there", cache);
    table.Text("cache-repo", "REPOSITORY", "The cache (default: /cache below the first destination)",
               cache_repo);
    table.Text("cache-ttl", "DURATION", "How long the cache's entries count (default: 336h)", cache_ttl);
    table.Bool("no-push-cache", "Read the cache only", no_push_cache);
    table.NoEffect("cache-copy-layers", "", kSameCache);
    table.Bool("cache-run-layers", "Keep RUN's results too (always)", [](bool value) -> Result<void> {
      if (value) return {};
      return Fail("RUN's results cannot be kept out of the cache", "leave out --cache, and every step runs");
    });
    table.NoEffect("compressed-caching", "", kSameCache);
    table.NoEffect("cache-dir", "DIR", "base images are kept in the store; the warmer's folder is not read");
  }

  void AddImage() {
    table.Text("label", "NAME=VALUE", "Label of the image", TakePair(wishes.labels, true));
    table.Text("annotation", "NAME=VALUE", "Annotation of the manifest", TakePair(wishes.annotations, true));
    table.Text("custom-platform", "OS/ARCH", "Platform to build for", TakePlatforms(wishes.platforms));
    table.Bool("single-snapshot", "One layer for all steps", wishes.squash);
    table.Bool("reproducible", "Times are 1970-01-01, so that the same input has the same digest",
               reproducible);
    table.Text("compression", "gzip|zstd", "Of layers", [this](const std::string& text) -> Result<void> {
      if (!text.empty()) wishes.layers.compression = TRY(ParseCompression(text));
      return {};
    });
    table.Text("compression-level", "N", "Of the compression",
               [this](const std::string& text) -> Result<void> {
                 wishes.layers.level = TRY(ParseNumber<int>(text));
                 return {};
               });
    table.List("ignore-path", "PATH", "Never in a layer; may be repeated", wishes.ignore_paths);
    table.Text("image-format", "docker|oci", "Media types", [this](const std::string& text) -> Result<void> {
      if (text != "docker" && text != "oci") return Fail("'" + text + "' is neither docker nor oci");
      wishes.family = text == "docker" ? MediaFamily::kDocker : MediaFamily::kOci;
      return {};
    });
    table.NoEffect("force-build-metadata", "", "every instruction is in the image's history");
    table.NoEffect("snapshot-mode", "MODE", kOwnSnapshot);
    table.NoEffect("use-new-run", "", kOwnSnapshot);
    table.NoEffect("ignore-var-run", "", "steps do not see the pod's /var/run");
    table.NoEffect("skip-unused-stages", "", "stages that the target does not need are never built");
  }

  void AddOutput() {
    table.Text("verbosity,v", "LEVEL", "trace, debug, info, warn, error, fatal or panic",
               [this](const std::string& text) -> Result<void> {
                 for (const char* level : {"trace", "debug", "info"})
                   if (text == level) return {};
                 for (const char* level : {"warn", "warning", "error", "fatal", "panic"})
                   if (text == level) return wishes.progress = "quiet", Result<void>();
                 return Fail("'" + text + "' is no level",
                             "known are trace, debug, info, warn, error, fatal and panic");
               });
    table.Text("log-format", "color|text|json", "How progress is written",
               [this](const std::string& text) -> Result<void> {
                 if (text == "json") {
                   wishes.progress = "rawjson";
                   return {};
                 }
                 if (text == "color" || text == "text") return {};
                 return Fail("'" + text + "' is no format", "known are color, text and json");
               });
    table.NoEffect("log-timestamp", "", "every line has the seconds since its step began");
    table.Bool("dryrun", "Print the plan and do nothing", wishes.dry_run);
  }

  void AddRest() {
    table.Text("kaniko-dir", "DIR", "Directory for the store and .docker/config.json (also KANIKO_DIR)",
               kaniko_dir);
    table.NoEffect("force", "", kInPlace);
    table.NoEffect("cleanup", "", kInPlace);
    table.NoEffect("pre-cleanup", "", kInPlace);
    table.NoEffect("preserve-context", "", kInPlace);
    table.Refuse(
        "materialize", "",
        "write the files where they are wanted: rootless-builder build -o type=local,dest=DIR CONTEXT");
  }

  // What only the whole command line says.
  Result<void> Finish() {
    if (wishes.place.registry.mirrors.empty()) TRY_VOID(TakeMirror(Environment("KANIKO_REGISTRY_MIRROR")));
    if (wishes.place.registry.registry_map.empty()) TRY_VOID(TakeMap(Environment("KANIKO_REGISTRY_MAP")));
    if (std::string text = Environment("KANIKO_NO_PUSH"); !no_push && !text.empty())
      no_push = TRY(ParseGoBool(text));
    if (kaniko_dir.empty()) kaniko_dir = Environment("KANIKO_DIR");
    if (!kaniko_dir.empty() && kaniko_dir != "/kaniko") {
      wishes.place.store = kaniko_dir + "/store";
      wishes.place.credentials.kaniko_file = kaniko_dir + "/.docker/config.json";
    }
    if (wishes.tags.empty() && !no_push && !wishes.dry_run)
      return Fail("kaniko: there is no destination", "give --destination NAME, or --no-push");
    wishes.push = !no_push;
    wishes.check_push = wishes.push && !skip_push_check;
    std::vector<std::string> pushed = wishes.tags;
    TRY_VOID(AddCacheWishes(pushed));
    for (const std::string& name : pushed) {
      ImageReference reference = TRY(ParseImageReference(name));
      if (insecure) wishes.place.registry.insecure.insert(reference.registry);
      if (skip_verify) wishes.place.registry.skip_tls_verify.insert(reference.registry);
    }
    if (reproducible) wishes.epoch = 0;
    if (!tar_path.empty())
      wishes.outputs.push_back({.type = "docker", .destination = tar_path, .names = wishes.tags});
    if (!layout_path.empty())
      wishes.outputs.push_back(
          {.type = "oci", .destination = layout_path, .directory = true, .names = wishes.tags});
    return TakeEpochFromEnvironment(wishes);
  }

  Result<void> AddCacheWishes(std::vector<std::string>& pushed) {
    // Without --cache kaniko runs every step, each time.
    wishes.no_cache = !cache;
    if (!cache) return {};
    if (cache_repo.starts_with("oci:")) {
      std::string directory = cache_repo.substr(4);
      wishes.cache_from = {"type=local,src=" + directory};
      if (!no_push_cache) wishes.cache_to = {"type=local,dest=" + directory};
      return {};
    }
    if (cache_repo.empty()) {
      if (wishes.tags.empty())
        return Fail("kaniko: --cache needs a repository, and there is no destination to find one from",
                    "give --cache-repo REPOSITORY");
      ImageReference first = TRY(ParseImageReference(wishes.tags[0]));
      cache_repo = RepositoryOf(first).ToString() + "/cache";
    }
    std::string text = "type=kaniko,repo=" + cache_repo + ",ttl=" + cache_ttl;
    wishes.cache_from = {text};
    if (!no_push_cache) {
      wishes.cache_to = {text};
      pushed.push_back(cache_repo);
    }
    return {};
  }
};

}  // namespace

Result<BuildCall> ReadKaniko(const Words& arguments) {
  Kaniko kaniko;
  RegistryOptions usual = TRY(DefaultPlace()).registry;
  kaniko.wishes.place.registry = std::move(usual);
  FlagTable::Parsed parsed = TRY(kaniko.table.Parse(arguments));
  if (parsed.help) {
    kaniko.call.help = kaniko.table.Help();
    return std::move(kaniko.call);
  }
  if (parsed.words.size() == 1 && parsed.words[0] == "version") {
    kaniko.call.print_version = true;
    return std::move(kaniko.call);
  }
  if (!parsed.words.empty())
    return Fail("kaniko: '" + parsed.words[0] + "' is no command of the executor",
                "flags with a value are written --flag=VALUE or --flag VALUE; booleans only --flag=VALUE");
  TRY_VOID(kaniko.Finish());
  return std::move(kaniko.call);
}

std::vector<Flag> KanikoFlags() { return OnlyNames(Kaniko().table); }

}  // namespace guard::builder
