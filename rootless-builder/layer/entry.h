// One entry of a layer: a file, directory, link or device with all that an image keeps of it.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "rootless-builder/sandbox/ownership.h"

namespace guard::builder {

struct Entry {
  std::string
      path;  // relative to the root, no leading or trailing slash, no "." or ".." parts; "" is the root
  Attributes attributes;  // type, mode, owner, device, capability
  uint64_t size = 0;      // of a regular file
  int64_t mtime = 0;      // seconds since 1970; may be negative
  uint32_t mtime_nsec = 0;
  std::string link;  // a symlink's target as it is written, or a hard link's target: a path as above
  bool hard_link = false;
  bool whiteout = false;  // `path` is gone
  bool opaque = false;    // a directory whose lower content is gone
  std::vector<std::pair<std::string, std::string>>
      xattrs;  // sorted by name; security.capability is in attributes

  bool operator==(const Entry&) const = default;
};

// "drwxr-xr-x 0:0 etc", "-rwsr-xr-x 0:0 4 usr/bin/su", "whiteout tmp/x": the form of golden tests.
std::string ToString(const Entry& entry);

}  // namespace guard::builder
