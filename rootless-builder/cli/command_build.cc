// rootless-builder build: flags named as docker's and BuildKit's. Tested by tests/e2e/builder_*.sh.
#include <CLI/CLI.hpp>
#include <cstdlib>
#include <memory>

#include "rootless-builder/cli/build_command.h"
#include "rootless-builder/cli/commands.h"
#include "rootless-builder/cli/common_options.h"

namespace guard::builder {

namespace {

struct Flags {
  CommonOptions common;
  BuildWishes wishes;
  std::vector<std::string> build_args, labels, annotations, contexts, platforms, secrets, ssh, hosts, limits,
      outputs, no_cache_filter;
  std::string compression = "gzip", epoch, shm_size, network = "default", format = "oci";
  int level = -1;

  Result<void> Read() {
    wishes.place = TRY(common.Wishes());
    for (const std::string& text : build_args) wishes.build_args.insert(TRY(ParseBuildArg(text)));
    TRY_VOID(ReadPairs("--label", labels, wishes.labels));
    TRY_VOID(ReadPairs("--annotation", annotations, wishes.annotations));
    TRY_VOID(ReadPairs("--build-context", contexts, wishes.contexts));
    for (const std::string& text : platforms) {
      for (size_t at = 0; at <= text.size();) {
        size_t comma = std::min(text.find(',', at), text.size());
        wishes.platforms.push_back(TRY(ParsePlatform(text.substr(at, comma - at))));
        at = comma + 1;
      }
    }
    for (const std::string& text : secrets) TRY_VOID(ParseSecret(text, wishes.run));
    for (const std::string& text : ssh) TRY_VOID(ParseSsh(text, wishes.run));
    for (const std::string& text : hosts) wishes.run.hosts.push_back(TRY(ParseHost(text)));
    for (const std::string& text : limits) wishes.run.limits.push_back(TRY(ParseLimit(text)));
    for (const std::string& text : outputs) wishes.outputs.push_back(TRY(ParseOutput(text)));
    wishes.no_cache_stages.insert(no_cache_filter.begin(), no_cache_filter.end());
    if (!shm_size.empty()) wishes.run.shm_size = TRY(ParseSize(shm_size));
    wishes.run.network = network;
    wishes.layers.compression = compression == "zstd"   ? Compression::kZstd
                                : compression == "none" ? Compression::kNone
                                                        : Compression::kGzip;
    wishes.layers.level = level;
    wishes.family = format == "docker" ? MediaFamily::kDocker : MediaFamily::kOci;
    if (epoch.empty()) {
      auto argument = wishes.build_args.find("SOURCE_DATE_EPOCH");
      const char* variable = getenv("SOURCE_DATE_EPOCH");
      if (argument != wishes.build_args.end())
        epoch = argument->second;
      else if (variable != nullptr)
        epoch = variable;
    }
    if (!epoch.empty()) wishes.epoch = TRY(ParseEpoch(epoch));
    return {};
  }

  static Result<void> ReadPairs(const char* flag, const std::vector<std::string>& texts,
                                std::map<std::string, std::string>& into) {
    for (const std::string& text : texts) {
      size_t equals = text.find('=');
      if (equals == 0 || equals == std::string::npos)
        return Fail(std::string(flag) + " " + text + ": NAME=VALUE is wanted");
      into[text.substr(0, equals)] = text.substr(equals + 1);
    }
    return {};
  }
};

}  // namespace

void AddBuild(CLI::App& app, const Session& session, int& status) {
  auto flags = std::make_shared<Flags>();
  BuildWishes& wishes = flags->wishes;
  CLI::App* build = app.add_subcommand("build", "Build an image from a Dockerfile");
  build
      ->add_option("context", wishes.context,
                   "Directory, archive, repository or address that COPY reads from; - is standard input")
      ->type_name("CONTEXT")
      ->required();
  build
      ->add_option("-f,--file", wishes.dockerfile,
                   "The Dockerfile (default: Dockerfile in the context; - is standard input)")
      ->type_name("FILE");
  build->add_option("-t,--tag", wishes.tags, "Name of the image")->type_name("NAME[:TAG]");
  build->add_option("--target", wishes.target, "Stage to build")->type_name("STAGE");
  build->add_option("--build-arg", flags->build_args, "Value of an ARG")->type_name("NAME[=VALUE]");
  build
      ->add_option("--build-context", flags->contexts,
                   "Further context: a directory, address or docker-image://REF")
      ->type_name("NAME=WHERE");
  build->add_option("--label", flags->labels, "Label of the image")->type_name("NAME=VALUE");
  build->add_option("--annotation", flags->annotations, "Annotation of the manifest")
      ->type_name("NAME=VALUE");
  build->add_option("--platform", flags->platforms, "Platform to build for; several make an index")
      ->type_name("OS/ARCH");
  build->add_option("--secret", flags->secrets, "Secret for RUN --mount=type=secret")
      ->type_name("id=ID,src=FILE|env=NAME");
  build->add_option("--ssh", flags->ssh, "Agent for RUN --mount=type=ssh")->type_name("default|ID=SOCKET");
  build->add_option("--add-host", flags->hosts, "Line in the steps' /etc/hosts")->type_name("NAME:ADDRESS");
  build->add_option("--network", flags->network, "Network of RUN: default, host, none")
      ->check(CLI::IsMember({"default", "host", "none"}));
  build->add_option("--shm-size", flags->shm_size, "Size of /dev/shm")->type_name("SIZE");
  build->add_option("--ulimit", flags->limits, "Limit of the steps' processes")
      ->type_name("NAME=SOFT[:HARD]");
  build->add_flag("--no-cache", wishes.no_cache, "Run every step");
  build->add_option("--no-cache-filter", flags->no_cache_filter, "Run every step of these stages")
      ->delimiter(',')
      ->type_name("STAGE");
  build->add_option("--cache-from", wishes.cache_from, "Where steps' results are looked for")
      ->type_name("type=...");
  build->add_option("--cache-to", wishes.cache_to, "Where steps' results are put")->type_name("type=...");
  build->add_flag("--pull", wishes.pull, "Ask registries for base images even if the store has them");
  build->add_flag("--push", wishes.push, "Push to the names' registries");
  build
      ->add_option("-o,--output", flags->outputs,
                   "What becomes of the image: type=image|registry|oci|docker|local|tar,dest=PATH")
      ->type_name("OUTPUT");
  build->add_flag("--squash", wishes.squash, "One layer for all steps");
  build->add_option("--compression", flags->compression, "Of layers: gzip, zstd, none")
      ->check(CLI::IsMember({"gzip", "zstd", "none"}));
  build->add_option("--compression-level", flags->level, "Of the compression")->type_name("LEVEL");
  build->add_option("--format", flags->format, "Media types: oci, docker")
      ->check(CLI::IsMember({"oci", "docker"}));
  build
      ->add_option("--source-date-epoch", flags->epoch,
                   "Time for everything that is made (also the variable SOURCE_DATE_EPOCH)")
      ->type_name("SECONDS");
  build->add_option("-j,--jobs", wishes.jobs, "Steps at a time (default: cores)");
  build->add_option("--iidfile", wishes.iid_file, "File for the image's id")->type_name("FILE");
  build->add_option("--metadata-file", wishes.metadata_file, "File for the build's metadata, JSON")
      ->type_name("FILE");
  build->add_option("--digest-file", wishes.digest_file, "File for the manifest's digest")->type_name("FILE");
  build->add_option("--progress", wishes.progress, "auto, plain, tty, quiet, rawjson")
      ->check(CLI::IsMember({"auto", "plain", "tty", "quiet", "rawjson"}));
  build->add_flag("-q,--quiet", wishes.quiet, "Print the image's id only");
  build->add_flag("--dry-run", wishes.dry_run, "Print the plan and do nothing");
  build->add_flag("--check", wishes.check, "Check the Dockerfile and do nothing");
  flags->common.AddStore(*build);
  flags->common.AddSandbox(*build);
  flags->common.AddRegistries(*build);
  build->callback([flags, session, &status] {
    auto read = flags->Read();
    status = read ? RunBuild(flags->wishes, *session.stop) : Report(read.error(), 2);
  });
}

}  // namespace guard::builder
