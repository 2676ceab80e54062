// docker, without a daemon: what builds and carries images works; what runs containers says what to do
// instead. Tested by tests/e2e/builder_standins.sh.
#include <cstdio>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "rootless-builder/cli/common_options.h"
#include "rootless-builder/cli/go_template.h"
#include "rootless-builder/cli/stand_ins.h"

namespace guard::builder {

namespace {

constexpr int kWrongUsage = 125;

// What cannot be, and what to do.
struct Missing {
  const char* command;
  const char* instead;
};
constexpr const char* kService = "let the CI system start it: a service, a sidecar or a job with that image";
constexpr const char* kNoContainer = "there are no containers here; only images are built and carried";
constexpr Missing kMissing[] = {
    {"run", "give the job that image, or do it in a RUN step; for a service, let the CI system start it"},
    {"exec", kNoContainer},
    {"start", kService},
    {"stop", kNoContainer},
    {"restart", kService},
    {"kill", kNoContainer},
    {"rm", kNoContainer},
    {"create",
     "to take files out of an image: rootless-builder build -o type=local,dest=DIR, with FROM scratch and "
     "COPY --from=IMAGE"},
    {"cp",
     "to take files out of an image: rootless-builder build -o type=local,dest=DIR, with FROM scratch and "
     "COPY --from=IMAGE"},
    {"export", "the files of an image: rootless-builder build -o type=tar,dest=FILE"},
    {"import", "FROM scratch and ADD FILE.tar / in a Dockerfile make an image of an archive"},
    {"commit", "write the change as a RUN step of a Dockerfile"},
    {"logs", kNoContainer},
    {"attach", kNoContainer},
    {"diff", kNoContainer},
    {"events", kNoContainer},
    {"pause", kNoContainer},
    {"unpause", kNoContainer},
    {"port", kNoContainer},
    {"rename", kNoContainer},
    {"stats", kNoContainer},
    {"top", kNoContainer},
    {"update", kNoContainer},
    {"wait", kNoContainer},
    {"container", kNoContainer},
    {"network", "steps have the network of the job; services are reached as the CI system names them"},
    {"volume", "keep files between steps with RUN --mount=type=cache"},
    {"compose", "build each service's image with docker build; let the CI system start the services"},
    {"stack", "there is no swarm"},
    {"swarm", "there is no swarm"},
    {"service", "there is no swarm"},
    {"node", "there is no swarm"},
    {"secret", "give secrets to a build: docker build --secret id=NAME,src=FILE"},
    {"config", "there is no swarm"},
    {"plugin", "there are no plugins"},
    {"trust", "sign the pushed digest with cosign"},
    {"checkpoint", kNoContainer},
    {"search", "search on the registry's own pages"},
    {"history", "docker inspect shows the configuration; rootless-builder inspect the history"},
    {"scout", "scan the pushed image with a scanner of your choice"},
    {"sbom", "scan the built image: syft oci-dir:DIR, with -o type=oci,dest=DIR,tar=false"},
    {"init", "write the Dockerfile by hand"},
};

int Refuse(const std::string& command, const std::string& instead, int status) {
  return Report(Fail(command + " needs a Docker daemon, and there is none here", instead).error(), status);
}

int Wrong(const std::string& message, const std::string& hint) {
  return Report(Fail(message, hint).error(), 1);
}

Words Rest(const Words& words, size_t from = 1) {
  return Words(words.begin() + static_cast<std::ptrdiff_t>(std::min(from, words.size())), words.end());
}

int Login(const std::string& name, const Words& words, const Session& session) {
  FlagTable table("docker " + name, "[FLAGS] [REGISTRY]",
                  name == "login" ? "Keeps a credential for a registry." : "Forgets a credential.");
  Words native = {name};
  if (name == "login") {
    table.Text("username,u", "NAME", "User name", [&](const std::string& text) -> Result<void> {
      return native.insert(native.end(), {"-u", text}), Result<void>();
    });
    table.Text("password,p", "PASSWORD", "Password; --password-stdin is safer",
               [&](const std::string& text) -> Result<void> {
                 return native.push_back("--password=" + text), Result<void>();
               });
    table.Bool("password-stdin", "Read the password from standard input", [&](bool value) -> Result<void> {
      if (value) native.emplace_back("--password-stdin");
      return {};
    });
  }
  auto read = ReadWords(table, words, 0, 1, kWrongUsage);
  if (!read) return read.error();
  for (std::string target : *read) {
    // As docker's own default, and as scripts write addresses.
    for (const char* scheme : {"https://", "http://"})
      if (target.starts_with(scheme)) target.erase(0, std::string_view(scheme).size());
    if (target.ends_with("/v1/") || target.ends_with("/v2/")) target.resize(target.size() - 4);
    while (target.ends_with('/')) target.pop_back();
    if (target == "index.docker.io" || target == "registry-1.docker.io") target = "docker.io";
    native.push_back(target);
  }
  return RunNative(native, session) == 0 ? 0 : 1;
}

int Pull(const Words& words, const Session& session) {
  FlagTable table("docker pull", "[FLAGS] NAME[:TAG]", "Fetches an image into the store.");
  Words native = {"pull"};
  table.Text("platform", "OS/ARCH", "Platform of an index", [&](const std::string& text) -> Result<void> {
    return native.insert(native.end(), {"--platform", text}), Result<void>();
  });
  bool quiet = false;
  table.Bool("quiet,q", "No progress", quiet);
  table.Refuse("all-tags,a", "", "pull the tags that you need by name");
  table.NoEffect("disable-content-trust", "", "signatures are not asked for");
  auto read = ReadWords(table, words, 1, 1, kWrongUsage);
  if (!read) return read.error();
  if (quiet) native.emplace_back("-q");
  if (const char* platform = getenv("DOCKER_DEFAULT_PLATFORM");
      platform != nullptr && *platform != '\0' &&
      std::find(native.begin(), native.end(), "--platform") == native.end())
    native.insert(native.end(), {"--platform", platform});
  native.push_back((*read)[0]);
  return RunNative(native, session) == 0 ? 0 : 1;
}

int Push(const Words& words, const Session& session) {
  FlagTable table("docker push", "[FLAGS] NAME[:TAG]", "Sends an image to its registry.");
  bool all = false, quiet = false;
  table.Bool("all-tags,a", "All tags of the repository", all);
  table.Bool("quiet,q", "No progress", quiet);
  table.Refuse("platform", "OS/ARCH",
               "push the whole index, or pull that platform with docker pull --platform first");
  table.NoEffect("disable-content-trust", "",
                 "signatures are not made by a push; sign the digest with cosign");
  auto read = ReadWords(table, words, 1, 1, kWrongUsage);
  if (!read) return read.error();
  std::vector<std::string> names = {(*read)[0]};
  if (all) {
    auto wanted = ParseImageReference(names[0]);
    if (!wanted) return Report(wanted.error(), 1);
    if (!wanted->tag.empty())
      return Wrong("a tag cannot be given together with --all-tags", "name the repository alone");
    auto store = Store::Open(DefaultStore());
    if (!store) return Report(store.error(), 1);
    auto there = (*store)->Names();
    if (!there) return Report(there.error(), 1);
    names.clear();
    for (const NamedImage& image : *there) {
      auto reference = ParseImageReference(image.name);
      if (reference && RepositoryOf(*reference) == RepositoryOf(*wanted) && !reference->tag.empty())
        names.push_back(image.name);
    }
    if (names.empty())
      return Wrong("there is no image of " + (*read)[0] + " here", "docker images lists what there is");
  }
  for (const std::string& name : names) {
    Words native = {"push"};
    if (quiet) native.emplace_back("-q");
    native.push_back(name);
    if (RunNative(native, session) != 0) return 1;
  }
  return 0;
}

int Remove(const Words& words, const Session& session) {
  FlagTable table("docker rmi", "IMAGE...",
                  "Takes names away; docker image prune removes what is left without one.");
  table.NoEffect("force,f", "", "no container can use an image");
  table.NoEffect("no-prune", "", "nothing but the name is removed");
  auto read = ReadWords(table, words, 1, 1000, kWrongUsage);
  if (!read) return read.error();
  Words native = {"rmi"};
  native.insert(native.end(), read->begin(), read->end());
  return RunNative(native, session) == 0 ? 0 : 1;
}

int Tag(const Words& words, const Session& session) {
  auto read = ReadWords(FlagTable("docker tag", "IMAGE NAME", "Gives an image a further name."), words, 2, 2,
                        kWrongUsage);
  if (!read) return read.error();
  return RunNative({"tag", (*read)[0], (*read)[1]}, session) == 0 ? 0 : 1;
}

int Prune(const std::string& command, const Words& words, const Session& session) {
  FlagTable table(command, "[FLAGS]", "Removes what no image needs.");
  bool all = false;
  table.Bool("all,a", "The steps' cache too", all);
  table.NoEffect("force,f", "", "nobody is asked");
  table.NoEffect("volumes", "", "there are no volumes");
  table.Refuse("filter", "FILTER", "rootless-builder prune --keep-hours N keeps what was used since");
  table.Refuse("keep-storage", "SIZE", "rootless-builder prune --keep-hours N keeps what was used since");
  auto read = ReadWords(table, words, 0, 0, kWrongUsage);
  if (!read) return read.error();
  Words native = {"prune"};
  if (all) native.emplace_back("--all");
  return RunNative(native, session) == 0 ? 0 : 1;
}

// version, info: scripts and runners ask them until a daemon answers. Nothing has to be waited for here.
int ShowFacts(const std::string& name, const Words& words, const Session& session) {
  FlagTable table("docker " + name, "[--format TEMPLATE]", "");
  std::string format;
  table.Text("format,f", "TEMPLATE", "{{.Server.Version}}, {{json .}}", format);
  auto read = ReadWords(table, words, 0, 0, kWrongUsage);
  if (!read) return read.error();
  Platform host = HostPlatform();
  nlohmann::json facts;
  if (name == "version") {
    nlohmann::json part = {
        {"Version", session.version}, {"ApiVersion", "none"}, {"Os", host.os}, {"Arch", host.architecture}};
    facts = {{"Client", part}, {"Server", part}};
  } else {
    facts = {{"ServerVersion", session.version},
             {"Driver", "rootless-builder"},
             {"Name", "rootless-builder"},
             {"OSType", host.os},
             {"Architecture", host.architecture},
             {"DockerRootDir", DefaultStore()},
             {"Containers", 0},
             {"ContainersRunning", 0},
             {"SecurityOptions", {"name=rootless"}}};
  }
  if (!format.empty()) {
    auto text = FillTemplate(format == "json" ? "{{json .}}" : format, facts);
    if (!text) return Report(text.error(), 1);
    puts(text->c_str());
    return 0;
  }
  if (name == "version")
    printf("Client: rootless-builder\n Version: %s\n OS/Arch: %s\n\nServer: none is needed\n Version: %s\n",
           session.version.c_str(), host.ToString().c_str(), session.version.c_str());
  else
    printf(
        "Client: rootless-builder\n Version: %s\n\nServer: none is needed\n Containers: 0\n Server Version: "
        "%s\n"
        " Storage Driver: rootless-builder\n Docker Root Dir: %s\n OSType: %s\n Architecture: %s\n",
        session.version.c_str(), session.version.c_str(), DefaultStore().c_str(), host.os.c_str(),
        host.architecture.c_str());
  return 0;
}

int ListContainers(const Words& words) {
  FlagTable table("docker ps", "[FLAGS]", "There are no containers; the list is empty.");
  bool quiet = false;
  std::string format;
  table.Bool("quiet,q", "Ids only", quiet);
  table.Text("format", "TEMPLATE", "How each would be shown", format);
  for (const char* name : {"all,a", "latest,l", "no-trunc", "size,s"})
    table.NoEffect(name, "", "the list is empty");
  for (const char* name : {"filter,f", "last,n"}) table.NoEffect(name, "VALUE", "the list is empty");
  auto read = ReadWords(table, words, 0, 0, kWrongUsage);
  if (!read) return read.error();
  if (!quiet && format.empty())
    puts("CONTAINER ID   IMAGE     COMMAND   CREATED   STATUS    PORTS     NAMES");
  return 0;
}

int Buildx(const Words& words, const Session& session) {
  std::string name = words.empty() ? "" : words[0];
  if (name == "build" || name == "b")
    return EndBuild(ReadDockerBuild("docker buildx build", Rest(words)), session, kWrongUsage);
  if (name == "imagetools") return RunImageTools(Rest(words), session);
  if (name == "version") return printf("rootless-builder %s\n", session.version.c_str()), 0;
  if (name == "prune") return Prune("docker buildx prune", Rest(words), session);
  // Builders are made, chosen and removed by every pipeline; there is one, and it is there.
  if (name == "create" || name == "use" || name == "rm" || name == "stop" || name == "inspect" ||
      name == "ls" || name == "du") {
    FlagTable table("docker buildx " + name, "[FLAGS] [NAME]", "There is one builder: this program.");
    std::string builder = "default";
    table.Text("name", "NAME", "Ignored but printed", builder);
    for (const char* flag : {"use", "bootstrap", "append", "default", "global", "leave", "all-inactive",
                             "force,f", "keep-state", "keep-daemon", "no-trunc", "verbose"})
      table.NoEffect(flag, "", "there is one builder: this program");
    for (const char* flag :
         {"driver", "driver-opt", "node", "builder", "platform", "buildkitd-flags", "timeout", "format"})
      table.NoEffect(flag, "VALUE", "there is one builder: this program");
    for (const char* flag : {"config", "buildkitd-config"})
      table.Refuse(flag, "FILE",
                   "say mirrors and insecure registries with rootless-builder's flags (docs/registries.md)");
    auto read = ReadWords(table, Rest(words), 0, 1, kWrongUsage);
    if (!read) return read.error();
    if (name == "create") puts(builder.c_str());
    if (name == "inspect")
      printf(
          "Name:   default\nDriver: rootless-builder\n\nNodes:\nName:      default\nStatus:    "
          "running\nPlatforms: %s\n",
          HostPlatform().ToString().c_str());
    if (name == "ls")
      printf(
          "NAME/NODE   DRIVER/ENDPOINT    STATUS    PLATFORMS\ndefault *   rootless-builder   running   %s\n",
          HostPlatform().ToString().c_str());
    return 0;
  }
  if (name == "bake")
    return Wrong("docker buildx bake is not known here",
                 "call docker build once for each target of the bake file");
  if (name == "install" || name == "uninstall") return 0;
  return Wrong(name.empty() ? "docker buildx needs a command" : "docker buildx: unknown command " + name,
               "known are build, imagetools, create, use, inspect, ls, rm, version and prune");
}

using Run = int (*)(const Words&, const Session&);
struct Command {
  const char* name;
  Run run;
};
const Command kCommands[] = {
    {"build",
     [](const Words& words, const Session& session) {
       return EndBuild(ReadDockerBuild("docker build", words), session, kWrongUsage);
     }},
    {"buildx", Buildx},
    {"login", [](const Words& words, const Session& session) { return Login("login", words, session); }},
    {"logout", [](const Words& words, const Session& session) { return Login("logout", words, session); }},
    {"pull", Pull},
    {"push", Push},
    {"tag", Tag},
    {"rmi", Remove},
    {"images", [](const Words& words, const Session&) { return ListImages("docker", words); }},
    {"inspect", [](const Words& words, const Session&) { return InspectImages("docker", words); }},
    {"save", [](const Words& words, const Session&) { return SaveImages("docker", words); }},
    {"load", [](const Words& words, const Session&) { return LoadImages("docker", words); }},
    {"manifest",
     [](const Words& words, const Session& session) { return RunManifest("docker", words, session); }},
    {"version",
     [](const Words& words, const Session& session) { return ShowFacts("version", words, session); }},
    {"info", [](const Words& words, const Session& session) { return ShowFacts("info", words, session); }},
    {"ps", [](const Words& words, const Session&) { return ListContainers(words); }},
};

int RunNamed(const std::string& name, const Words& words, const Session& session);

int Image(const Words& words, const Session& session) {
  std::string name = words.empty() ? "" : words[0];
  if (name == "ls" || name == "list") return RunNamed("images", Rest(words), session);
  if (name == "rm" || name == "remove") return RunNamed("rmi", Rest(words), session);
  if (name == "prune") return Prune("docker image prune", Rest(words), session);
  for (const char* same : {"build", "inspect", "tag", "push", "pull", "save", "load"})
    if (name == same) return RunNamed(name, Rest(words), session);
  return Wrong(name.empty() ? "docker image needs a command" : "docker image: unknown command " + name,
               "known are build, ls, rm, inspect, tag, push, pull, prune, save and load");
}

int RunNamed(const std::string& name, const Words& words, const Session& session) {
  for (const Command& command : kCommands)
    if (name == command.name) return command.run(words, session);
  if (name == "image") return Image(words, session);
  std::string second = words.empty() ? "" : words[0];
  if (name == "builder" && (second == "prune" || second == "build"))
    return second == "prune" ? Prune("docker builder prune", Rest(words), session)
                             : RunNamed("build", Rest(words), session);
  if (name == "system" && second == "prune") return Prune("docker system prune", Rest(words), session);
  if (name == "system" && second == "info") return ShowFacts("info", Rest(words), session);
  if (name == "container" && (second == "ls" || second == "list" || second == "ps"))
    return ListContainers(Rest(words));
  if (name == "context" && (second == "ls" || second == "list"))
    return puts(
               "NAME        DESCRIPTION                    DOCKER ENDPOINT\ndefault *   rootless-builder, no "
               "daemon"),
           0;
  if (name == "context" && second == "show") return puts("default"), 0;
  if (name == "context" && second == "use" && words.size() > 1 && words[1] == "default") return 0;
  for (const Missing& missing : kMissing)
    if (name == missing.command)
      return Refuse("docker " + name, missing.instead, name == "run" ? kWrongUsage : 1);
  std::vector<std::string_view> known = {"image"};
  for (const Command& command : kCommands) known.emplace_back(command.name);
  std::string_view nearest = Nearest(name, known);
  return Wrong("docker: unknown command " + name + (second.empty() ? "" : " " + second),
               nearest.empty() ? "docker --help lists the commands that there are"
                               : "did you mean docker " + std::string(nearest) + "?");
}

void NoteDaemon() {
  std::string set;
  for (const char* name :
       {"DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_TLS_VERIFY", "DOCKER_CERT_PATH", "DOCKER_TLS"}) {
    const char* value = getenv(name);
    if (value != nullptr && *value != '\0') set += (set.empty() ? "" : ", ") + std::string(name);
  }
  if (!set.empty())
    fprintf(stderr, "note: %s ignored: rootless-builder works without a daemon\n", (set + " is").c_str());
}

}  // namespace

int RunDocker(const Words& words, const Session& session) {
  FlagTable table(
      "docker", "COMMAND",
      "rootless-builder as docker: builds and carries images without a daemon.\n"
      "Commands: build buildx builder image images info inspect load login logout manifest ps pull push\n"
      "          rmi save system tag version");
  table.StopAtFirstWord();
  table.Text("config", "DIR", "Directory of config.json", [](const std::string& text) -> Result<void> {
    setenv("DOCKER_CONFIG", text.c_str(), 1);
    return {};
  });
  table.NoEffect("debug,D", "", "every error says what is known");
  table.NoEffect("log-level,l", "LEVEL", "there is no log of a daemon");
  table.Only("context,c", "NAME", {"", "default"}, "there are no contexts: everything happens here");
  table.Refuse("host,H", "ADDRESS", "there is no daemon to speak to; leave it out");
  for (const char* name : {"tls", "tlsverify"})
    table.Refuse(name, "", "there is no daemon to speak to; leave it out");
  for (const char* name : {"tlscacert", "tlscert", "tlskey"})
    table.Refuse(name, "FILE", "there is no daemon to speak to; leave it out");
  bool version = false;
  table.Bool("version,v", "Print the version", version);
  auto parsed = table.Parse(words);
  if (!parsed) return Report(parsed.error(), kWrongUsage);
  if (version) return printf("rootless-builder %s, as docker\n", session.version.c_str()), 0;
  if (parsed->help || parsed->words.empty() || parsed->words[0] == "help")
    return fputs(table.Help().c_str(), stdout), 0;
  NoteDaemon();
  return RunNamed(parsed->words[0], Rest(parsed->words), session);
}

}  // namespace guard::builder
