// What a build will do: stages of steps in which every variable is expanded, every name is resolved and every
// default is written out. Nothing here has touched a file system yet; a plan prints itself (plan/print.h) and
// is executed by build/.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "rootless-builder/image/config.h"
#include "rootless-builder/image/manifest.h"

namespace guard::builder {

// Where files come from: the build context, a named context, a stage of this plan, or an image.
struct SourceRef {
  enum class Kind : uint8_t { kContext, kNamedContext, kStage, kImage } kind = Kind::kContext;
  std::string name;  // of a named context; the reference of an image
  size_t stage = 0;  // index into Plan::stages
  size_t image = 0;  // index into Plan::images
};

// An image that the build starts from or copies from.
struct BaseImage {
  std::string reference;  // normalised, as it is pulled
  Platform platform;
  Digest manifest_digest;  // empty in plans made without a resolver
  Manifest manifest;
  ImageConfig config;
};

struct InlineFile {
  std::string name;     // COPY <<name
  std::string content;  // variables expanded
};

// COPY and ADD.
struct CopyStep {
  bool add = false;
  SourceRef from;
  std::vector<std::string> sources;  // paths, patterns, URLs (ADD)
  std::vector<InlineFile> files;     // heredocs
  std::string destination;           // absolute; a trailing slash means a directory
  std::string chown;                 // "", "user", "user:group", ids or names
  std::string chmod;                 // "", octal or symbolic
  std::vector<std::string> exclude;
  bool link = false;
  bool parents = false;
  bool keep_git_dir = false;
  std::optional<bool> unpack;  // ADD --unpack
  std::string checksum;        // ADD --checksum
};

struct PlannedMount {
  enum class Kind : uint8_t { kBind, kCache, kTmpfs, kSecret, kSsh } kind = Kind::kBind;
  SourceRef from;         // kBind, kCache
  bool has_from = false;  // kCache: whether the cache starts from something
  std::string source;     // path in it
  std::string target;     // absolute
  std::string id;         // kCache, kSecret, kSsh
  std::string env;        // kSecret: as a variable
  enum class Sharing : uint8_t { kShared, kPrivate, kLocked } sharing = Sharing::kShared;
  bool read_only = false;
  bool required = false;
  std::optional<uint32_t> mode, uid, gid;
  uint64_t size = 0;  // kTmpfs
};

struct RunStep {
  std::vector<std::string> argv;       // with the shell, where the instruction has the shell form
  std::vector<std::string> env;        // of the image and the ARGs in effect: "NAME=value"
  std::vector<std::string> proxy_env;  // predefined proxy arguments: for the command, never in a key
  std::string user;                    // as USER has it; resolved in the root filesystem
  std::string cwd;
  std::vector<PlannedMount> mounts;
  std::string network;              // "default", "none", "host"
  std::string script_name, script;  // RUN <<EOF with a shebang: a file at /dev/pipes/<name> that argv names
};

// Creates the directory where it is missing. `owner` is the USER in effect.
struct WorkdirStep {
  std::string path;
  std::string owner;
};

struct Step {
  std::string title;       // the instruction as written, one line, for progress
  std::string created_by;  // for the image's history
  std::string comment;     // history comment
  std::variant<std::monostate, RunStep, CopyStep, WorkdirStep>
      work;           // monostate: changes the configuration only
  uint32_t line = 0;  // in the Dockerfile
  bool no_cache = false;

  bool makes_layer() const { return work.index() != 0; }
};

struct PlannedStage {
  std::string name;  // AS name, or empty
  size_t index = 0;  // in the Dockerfile
  enum class Base : uint8_t { kScratch, kImage, kStage } base = Base::kScratch;
  size_t base_index = 0;  // into images or stages
  Platform platform;
  std::vector<Step> steps;
  RuntimeConfig config;  // after the last step
  std::string author;
  std::string title() const { return name.empty() ? "stage-" + std::to_string(index) : name; }
};

struct Plan {
  std::string dockerfile;  // its name, for errors
  std::vector<BaseImage> images;
  std::vector<PlannedStage> stages;  // only what the target needs, in an order in which bases come first
  size_t target = 0;                 // index into stages
  Platform platform;
  std::vector<Error> warnings;  // each with its place
};

}  // namespace guard::builder
