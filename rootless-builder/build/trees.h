// Unpacked layers in the store, one directory each, shared by builds: trees/<form>/<hex of the diff id>.
//
// The form says how files are owned on disk (by root, by a range of ids, by one id with owners remembered),
// since the same layer looks different in each. A tree is complete when it has its name: it is made beside
// and renamed.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "policies/base/files.h"
#include "rootless-builder/image/store.h"
#include "rootless-builder/layer/apply.h"
#include "rootless-builder/sandbox/sandbox.h"

namespace guard::builder {

// Where secrets are files while a step runs.
constexpr const char* kMemory = "/dev/shm";
constexpr const char* kMemoryPrefix = "rootless-builder-";

// A directory of the store that goes with its owner. Locked while it lives, so that prune knows a dead
// build's.
class ScratchDirectory {
 public:
  static Result<ScratchDirectory> Make(const std::string& parent, const std::string& prefix);
  // Removes what builds left that were killed: what is this user's, has the name's prefix and no one's lock.
  static void RemoveDead(const std::string& parent, const std::string& prefix);
  ScratchDirectory() = default;
  ScratchDirectory(ScratchDirectory&&) noexcept = default;
  ScratchDirectory& operator=(ScratchDirectory&&) noexcept;
  ~ScratchDirectory();
  const std::string& path() const { return path_; }

 private:
  std::string path_;
  Fd lock_;
};

struct LayerRef {
  Digest diff_id;
  Descriptor blob;
};

// Thread-safe.
class Trees {
 public:
  Trees(Store& store, Sandbox& sandbox);
  Result<void> Prepare();

  // The directory of a layer, unpacked now if it is not there; `below` are the directories of the layers
  // under it, topmost first. The blob must be in the store unless Has says that it is not needed.
  Result<std::string> Ensure(const LayerRef& layer, const std::vector<std::string>& below);
  bool Has(const Digest& diff_id) const;
  // Makes `directory` (a step's upper directory) the tree of a layer.
  Result<void> Adopt(const std::string& directory, const Digest& diff_id);
  // A place for a step's files, on the same filesystem as the trees.
  Result<ScratchDirectory> NewScratch();
  // The directory of a cache mount.
  Result<std::string> CacheDirectory(std::string_view id);

  Store& store() { return store_; }
  Sandbox& sandbox() { return sandbox_; }

 private:
  std::string PathOf(const Digest& diff_id) const;
  Result<void> TakeAttributes(const std::vector<std::string>& below, const std::string& path, int root);
  static Result<void> Keep(const std::string& directory, const std::string& path);

  Store& store_;
  Sandbox& sandbox_;
  std::string folder_;
  std::mutex mutex_;
  std::map<std::string, std::unique_ptr<std::mutex>> busy_;  // one thread unpacks a layer, others wait for it
};

}  // namespace guard::builder
