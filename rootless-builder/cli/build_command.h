// A build as a command line asks for it, whichever command line that was: the native one, docker's, kaniko's,
// Buildah's.
#pragma once

#include <atomic>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "rootless-builder/build/builder.h"
#include "rootless-builder/cli/place.h"

namespace guard::builder {

struct OutputWish {
  // "image": a name in the store; "registry": pushed; "oci", "docker": archives (or a layout directory with
  // `directory`); "local": files into a directory; "tar": files as an archive.
  std::string type;
  std::string destination;  // a path; "-": standard output
  bool directory = false;   // type=oci,tar=false
  std::vector<std::string> names;
};

struct BuildWishes {
  PlaceWishes place;
  std::string context = ".";
  std::string context_sub_path;
  std::map<std::string, std::string> git_options;
  std::string dockerfile;       // empty: Dockerfile in the context; "-": standard input
  std::string dockerfile_text;  // instead of a file
  std::string ignore_file;      // Buildah's --ignorefile
  std::string target;
  std::vector<std::string> tags;
  std::map<std::string, std::string> build_args;
  std::map<std::string, std::string> labels;
  std::map<std::string, std::string> annotations;
  std::map<std::string, std::string> contexts;
  std::vector<Platform> platforms;  // empty: this machine's
  std::string from_override;
  bool no_cache = false;
  std::set<std::string> no_cache_stages;
  bool pull = false;        // ask registries even for what the store has a name for
  bool pull_never = false;  // base images come from the store alone
  bool push = false;
  bool check_push = false;  // before anything is built, ask the registries whether the push will be allowed
  std::vector<OutputWish> outputs;
  std::vector<std::string> cache_from, cache_to;  // BuildKit's "type=...,..." texts
  RunSettings run;
  LayerOptions layers;
  std::optional<int64_t> epoch;
  std::vector<std::string> ignore_paths;
  bool squash = false;
  MediaFamily family = MediaFamily::kOci;
  unsigned jobs = 0;  // 0: the cores
  bool keep_immutable_tag = false;
  int push_retries = 0;

  std::string progress = "auto";  // auto, plain, tty, quiet, rawjson
  bool quiet = false;             // print the image's id only
  bool dry_run = false;           // print the plan
  bool check = false;             // print the warnings about the Dockerfile
  std::string iid_file, metadata_file;
  std::string digest_file;           // "sha256:..."
  std::string name_digest_file;      // "repo@sha256:..." a line
  std::string name_tag_digest_file;  // "repo:tag@sha256:..." a line
};

// Exit status: 0 built and delivered, 1 a step or a transfer failed, 2 wrong usage or an input that cannot be
// read.
int RunBuild(const BuildWishes& wishes, std::atomic<bool>& stop);

// Reading what build flags hold. Errors name the flag's text.
Result<std::pair<std::string, std::string>> ParseBuildArg(
    const std::string& text);  // NAME=value, or NAME from the environment
Result<void> ParseSecret(const std::string& text, RunSettings& settings);        // id=x,src=y | id=x,env=Y
Result<void> ParseSsh(const std::string& text, RunSettings& settings);           // default | id=path
Result<std::pair<std::string, std::string>> ParseHost(const std::string& text);  // name:address, name=address
Result<OutputWish> ParseOutput(const std::string& text);
Result<uint64_t> ParseSize(const std::string& text);  // 64m, 1g
Result<std::pair<std::string, std::pair<uint64_t, uint64_t>>> ParseLimit(
    const std::string& text);  // nofile=1024:2048
Result<int64_t> ParseEpoch(const std::string& text);
// "a=b,c=d" with CSV quoting, as BuildKit's flags; keys in lower case.
Result<std::vector<std::pair<std::string, std::string>>> ParseFields(const std::string& text);

}  // namespace guard::builder
