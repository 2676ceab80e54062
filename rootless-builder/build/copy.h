// COPY: selected files go to their place in a root filesystem, with the owner and mode they shall have.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "rootless-builder/build/source_tree.h"
#include "rootless-builder/dockerfile/chmod.h"

namespace guard::builder {

struct CopyTarget {
  int root = -1;  // the root filesystem, open
  Ownership* ownership = nullptr;
  std::string destination;                       // absolute; a trailing slash makes it a directory
  bool is_directory = false;                     // several sources, or a trailing slash
  std::optional<std::pair<uid_t, gid_t>> owner;  // --chown; otherwise 0:0 from a context, kept from a tree
  std::optional<FileMode> mode;
  std::optional<int64_t> mtime;  // for what is made anew without a time of its own
};

// Rules, as BuildKit has them: missing directories on the way are made 0755 for the owner; the contents of a
// source directory are merged into a destination directory, which never takes the source's attributes;
// directories below it take the source's; files replace what is there; a directory does not replace a file,
// nor a file a directory.
Result<void> CopyInto(const SourceTree& tree, const std::vector<SourceRoot>& roots, const CopyTarget& target);

// A file made from text or an open descriptor (heredocs, ADD of a URL).
struct NewFile {
  std::string name;
  mode_t mode = 0644;
  int64_t mtime = 0;
  std::string_view text;
  int content = -1;  // instead of text
};
Result<void> WriteInto(const std::vector<NewFile>& files, const CopyTarget& target);

// Makes a directory and what is missing above it; false: it was there. An error if something else is in the
// way.
Result<bool> MakeDirectoryInRoot(int root, Ownership& ownership, const std::string& path,
                                 std::pair<uid_t, gid_t> owner, std::optional<int64_t> mtime);

}  // namespace guard::builder
