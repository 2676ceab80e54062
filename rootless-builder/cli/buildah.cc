// buildah and podman: building, carrying and naming images. Tested by tests/e2e/builder_standins.sh.
#include <cstdio>
#include <cstdlib>

#include "rootless-builder/cli/common_options.h"
#include "rootless-builder/cli/stand_ins.h"

namespace guard::builder {

namespace {

constexpr int kWrongUsage = 125;

Words Rest(const Words& words) { return words.empty() ? Words() : Words(words.begin() + 1, words.end()); }

int Refused(const std::string& message, const std::string& hint) {
  return Report(Fail(message, hint).error(), kWrongUsage);
}

// Flags of commands that speak to registries, as the native command line spells them.
void AddTransferFlags(FlagTable& table, Words& native) {
  auto pass = [&native](const char* flag) {
    return [&native, flag](const std::string& text) -> Result<void> {
      return native.push_back(std::string(flag) + "=" + text), Result<void>();
    };
  };
  table.Text("authfile", "FILE", "Credentials file", pass("--authfile"));
  table.Text("creds", "USER:PASSWORD", "Credential for the registry", pass("--creds"));
  table.Bool("tls-verify", "Check registries' certificates", [&native](bool value) -> Result<void> {
    if (!value) native.emplace_back("--no-tls-verify");
    return {};
  });
  table.Refuse("cert-dir", "DIR",
               "put the certificates into /etc/containers/certs.d/HOST or ~/.config/containers/certs.d/HOST");
  table.NoEffect("retry", "N", "transfers are tried again, and go on where they broke off");
  table.NoEffect("retry-delay", "DURATION", "transfers are tried again, with growing pauses");
}

int Login(const std::string& program, const std::string& name, const Words& words, const Session& session) {
  FlagTable table(program + " " + name, "[FLAGS] [REGISTRY]");
  Words native = {name};
  AddTransferFlags(table, native);
  if (name == "login") {
    table.Text("username,u", "NAME", "User name", [&](const std::string& text) -> Result<void> {
      return native.push_back("--username=" + text), Result<void>();
    });
    table.Text("password,p", "PASSWORD", "Password; --password-stdin is safer",
               [&](const std::string& text) -> Result<void> {
                 return native.push_back("--password=" + text), Result<void>();
               });
    table.Bool("password-stdin", "Read the password from standard input", [&](bool value) -> Result<void> {
      if (value) native.emplace_back("--password-stdin");
      return {};
    });
    table.Refuse("get-login", "", "read the credentials file");
    table.NoEffect("verbose,v", "", "the file is docker's, or --authfile");
  } else {
    table.Refuse("all,a", "", "name the registry");
  }
  auto read = ReadWords(table, words, 0, 1, kWrongUsage);
  if (!read) return read.error();
  native.insert(native.end(), read->begin(), read->end());
  return RunNative(native, session) == 0 ? 0 : kWrongUsage;
}

int Pull(const std::string& program, const Words& words, const Session& session) {
  FlagTable table(program + " pull", "[FLAGS] IMAGE");
  Words native = {"pull"};
  AddTransferFlags(table, native);
  table.Text("platform", "OS/ARCH", "Platform of an index", [&](const std::string& text) -> Result<void> {
    return native.push_back("--platform=" + text), Result<void>();
  });
  table.Bool("quiet,q", "No progress", [&](bool value) -> Result<void> {
    if (value) native.emplace_back("-q");
    return {};
  });
  table.Only("policy", "WHEN", {"always", "missing", "newer"},
             "a pull asks the registry, and fetches what is missing");
  table.Refuse("all-tags,a", "", "pull the tags that you need by name");
  for (const char* name : {"arch", "os", "variant"})
    table.Refuse(name, "VALUE", "use --platform OS/ARCH[/VARIANT]");
  auto read = ReadWords(table, words, 1, 1, kWrongUsage);
  if (!read) return read.error();
  std::string image = (*read)[0];
  if (image.starts_with("docker://")) image.erase(0, 9);
  native.push_back(image);
  return RunNative(native, session) == 0 ? 0 : kWrongUsage;
}

// The image goes to a registry, or with a transport's name into a file.
int Push(const std::string& program, const Words& words, const Session& session) {
  FlagTable table(program + " push", "[FLAGS] IMAGE [DESTINATION]");
  Words native = {"push"};
  AddTransferFlags(table, native);
  bool remove = false;
  table.Text("digestfile", "FILE", "File for the manifest's digest",
             [&](const std::string& text) -> Result<void> {
               return native.push_back("--digest-file=" + text), Result<void>();
             });
  table.Bool("quiet,q", "No progress", [&](bool value) -> Result<void> {
    if (value) native.emplace_back("-q");
    return {};
  });
  table.Bool("rm", "Take the name away afterwards", remove);
  table.NoEffect("all", "", "an index is always pushed with its images");
  table.NoEffect("remove-signatures", "", "signatures are artifacts of their own; none are copied");
  table.NoEffect("disable-content-trust", "", "signatures are not made by a push");
  table.NoEffect("compression-level", "N", "layers are pushed as they were packed by the build");
  table.NoEffect("force-compression", "", "layers are pushed as they were packed by the build");
  table.Only("compression-format", "FORMAT", {"gzip"},
             "say it when building: build --compression-format zstd");
  table.Only("format,f", "FORMAT", {"", "oci"}, "say it when building: build --format docker");
  table.Refuse("sign-by", "KEY", "sign the pushed digest with cosign");
  table.Refuse("encryption-key", "KEY", "encrypted layers are not made here");
  auto read = ReadWords(table, words, 1, 2, kWrongUsage);
  if (!read) return read.error();
  const std::string& image = (*read)[0];
  std::string to = read->size() > 1 ? (*read)[1] : "";
  if (to.starts_with("docker-archive:"))
    return SaveImages(program, {"--output=" + SplitList(to.substr(15), ':')[0], image});
  for (const char* transport : {"oci:", "oci-archive:", "dir:", "docker-daemon:", "containers-storage:"})
    if (to.starts_with(transport))
      return Refused(
          program + " push: the destination " + to + " is not known here",
          "known are docker://NAME and docker-archive:FILE; build -o type=oci,dest=FILE writes OCI archives");
  if (to.starts_with("docker://")) to.erase(0, 9);
  native.push_back(image);
  if (!to.empty()) native.push_back(to);
  if (RunNative(native, session) != 0) return kWrongUsage;
  return remove ? RunNative({"rmi", image}, session) : 0;
}

int Remove(const std::string& program, const Words& words, const Session& session) {
  FlagTable table(program + " rmi", "IMAGE...");
  table.NoEffect("force,f", "", "no container can use an image");
  table.Refuse("all,a", "", "name the images, or remove the store");
  table.Refuse("prune,p", "", program + " image prune removes what no image needs");
  auto read = ReadWords(table, words, 1, 1000, kWrongUsage);
  if (!read) return read.error();
  Words native = {"rmi"};
  native.insert(native.end(), read->begin(), read->end());
  return RunNative(native, session) == 0 ? 0 : kWrongUsage;
}

int RunNamed(const std::string& program, const std::string& name, const Words& words,
             const Session& session) {
  if (name == "build" || name == "bud" || name == "build-using-dockerfile")
    return EndBuild(ReadBuildahBuild(program + " " + name, words), session, kWrongUsage);
  if (name == "login" || name == "logout") return Login(program, name, words, session);
  if (name == "pull") return Pull(program, words, session);
  if (name == "push") return Push(program, words, session);
  if (name == "rmi") return Remove(program, words, session);
  if (name == "images") return ListImages(program, words);
  if (name == "inspect") return InspectImages(program, words);
  if (name == "manifest") return RunManifest(program, words, session);
  if (name == "save") return SaveImages(program, words);
  if (name == "load") return LoadImages(program, words);
  if (name == "tag") {
    auto read = ReadWords(FlagTable(program + " tag", "IMAGE NAME..."), words, 2, 1000, kWrongUsage);
    if (!read) return read.error();
    Words native = {"tag"};
    native.insert(native.end(), read->begin(), read->end());
    return RunNative(native, session) == 0 ? 0 : kWrongUsage;
  }
  if (name == "prune" || (name == "image" && !words.empty() && words[0] == "prune")) {
    FlagTable table(program + " " + name, "[FLAGS]");
    bool all = false;
    table.Bool("all,a", "The steps' cache too", all);
    table.NoEffect("force,f", "", "nobody is asked");
    auto read = ReadWords(table, name == "image" ? Rest(words) : words, 0, 0, kWrongUsage);
    if (!read) return read.error();
    return RunNative(all ? Words{"prune", "--all"} : Words{"prune"}, session) == 0 ? 0 : kWrongUsage;
  }
  if (name == "image" && !words.empty()) {
    std::string second = words[0] == "ls" || words[0] == "list" ? "images"
                         : words[0] == "rm"                     ? "rmi"
                                                                : words[0];
    for (const char* known : {"images", "rmi", "build", "inspect", "tag", "push", "pull", "save", "load"})
      if (second == known) return RunNamed(program, second, Rest(words), session);
  }
  if (name == "version")
    return printf("%s: rootless-builder %s\n", program.c_str(), session.version.c_str()), 0;
  if (name == "info") {
    return printf(
               "{\n  \"host\": {\"OS\": \"%s\", \"arch\": \"%s\", \"rootless\": true},\n  \"store\": "
               "{\"GraphRoot\": \"%s\"}\n}\n",
               HostPlatform().os.c_str(), HostPlatform().architecture.c_str(), DefaultStore().c_str()),
           0;
  }
  if (name == "ps" || name == "containers") return 0;
  for (const char* step :
       {"from", "copy", "add", "config", "commit", "mount", "umount", "unmount", "unshare"})
    if (name == step)
      return Refused(program + " " + name + ": building step by step is not known here",
                     "write the steps as a Dockerfile and build it: " + program + " build -f FILE CONTEXT");
  if (name == "run")
    return Refused(program + " run needs a container, and there are none here",
                   "write the step as RUN in a Dockerfile; for a program, give the job that image");
  for (const char* other :
       {"exec",   "start",   "stop",    "create",    "cp", "logs", "pod",    "play",   "kube", "network",
        "volume", "machine", "compose", "container", "rm", "kill", "rename", "source", "mkcw", "system"})
    if (name == other)
      return Refused(program + " " + name + " is not known here",
                     "only images are built and carried, no containers are run");
  static const std::vector<std::string> kKnown = {"build", "push",   "pull",    "login",    "logout",
                                                  "tag",   "images", "inspect", "manifest", "save",
                                                  "load",  "rmi",    "prune",   "info",     "version"};
  std::string_view nearest = Nearest(name, kKnown);
  return Refused(program + ": unknown command " + name,
                 nearest.empty() ? program + " --help lists the commands that there are"
                                 : "did you mean " + program + " " + std::string(nearest) + "?");
}

}  // namespace

int RunBuildah(const std::string& program, const Words& words, const Session& session) {
  FlagTable table(program, "COMMAND",
                  "rootless-builder as " + program +
                      ": builds and carries images.\n"
                      "Commands: build images info inspect load login logout manifest prune ps pull push rmi "
                      "save tag version");
  table.StopAtFirstWord();
  table.Text("root", "DIR", "The store", [](const std::string& text) -> Result<void> {
    setenv("ROOTLESS_BUILDER_STORE", text.c_str(), 1);
    return {};
  });
  table.NoEffect("runroot", "DIR", "nothing but the store keeps state");
  table.NoEffect("storage-driver", "DRIVER", "the best that the place allows is chosen");
  table.NoEffect("storage-opt", "OPTION", "the best that the place allows is chosen");
  table.NoEffect("log-level", "LEVEL", "every error says what is known");
  table.NoEffect("debug", "", "every error says what is known");
  table.NoEffect("cgroup-manager", "NAME", "no control groups are made");
  table.NoEffect("events-backend", "NAME", "there are no events");
  for (const char* name :
       {"registries-conf", "registries-conf-dir", "default-mounts-file", "short-name-alias-conf"})
    table.Refuse(name, "FILE", "say mirrors and insecure registries with flags (docs/registries.md)");
  for (const char* name : {"userns-uid-map", "userns-gid-map"})
    table.Refuse(name, "MAP", "ids are mapped by /etc/subuid and /etc/subgid");
  for (const char* name : {"url", "connection,c"})
    table.Refuse(name, "NAME", "there is no service to speak to; leave it out");
  table.Refuse("remote,r", "", "there is no service to speak to; leave it out");
  bool version = false;
  table.Bool("version,v", "Print the version", version);
  auto parsed = table.Parse(words);
  if (!parsed) return Report(parsed.error(), kWrongUsage);
  if (version) return printf("%s: rootless-builder %s\n", program.c_str(), session.version.c_str()), 0;
  if (parsed->help || parsed->words.empty() || parsed->words[0] == "help")
    return fputs(table.Help().c_str(), stdout), 0;
  return RunNamed(program, parsed->words[0], Rest(parsed->words), session);
}

}  // namespace guard::builder
