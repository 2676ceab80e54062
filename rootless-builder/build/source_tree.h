// Where COPY takes files from, and which of them it takes.
#pragma once

#include <sys/stat.h>

#include <functional>
#include <string>
#include <vector>

#include "policies/base/files.h"
#include "rootless-builder/sandbox/ownership.h"

namespace guard::builder {

// A directory that files are copied from: a context, a stage, an image.
struct SourceTree {
  int root = -1;      // open directory; the tree's owner keeps it
  std::string label;  // for errors: "the build context", "stage build"
  Ownership* ownership =
      nullptr;  // null: a context; its files belong to root and have no extended attributes
  // Whether .dockerignore hides a path; and whether a hidden directory may have visible files below.
  std::function<bool(const std::string& path, bool directory)> hidden;
  std::function<bool(const std::string& path)> may_hold_visible;
};

struct SourceFile {
  std::string path;      // in the tree, as the kernel has it after symlinks on the way
  std::string relative;  // below its root; "" for the root itself
  struct stat on_disk;
  Attributes attributes;
  std::string link;  // a symlink's target
};

// One match of one source word.
struct SourceRoot {
  std::string name;               // the last part of the word as written: a file's name at its destination
  bool directory = false;         // files[0] is the directory itself
  std::vector<SourceFile> files;  // parents first, siblings sorted
};

struct SourceWish {
  std::vector<std::string> sources;  // as in COPY: "." parts and leading slashes mean the tree's root
  std::function<bool(const std::string& relative)> excluded;  // --exclude; may be empty
  bool parents = false;  // --parents: names keep their directories behind "/./"
};

// Every source must match something; an error names the word that does not, and whether it was hidden.
Result<std::vector<SourceRoot>> SelectSources(const SourceTree& tree, const SourceWish& wish);

// "a//b/./c/../d" -> "a/b/d"; ".." stays below the root: "../../x" -> "x". No leading or trailing slash.
std::string CleanRelative(std::string_view path);

}  // namespace guard::builder
