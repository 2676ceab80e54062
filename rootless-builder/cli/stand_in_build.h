// Builds as the programs that we stand in for are asked for them: their command lines become wishes.
#pragma once

#include <string>
#include <vector>

#include "rootless-builder/cli/build_command.h"
#include "rootless-builder/cli/flag_table.h"

namespace guard::builder {

struct BuildCall {
  BuildWishes wishes;
  std::string help;           // not empty: --help was asked for, and nothing else
  std::string manifest_list;  // Buildah's --manifest: the index that the image is added to
  bool print_version = false;
};

using Words = std::vector<std::string>;

Result<BuildCall> ReadKaniko(const Words& arguments);
Result<BuildCall> ReadDockerBuild(const std::string& command, const Words& arguments);
Result<BuildCall> ReadBuildahBuild(const std::string& command, const Words& arguments);

// The flags that each knows; they cannot be taken with these copies.
std::vector<Flag> KanikoFlags();
std::vector<Flag> DockerBuildFlags();
std::vector<Flag> BuildahBuildFlags();

// What every line of a wish says, where it is not the default: for tests and --debug.
std::string Print(const BuildWishes& wishes);

// --- what their readers share

// Store, sandbox, registries and credentials as this place has them.
Result<PlaceWishes> DefaultPlace();

FlagTable::Take TakePair(std::map<std::string, std::string>& into, bool value_optional = false);
// NAME=VALUE, or NAME: what the environment says, and nothing where it says nothing.
FlagTable::Take TakeBuildArg(std::map<std::string, std::string>& into);
FlagTable::Take TakePlatforms(std::vector<Platform>& into);
template <class Number>
Result<Number> ParseNumber(const std::string& text);
Result<Compression> ParseCompression(const std::string& text);
Result<Credential> ParseCredential(const std::string& text);  // USER:PASSWORD
// "a,b,c", empty parts left out.
Words SplitList(const std::string& text, char at = ',');

// What `docker build` and `buildah build` spell alike.
void AddCommonBuildFlags(FlagTable& table, BuildWishes& wishes);
// --cpu-*, --memory and their like: the pod's affair.
void AddResourceFlags(FlagTable& table);
// SOURCE_DATE_EPOCH, as an argument or in the environment, where no flag said a time.
Result<void> TakeEpochFromEnvironment(BuildWishes& wishes);

// Copies without what they refer to.
std::vector<Flag> OnlyNames(const FlagTable& table);

}  // namespace guard::builder
