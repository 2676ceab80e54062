// What the stand-ins' build commands have in common. Tested by tests/unit/cli/stand_in_build_test.cc.
#include "rootless-builder/cli/stand_in_build.h"

#include <charconv>
#include <cstdio>
#include <cstdlib>

namespace guard::builder {

namespace {

constexpr const char* kResources =
    "steps use what the pod or machine has: limit it there (resources.limits of the job)";

}  // namespace

Result<PlaceWishes> DefaultPlace() {
  PlaceWishes place;
  place.registry = TRY(DefaultRegistryOptions({}));
  place.registry.warn = [](const std::string& message) {
    fputs(("warning: " + message + "\n").c_str(), stderr);
  };
  return place;
}

FlagTable::Take TakePair(std::map<std::string, std::string>& into, bool value_optional) {
  return [&into, value_optional](const std::string& text) -> Result<void> {
    size_t equals = text.find('=');
    if (equals == 0 || text.empty() || (equals == std::string::npos && !value_optional))
      return Fail("'" + text + "' is no NAME=VALUE");
    into[text.substr(0, equals)] = equals == std::string::npos ? "" : text.substr(equals + 1);
    return {};
  };
}

FlagTable::Take TakeBuildArg(std::map<std::string, std::string>& into) {
  return [&into](const std::string& text) -> Result<void> {
    if (text.find('=') == std::string::npos && !text.empty() && getenv(text.c_str()) == nullptr) {
      into.erase(text);
      return {};
    }
    auto [name, value] = TRY(ParseBuildArg(text));
    into[name] = value;
    return {};
  };
}

FlagTable::Take TakePlatforms(std::vector<Platform>& into) {
  return [&into](const std::string& text) -> Result<void> {
    for (const std::string& part : SplitList(text))
      into.push_back(part == "local" ? HostPlatform() : TRY(ParsePlatform(part)));
    return {};
  };
}

template <class Number>
Result<Number> ParseNumber(const std::string& text) {
  Number value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size())
    return Fail("'" + text + "' is no number that fits here");
  return value;
}
template Result<int> ParseNumber<int>(const std::string&);
template Result<unsigned> ParseNumber<unsigned>(const std::string&);
template Result<uint16_t> ParseNumber<uint16_t>(const std::string&);

Result<Compression> ParseCompression(const std::string& text) {
  if (text == "gzip") return Compression::kGzip;
  if (text == "zstd") return Compression::kZstd;
  if (text == "uncompressed" || text == "none") return Compression::kNone;
  return Fail("'" + text + "' is no compression that is known here", "known are gzip, zstd and uncompressed");
}

Result<Credential> ParseCredential(const std::string& text) {
  size_t colon = text.find(':');
  if (colon == 0 || colon == std::string::npos)
    return Fail("the credential has no user name or no password", "write it as USER:PASSWORD");
  Credential credential;
  credential.username = text.substr(0, colon), credential.password = text.substr(colon + 1);
  credential.origin = "--creds";
  return credential;
}

Words SplitList(const std::string& text, char at) {
  Words parts;
  for (size_t begin = 0; begin <= text.size();) {
    size_t end = std::min(text.find(at, begin), text.size());
    if (end > begin) parts.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

void AddCommonBuildFlags(FlagTable& table, BuildWishes& wishes) {
  table.Text("add-host", "NAME:ADDRESS", "Line in the steps' /etc/hosts",
             [&wishes](const std::string& text) -> Result<void> {
               wishes.run.hosts.push_back(TRY(ParseHost(text)));
               return {};
             });
  table.Text("build-arg", "NAME[=VALUE]", "Value of an ARG", TakeBuildArg(wishes.build_args));
  table.Text("build-context", "NAME=WHERE", "Further context: a directory, address or docker-image://REF",
             TakePair(wishes.contexts));
  table.Text("file,f", "FILE", "The Dockerfile (default: Dockerfile in the context; - is standard input)",
             [&wishes](const std::string& text) -> Result<void> {
               if (!wishes.dockerfile.empty() && wishes.dockerfile != text)
                 return Fail("several Dockerfiles were named", "join them into one file");
               wishes.dockerfile = text;
               return {};
             });
  table.Text("iidfile", "FILE", "File for the image's id", wishes.iid_file);
  table.Text("label", "NAME=VALUE", "Label of the image", TakePair(wishes.labels, true));
  table.Text("metadata-file", "FILE", "File for the build's metadata, JSON", wishes.metadata_file);
  table.Text("network", "MODE", "Network of RUN: default, host, none",
             [&wishes](const std::string& text) -> Result<void> {
               if (text == "default" || text == "bridge" || text == "private" || text.empty())
                 wishes.run.network = "default";
               else if (text == "host" || text == "none")
                 wishes.run.network = text;
               else
                 return Fail("there is no network '" + text + "' here",
                             "steps have the network of the job (default, host) or none");
               return {};
             });
  table.Bool("no-cache", "Run every step", wishes.no_cache);
  table.Text("output,o", "OUTPUT",
             "What becomes of the image: type=image|registry|oci|docker|local|tar,dest=PATH",
             [&wishes](const std::string& text) -> Result<void> {
               wishes.outputs.push_back(TRY(ParseOutput(text)));
               return {};
             });
  table.Text("platform", "OS/ARCH", "Platform to build for; several make an index",
             TakePlatforms(wishes.platforms));
  table.Bool("quiet,q", "Print the image's id only", wishes.quiet);
  table.Text("secret", "id=ID,src=FILE", "Secret for RUN --mount=type=secret",
             [&wishes](const std::string& text) -> Result<void> { return ParseSecret(text, wishes.run); });
  table.Text("shm-size", "SIZE", "Size of /dev/shm", [&wishes](const std::string& text) -> Result<void> {
    wishes.run.shm_size = TRY(ParseSize(text));
    return {};
  });
  table.Bool("squash", "One layer for all steps", wishes.squash);
  table.Text("ssh", "default|ID=SOCKET", "Agent for RUN --mount=type=ssh",
             [&wishes](const std::string& text) -> Result<void> { return ParseSsh(text, wishes.run); });
  table.List("tag,t", "NAME[:TAG]", "Name of the image", wishes.tags);
  table.Text("target", "STAGE", "Stage to build", wishes.target);
  table.Text("ulimit", "NAME=SOFT[:HARD]", "Limit of the steps' processes",
             [&wishes](const std::string& text) -> Result<void> {
               wishes.run.limits.push_back(TRY(ParseLimit(text)));
               return {};
             });
  table.NoEffect("compress", "", "there is no daemon that the context would be sent to");
  table.NoEffect("rm", "", "a step leaves no container behind");
  table.NoEffect("force-rm", "", "a step leaves no container behind");
  table.NoEffect("disable-content-trust", "", "signatures are not made or asked for by a build");
  AddResourceFlags(table);
}

void AddResourceFlags(FlagTable& table) {
  table.Refuse("cgroup-parent", "PATH", kResources);
  table.Refuse("cpu-period", "N", kResources);
  table.Refuse("cpu-quota", "N", kResources);
  table.Refuse("cpu-shares,c", "N", kResources);
  table.Refuse("cpuset-cpus", "LIST", kResources);
  table.Refuse("cpuset-mems", "LIST", kResources);
  table.Refuse("memory,m", "SIZE", kResources);
  table.Refuse("memory-swap", "SIZE", kResources);
}

Result<void> TakeEpochFromEnvironment(BuildWishes& wishes) {
  if (wishes.epoch) return {};
  auto argument = wishes.build_args.find("SOURCE_DATE_EPOCH");
  const char* variable = getenv("SOURCE_DATE_EPOCH");
  if (argument != wishes.build_args.end())
    wishes.epoch = TRY(ParseEpoch(argument->second));
  else if (variable != nullptr && *variable != '\0')
    wishes.epoch = TRY(ParseEpoch(variable));
  return {};
}

std::vector<Flag> OnlyNames(const FlagTable& table) {
  std::vector<Flag> flags = table.flags();
  for (Flag& flag : flags) flag.take = nullptr;
  return flags;
}

}  // namespace guard::builder
