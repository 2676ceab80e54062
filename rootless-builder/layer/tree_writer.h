// Entries become files below a root.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "rootless-builder/layer/directory_cursor.h"
#include "rootless-builder/layer/lower_file.h"
#include "rootless-builder/layer/tar_reader.h"

namespace guard::builder {

struct TreeWriterOptions {
  WhiteoutForm form = WhiteoutForm::kApply;
  std::string overlay_prefix;  // "user.overlay."
  bool whiteouts = true;       // names that begin with .wh. mean removed files; otherwise they are names
  std::string target;          // a path below the root that everything goes to
  // kOverlay: the unpacked layers below, topmost first, for hard links to their files.
  std::vector<std::string> below;
};

class TreeWriter {
 public:
  TreeWriter(int root, Ownership& ownership, TreeWriterOptions options)
      : ownership_(ownership), options_(std::move(options)), cursor_(root), link_cursor_(root) {}

  Result<void> Add(const Entry& entry, TarReader& content);
  // Attributes and times of directories, which change while files are made in them.
  Result<void> Finish();
  // Directories that the layer has files in, but no entry for.
  std::vector<std::string> TakeImplied() { return std::move(implied_); }
  // A file of a layer below was taken into this one, as this one links to it.
  bool took_from_below() const { return took_from_below_; }

 private:
  struct DirectoryState {
    Attributes attributes;
    int64_t mtime = 0;
    uint32_t mtime_nsec = 0;
    std::vector<std::pair<std::string, std::string>> xattrs;
    bool times_only = false;  // it was there, and only its time has to be put back
  };

  Result<int> EnterParent(std::string_view path, std::string& name);
  Result<void> NoteMade();
  Result<void> AddDirectory(const Entry& entry, int parent, const std::string& name);
  Result<void> AddFile(const Entry& entry, int parent, const std::string& name, TarReader& content);
  Result<void> CopyFrom(const LowerFile& lower, int parent, const std::string& name);
  // Takes a hard link's target out of the layers below into this one, if it is there and not hidden.
  Result<void> TakeFromBelow(const std::string& target);
  Result<void> AddHardLink(const Entry& entry, int parent, const std::string& name);
  Result<void> AddOther(const Entry& entry, int parent, const std::string& name);
  Result<void> AddWhiteout(int parent, const std::string& name, const std::string& path);
  Result<void> MakeOpaque(const std::string& path);
  Result<void> RemoveOthers(int dir, const std::string& path);
  Result<void> SetOpaqueAttribute(int dir, const std::string& name);
  Result<void> Clear(int parent, const std::string& name);
  Result<void> SetXattrs(int file, const Entry& entry);
  void Touch(std::string_view path);
  bool Touched(std::string_view path) const;

  Ownership& ownership_;
  TreeWriterOptions options_;
  DirectoryCursor cursor_, link_cursor_;
  std::string parent_;  // where the last entry's parent really is
  std::map<std::string, DirectoryState> directories_;
  std::unordered_set<uint64_t> touched_;  // hashes of paths of this layer, where whiteouts need to know
  std::unordered_set<std::string> whited_out_, opaque_;  // of this layer, in kOverlay
  std::vector<std::string> implied_;
  bool took_from_below_ = false;
};

}  // namespace guard::builder
