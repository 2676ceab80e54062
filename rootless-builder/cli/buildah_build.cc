// buildah build (bud) and podman build, flag by flag. Tested by tests/unit/cli/stand_in_build_test.cc.
#include <cstdlib>

#include "policies/base/files.h"
#include "rootless-builder/cli/stand_in_build.h"

namespace guard::builder {

namespace {

constexpr const char* kOwnNamespaces = "steps have namespaces of their own; leave it out";
constexpr const char* kOneProfile = "steps have one profile, the strictest that works; nothing can widen it";
constexpr const char* kSteps = "write it in the Dockerfile, as an instruction";

struct BuildahBuild {
  BuildCall call;
  BuildWishes& wishes = call.wishes;
  FlagTable table;
  std::string arch, os, variant, ttl, retry_delay;
  std::vector<std::string> cache_from, cache_to;
  bool tls_verify = true, http_proxy = true, layers = true;

  explicit BuildahBuild(const std::string& command)
      : table(command, "[FLAGS] [CONTEXT]", "Builds an image from a Dockerfile or Containerfile.") {
    AddCommonBuildFlags(table, wishes);
    AddImage();
    AddRegistry();
    AddCaches();
    AddWithoutEffect();
    AddIsolation();
    AddRefusals();
  }

  void AddImage() {
    table.Text("annotation", "NAME=VALUE", "Annotation of the manifest", TakePair(wishes.annotations, true));
    table.Text("build-arg-file", "FILE", "File of NAME=VALUE lines",
               [this](const std::string& text) -> Result<void> {
                 std::string lines = TRY(ReadWholeFile(text, 1u << 20));
                 for (const std::string& line : SplitList(lines, '\n'))
                   if (line[0] != '#') TRY_VOID(TakeBuildArg(wishes.build_args)(line));
                 return {};
               });
    table.Text("format", "oci|docker", "Media types",
               [this](const std::string& text) { return TakeFormat(text); });
    table.Text("from", "IMAGE", "Instead of the first FROM's image", wishes.from_override);
    table.Text("ignorefile", "FILE", "Instead of .containerignore or .dockerignore", wishes.ignore_file);
    table.Text("jobs", "N", "Steps at a time; 0: cores", [this](const std::string& text) -> Result<void> {
      wishes.jobs = TRY(ParseNumber<unsigned>(text));
      return {};
    });
    table.Text("manifest", "NAME", "The index that the image is added to", call.manifest_list);
    table.Text("arch", "ARCH", "Architecture to build for", arch);
    table.Text("os", "OS", "System to build for", os);
    table.Text("variant", "VARIANT", "Variant of the architecture", variant);
    auto epoch = [this](const std::string& text) -> Result<void> {
      wishes.epoch = TRY(ParseEpoch(text));
      return {};
    };
    table.Text("timestamp", "SECONDS", "Time for everything that is made", epoch);
    table.Text("source-date-epoch", "SECONDS", "Time for everything that is made", epoch);
    table.Bool("layers", "A layer for each step (default), or one for all and no cache", layers);
    table.Text("compression-format", "FORMAT", "gzip or zstd",
               [this](const std::string& text) -> Result<void> {
                 wishes.layers.compression = TRY(ParseCompression(text));
                 return {};
               });
    table.Text("compression-level", "N", "Of the compression",
               [this](const std::string& text) -> Result<void> {
                 wishes.layers.level = TRY(ParseNumber<int>(text));
                 return {};
               });
  }

  Result<void> TakeFormat(const std::string& text) {
    if (text != "oci" && text != "docker") return Fail("'" + text + "' is neither oci nor docker");
    wishes.family = text == "docker" ? MediaFamily::kDocker : MediaFamily::kOci;
    return {};
  }

  void AddRegistry() {
    table.Text("authfile", "FILE", "Credentials file", wishes.place.credentials.auth_file);
    table.List("cert-dir", "DIR", "Certificates for registries",
               wishes.place.registry.flat_certificate_folders);
    table.Text("creds", "USER:PASSWORD", "Credential for the base image's registry",
               [this](const std::string& text) -> Result<void> {
                 wishes.place.credentials.explicit_credential = TRY(ParseCredential(text));
                 return {};
               });
    table.Bool("tls-verify", "Check registries' certificates", tls_verify);
    table.Maybe("pull", "WHEN", "true", "always, newer, missing, never",
                [this](const std::string& text) -> Result<void> {
                  wishes.pull = text == "always" || text == "newer" || text == "ifnewer";
                  wishes.pull_never = text == "never" || text == "false";
                  for (const char* known :
                       {"always", "newer", "ifnewer", "never", "false", "true", "missing", "ifmissing"})
                    if (text == known) return {};
                  return Fail("'" + text + "' is not known", "known are always, newer, missing and never");
                });
    table.Bool("pull-always", "As --pull=always", wishes.pull);
    table.Bool("pull-never", "As --pull=never", wishes.pull_never);
    table.Text("retry", "N", "Tries more for a transfer", [this](const std::string& text) -> Result<void> {
      wishes.place.registry.retries = TRY(ParseNumber<int>(text));
      return {};
    });
    table.Text("retry-delay", "DURATION", "Pause before a further try", retry_delay);
    table.Bool("http-proxy", "Steps get the proxies of the environment (default)", http_proxy);
  }

  void AddCaches() {
    table.List("cache-from", "REPOSITORY", "Where steps' results are looked for", cache_from);
    table.List("cache-to", "REPOSITORY", "Where steps' results are put", cache_to);
    table.Text("cache-ttl", "DURATION", "How long the cache's entries count", ttl);
  }

  void AddWithoutEffect() {
    table.NoEffect("disable-compression,D", "", "layers are packed once; a push needs them packed");
    table.NoEffect("force-compression", "", "the build's layers are always packed as asked for");
    table.NoEffect("rewrite-timestamp", "", "with a time given, later file times always become it");
    table.NoEffect("runtime", "PATH", "no OCI runtime is called");
    table.NoEffect("runtime-flag", "FLAG", "no OCI runtime is called");
    table.NoEffect("logsplit", "", "there is no log file");
    table.NoEffect("stage-labels", "", "stages are never images of their own");
    table.Bool("skip-unused-stages", "Stages that the target does not need are not built (always)",
               [](bool value) -> Result<void> {
                 if (value) return {};
                 return Fail("stages that nobody needs are never built",
                             "name each with --target in a build of its own");
               });
    auto only_false = [this](const char* name, const char* why) {
      table.Bool(name, std::string("Only false: ") + why, [why](bool value) -> Result<void> {
        if (!value) return {};
        return Fail("true cannot be honoured here", why);
      });
    };
    only_false("identity-label",
               "images do not say that Buildah made them; set it with --label io.buildah.version=...");
    only_false("inherit-annotations", "a base image's annotations are its own; give yours with --annotation");
    only_false("created-annotation", "give it with --annotation org.opencontainers.image.created=...");
    only_false("compat-volumes", "what steps write below a VOLUME stays, as with BuildKit");
    only_false("omit-history", "the history is a part of the image");
    table.Bool("inherit-labels", "A base image's labels are inherited (always)",
               [](bool value) -> Result<void> {
                 if (value) return {};
                 return Fail("false cannot be honoured here", "overwrite the labels with --label NAME=");
               });
  }

  void AddIsolation() {
    table.Only("isolation", "KIND", {"", "oci", "rootless", "chroot", "default"},
               "steps are isolated as the place allows");
    for (const char* name : {"ipc", "pid", "uts", "cgroupns", "userns"})
      table.Only(name, "HOW", {"", "private", "container", "auto"}, kOwnNamespaces);
    for (const char* name :
         {"userns-uid-map", "userns-gid-map", "userns-uid-map-user", "userns-gid-map-group"})
      table.Refuse(name, "MAP", "ids are mapped by /etc/subuid and /etc/subgid");
    table.Refuse("cap-add", "CAPABILITY", kOneProfile);
    table.Refuse("cap-drop", "CAPABILITY", kOneProfile);
    table.Refuse("device", "PATH", "steps have no devices of the host");
    table.Refuse("group-add", "GROUP", "a step has its user's groups: RUN addgroup, and USER");
    table.Refuse("hooks-dir", "DIR", "no OCI runtime is called, so there is nothing to hook into");
    table.Text("security-opt", "OPTION", "label=...: no labels are set",
               [](const std::string& text) -> Result<void> {
                 if (text.starts_with("label=") || text.starts_with("label:")) return {};
                 return Fail("'" + text + "' cannot be honoured here", kOneProfile);
               });
    for (const char* name : {"dns", "dns-option", "dns-search"})
      table.Refuse(name, "VALUE", "steps resolve names as the job does; set the pod's dnsConfig");
    table.Refuse("no-hosts", "", "steps always see a hosts file; it is never in a layer");
    table.Refuse("no-hostname", "", "steps always have a host name of their own; it is never in a layer");
    table.Refuse("volume,v", "HOST:PATH",
                 "RUN --mount=type=bind,from=NAME with --build-context NAME=HOST, or --mount=type=cache");
    table.Refuse("mount", "MOUNT", "write RUN --mount=... in the Dockerfile");
  }

  void AddRefusals() {
    table.Refuse("all-platforms", "", "name the platforms: --platform linux/amd64,linux/arm64");
    table.Refuse("add-history", "", "every instruction is in the history already");
    table.Refuse("cpp-flag", "FLAG", "run the preprocessor first: cpp -E Containerfile.in > Containerfile");
    table.Refuse("cw", "OPTIONS", "confidential workloads are not made here");
    table.Refuse("decryption-key", "KEY", "encrypted layers are not read here; decrypt the base image first");
    table.Refuse("env", "NAME=VALUE", "write ENV in the Dockerfile, or use --build-arg");
    table.Refuse("iidfile-raw", "FILE", "--iidfile FILE has it with sha256: in front");
    table.Refuse("layer-label", "NAME=VALUE", "--label NAME=VALUE labels the image");
    table.Refuse("logfile", "FILE", "redirect: buildah build ... > FILE 2>&1");
    table.Refuse("os-feature", "FEATURE", "Windows is not built");
    table.Refuse("os-version", "VERSION", "Windows is not built");
    table.Refuse("save-stages", "", "name each stage with --target and --tag in a build of its own");
    for (const char* name :
         {"sbom", "sbom-scanner-image", "sbom-scanner-command", "sbom-merge-strategy", "sbom-output",
          "sbom-image-output", "sbom-purl-output", "sbom-image-purl-output"})
      table.Refuse(name, "VALUE",
                   "scan the built image: syft oci-dir:DIR, with -o type=oci,dest=DIR,tar=false");
    table.Refuse("sign-by", "KEY", "sign the pushed digest with cosign");
    table.Refuse("source-policy-file", "FILE",
                 "pin images by digest in the Dockerfile; guardctl audit checks it");
    table.Refuse("squash-all", "",
                 "--squash makes one layer of the build's steps; the base's layers stay shared");
    table.Refuse("stdin", "", "steps read nothing; give them a file with COPY or a heredoc");
    table.Refuse("unsetannotation", "NAME", "a base image's annotations are not inherited");
    table.Refuse("unsetenv", "NAME", kSteps);
    table.Refuse("unsetlabel", "NAME", "overwrite it: --label NAME=");
  }

  Result<void> Finish(const Words& words) {
    if (words.size() > 1)
      return Fail(table.command() + " takes one context; " + std::to_string(words.size()) + " were given",
                  "a value with spaces needs quotes");
    wishes.context = words.empty() ? "." : words[0];
    if (!arch.empty() || !os.empty() || !variant.empty()) {
      if (!wishes.platforms.empty())
        return Fail(table.command() + ": --platform and --os, --arch or --variant are given both");
      Platform host = HostPlatform();
      std::string text = (os.empty() ? host.os : os) + "/" + (arch.empty() ? host.architecture : arch);
      if (!variant.empty()) text += "/" + variant;
      wishes.platforms.push_back(TRY(ParsePlatform(text)));
    }
    if (!tls_verify) wishes.place.registry.insecure_all = wishes.place.registry.skip_tls_verify_all = true;
    if (!layers) wishes.squash = wishes.no_cache = true;
    if (const char* format = getenv("BUILDAH_FORMAT");
        format != nullptr && table.command().starts_with("buildah"))
      if (wishes.family == MediaFamily::kOci) TRY_VOID(TakeFormat(format));
    for (const std::string& repository : cache_from)
      wishes.cache_from.push_back("type=kaniko,repo=" + repository + (ttl.empty() ? "" : ",ttl=" + ttl));
    for (const std::string& repository : cache_to)
      wishes.cache_to.push_back("type=kaniko,repo=" + repository);
    if (http_proxy) {
      for (const char* name : {"http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "ftp_proxy",
                               "FTP_PROXY", "no_proxy", "NO_PROXY", "all_proxy", "ALL_PROXY"}) {
        const char* value = getenv(name);
        if (value != nullptr && *value != '\0') wishes.build_args.try_emplace(name, value);
      }
    }
    if (!retry_delay.empty()) {
      std::string text =
          retry_delay.ends_with('s') ? retry_delay.substr(0, retry_delay.size() - 1) : retry_delay;
      wishes.place.registry.first_pause = http::Milliseconds(1000 * TRY(ParseNumber<uint16_t>(text)));
    }
    for (const std::string& name : wishes.tags) TRY(StoreName(name));
    return TakeEpochFromEnvironment(wishes);
  }
};

}  // namespace

Result<BuildCall> ReadBuildahBuild(const std::string& command, const Words& arguments) {
  BuildahBuild build(command);
  build.wishes.place = TRY(DefaultPlace());
  FlagTable::Parsed parsed = TRY(build.table.Parse(arguments));
  if (parsed.help) {
    build.call.help = build.table.Help();
    return std::move(build.call);
  }
  TRY_VOID(build.Finish(parsed.words));
  return std::move(build.call);
}

std::vector<Flag> BuildahBuildFlags() { return OnlyNames(BuildahBuild("buildah build").table); }

}  // namespace guard::builder
