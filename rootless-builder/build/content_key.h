// What copied files are, as part of a step's cache key: names, attributes and content, but no times.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "rootless-builder/build/source_tree.h"
#include "rootless-builder/image/digest.h"

namespace guard::builder {

// SHA-256 of files, remembered from build to build: a file with the same inode, size and times has not been
// changed (times in the last moments before it was read are not trusted, as git does not). Thread-safe.
class FileDigests {
 public:
  // `file`: where they are kept; a damaged or missing one is as good as an empty one. Empty: nothing is kept.
  explicit FileDigests(std::string file);
  // The 32 bytes of a regular file's digest.
  Result<std::string> Of(int root, const SourceFile& file, const std::string& label);
  // Keeps what this build asked for.
  void Save();

 private:
  struct Known {
    uint64_t size = 0;
    int64_t mtime = 0, ctime = 0;  // nanoseconds
    unsigned char digest[32] = {};
    bool used = false, trusted = true;
  };
  struct Key {
    uint64_t device, inode;
    bool operator==(const Key&) const = default;
  };
  struct KeyHasher {
    size_t operator()(const Key& key) const { return key.inode * 0x9E3779B97F4A7C15u ^ key.device; }
  };

  std::string file_;
  std::mutex mutex_;
  std::unordered_map<Key, Known, KeyHasher> known_;
  bool changed_ = false;
};

// The digest of a selection. `threads` read files side by side.
Result<Digest> SelectionDigest(const SourceTree& tree, const std::vector<SourceRoot>& roots,
                               FileDigests& digests, unsigned threads);

}  // namespace guard::builder
