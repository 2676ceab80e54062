// The walk over what the user named: every file below it once, in byte order of the paths, one at a time.
//
// Nothing is collected: the walk holds one directory listing a level, so its memory does not grow with the
// tree.
#pragma once

#include <sys/types.h>

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "auditor/ignore.h"
#include "policies/base/error.h"

namespace guard {

struct WalkOptions {
  bool respect_gitignore = true;
  bool render = false;  // report charts and kustomizations as things to render, instead of their templates
};

struct WalkItem {
  enum class Kind {
    kFile,       // read and judge it
    kStdin,      // the same with standard input
    kChart,      // a Helm chart's folder, to be rendered
    kKustomize,  // a kustomization's folder, to be rendered
    kSkipped,    // `note` says why
    kFailed,     // `error` says why
  };
  Kind kind = Kind::kFile;
  std::string path;
  bool named = false;  // given on the command line itself
  uint64_t size = 0;   // bytes, of a kFile
  std::string note;
  Error error;
};

class TreeWalk {
 public:
  // Roots are files, folders, "-" or globs (where no file has that very name). They are walked in byte order;
  // what two roots share is reported once.
  TreeWalk(const std::vector<std::string>& roots, const WalkOptions& options);
  TreeWalk(const TreeWalk&) = delete;
  TreeWalk& operator=(const TreeWalk&) = delete;
  ~TreeWalk();

  // The next item, or false at the end.
  bool Next(WalkItem* item);
  // How far the walk is, 0 to 1: by position in the listings on the way, as the tree's size is not known.
  double progress() const;

 private:
  struct Entry {
    std::string name;  // with a trailing '/' for directories, which is what sorts them as their files sort
    bool symlink = false;
  };
  struct Frame {
    std::string path;      // "" for the current directory
    std::string relative;  // to the ignore root: what the rules are asked
    std::vector<Entry> entries;
    size_t next = 0;
    IgnoreRules rules;
    size_t rules_base = 0;  // length of `relative` with its '/' where `rules` begin
    dev_t device = 0;
    ino_t inode = 0;
    bool in_templates = false;  // below the templates/ of a chart that is rendered
  };
  struct Root {
    std::string path;
    std::string glob;  // with wildcards: what files below `path` must match
    bool stdin_ = false;
  };

  void AddRoot(const std::string& text);
  bool OpenRoot(WalkItem* item);
  bool Visit(const std::string& path, bool named, bool symlink, WalkItem* item);
  bool Enter(const std::string& path, bool through_symlink, bool named, WalkItem* item);
  bool Ignored(const std::string& name, bool is_directory) const;
  std::vector<Frame> AboveFrames(const std::string& root) const;

  WalkOptions options_;
  std::vector<Root> roots_;
  size_t next_root_ = 0;
  std::vector<Frame> above_;  // .gitignore files between the repository's root and the walked one
  std::vector<Frame> frames_;
  std::vector<WalkItem> queued_;  // renderings found while entering a directory
  std::set<std::string> named_files_;
  std::set<std::pair<dev_t, ino_t>> linked_;  // directories reached through symbolic links
};

}  // namespace guard
