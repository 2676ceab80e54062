// RUN --mount: the five kinds of mounts and their keys.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "rootless-builder/dockerfile/expand.h"

namespace guard::builder {

enum class MountKind : uint8_t { kBind, kCache, kTmpfs, kSecret, kSsh };
enum class CacheSharing : uint8_t { kShared, kPrivate, kLocked };

struct Mount {
  MountKind kind = MountKind::kBind;
  std::string from;       // bind, cache: a stage, an image or a context; empty: the build context
  std::string source;     // bind, cache: a path below `from`
  std::string target;     // empty for secret and ssh where the default applies, and secrets with `env` only
  bool read_only = true;  // bind: true unless rw; cache and tmpfs: false unless ro
  std::string id;         // cache (empty: the target), secret (empty: the target's last part), ssh
                          // (empty: "default")
  CacheSharing sharing = CacheSharing::kShared;
  bool required = false;             // secret, ssh
  std::optional<uint32_t> mode;      // cache, secret, ssh
  std::optional<uint32_t> uid, gid;  // cache, secret, ssh
  uint64_t size = 0;                 // tmpfs, in bytes; 0: no limit
  std::optional<std::string> env;    // secret: the variable's name
};

Result<RawMount> ParseMount(const Source& source, const Word& value);
Result<Mount> ResolveMount(const RawMount& mount, const Expander& expander);

}  // namespace guard::builder
