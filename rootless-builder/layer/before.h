// What lay at a place before a step: of overlayfs's lower layers, or of a snapshot. And the walk that
// compares it with what is there now, the same for both.
#pragma once

#include <sys/stat.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "policies/base/files.h"
#include "rootless-builder/layer/diff.h"

namespace guard::builder {

class BeforeDirectory;

class BeforeEntry {
 public:
  virtual ~BeforeEntry() = default;
  virtual const Entry& entry() const = 0;  // without its path
  // Whether it cannot have been changed in any way, told without looking closer.
  virtual bool Untouched(const struct stat& now) const = 0;
  // Of a regular file of the same size.
  virtual Result<bool> SameContent(int file) const = 0;
  virtual Result<std::unique_ptr<BeforeDirectory>> Open() const = 0;  // of a directory
};

class BeforeDirectory {
 public:
  virtual ~BeforeDirectory() = default;
  virtual Result<std::unique_ptr<BeforeEntry>> Find(
      const std::string& name) const = 0;  // null: nothing was there
  virtual Result<std::vector<std::string>> Names() const = 0;
};

// An entry of a directory as an image keeps it. `file` is open for regular files and directories.
struct Seen {
  Entry entry;
  struct stat on_disk{};
  Fd file;
  bool socket = false;  // no image holds it
};
Result<Seen> See(int dir, const std::string& name, const std::string& path, const struct stat& on_disk,
                 Ownership& ownership);
bool IsOverlayWhiteout(const struct stat& status);

struct DiffWalk {
  Ownership& ownership;
  const DiffOptions& options;
  LayerWriter& writer;
  // Of an upper directory: what is not in it is as before, whiteouts mean what is removed. Empty: a whole
  // tree.
  std::string overlay_prefix;
};
// Hands what is different below `root` to the writer. `before` may be null: nothing was there.
Result<uint64_t> WalkChanges(const DiffWalk& walk, const std::string& root, const BeforeEntry& before);

// Reads a whole file in pieces and compares it with another, or hashes it.
Result<bool> SameBytes(int a, int b);
Result<std::string> ContentHash(int file);

}  // namespace guard::builder
