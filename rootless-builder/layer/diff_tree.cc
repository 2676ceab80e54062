// Before a step, where its root is a plain directory: a table of everything, made before the step.
//
// A file whose inode, size and times of change are what they were has not been touched. Where something was
// done to it, and all that an image keeps is as before, only its content can tell: so the table has a hash of
// each file. It costs reading the tree once (the page cache has it, as it was just unpacked).
//
// Tested by diff_test.cc and diff_pair_test.cc.
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <ctime>
#include <map>

#include "policies/base/sha256.h"
#include "rootless-builder/layer/before.h"

namespace guard::builder {
namespace {

// The kernel's clock for files goes in steps; what was written within one before the table may be written
// again within it and look the same.
constexpr int64_t kClockStep = 20'000'000;

int64_t Nanoseconds(const timespec& time) { return int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec; }

struct Node {
  Entry entry;  // without its path
  dev_t device = 0;
  ino_t inode = 0;
  int64_t ctime = 0;
  std::string hash;  // of a regular file
  std::map<std::string, Node> children;
};

class NodeDirectory;

class NodeEntry : public BeforeEntry {
 public:
  NodeEntry(const Node& node, int64_t taken) : node_(node), taken_(taken) {}
  const Entry& entry() const override { return node_.entry; }
  bool Untouched(const struct stat& now) const override {
    return now.st_dev == node_.device && now.st_ino == node_.inode &&
           Nanoseconds(now.st_ctim) == node_.ctime && node_.ctime < taken_ - kClockStep;
  }
  Result<bool> SameContent(int file) const override { return TRY(ContentHash(file)) == node_.hash; }
  Result<std::unique_ptr<BeforeDirectory>> Open() const override;

 private:
  const Node& node_;
  int64_t taken_;
};

class NodeDirectory : public BeforeDirectory {
 public:
  NodeDirectory(const Node& node, int64_t taken) : node_(node), taken_(taken) {}
  Result<std::unique_ptr<BeforeEntry>> Find(const std::string& name) const override {
    const auto found = node_.children.find(name);
    if (found == node_.children.end()) return nullptr;
    return std::unique_ptr<BeforeEntry>(std::make_unique<NodeEntry>(found->second, taken_));
  }
  Result<std::vector<std::string>> Names() const override {
    std::vector<std::string> names;
    for (const auto& [name, node] : node_.children) names.push_back(name);
    return names;
  }

 private:
  const Node& node_;
  int64_t taken_;
};

Result<std::unique_ptr<BeforeDirectory>> NodeEntry::Open() const {
  return std::unique_ptr<BeforeDirectory>(std::make_unique<NodeDirectory>(node_, taken_));
}

class Snapshot : public TreeSnapshot {
 public:
  Node root;
  int64_t taken = 0;
};

Result<void> Fill(Node& node, const Seen& seen, Ownership& ownership) {
  node.entry = seen.entry;
  node.entry.path.clear();
  node.device = seen.on_disk.st_dev;
  node.inode = seen.on_disk.st_ino;
  node.ctime = Nanoseconds(seen.on_disk.st_ctim);
  if (S_ISREG(seen.entry.attributes.mode)) node.hash = TRY(ContentHash(seen.file.get()));
  if (!S_ISDIR(seen.on_disk.st_mode)) return {};
  const int dir = seen.file.get();
  for (const std::string& name : TRY(ListDirectory(dir))) {
    struct stat status{};
    if (fstatat(dir, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) return FailErrno("read", name);
    if (S_ISSOCK(status.st_mode)) continue;
    const Seen child =
        TRY(See(dir, name, seen.entry.path.empty() ? name : seen.entry.path + "/" + name, status, ownership));
    TRY_VOID(Fill(node.children[name], child, ownership));
  }
  return {};
}

}  // namespace

Result<std::string> ContentHash(int file) {
  Sha256 hash;
  char buffer[size_t{64} << 10];
  for (off_t offset = 0;;) {
    const ssize_t got = pread(file, buffer, sizeof buffer, offset);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return FailErrno("read", "a file");
    if (got == 0) return hash.Hex();
    hash.Update(std::string_view(buffer, static_cast<size_t>(got)));
    offset += got;
  }
}

Result<std::unique_ptr<TreeSnapshot>> TakeSnapshot(const std::string& root, Ownership& ownership) {
  auto snapshot = std::make_unique<Snapshot>();
  timespec now{};
  clock_gettime(CLOCK_REALTIME_COARSE, &now);
  snapshot->taken = Nanoseconds(now);
  const Fd directory = TRY(OpenDirectory(root));
  struct stat status{};
  if (fstat(directory.get(), &status) != 0) return FailErrno("read", root);
  const Seen seen = TRY(See(directory.get(), ".", "", status, ownership));
  TRY_VOID(Fill(snapshot->root, seen, ownership));
  return std::unique_ptr<TreeSnapshot>(std::move(snapshot));
}

Result<uint64_t> DiffTree(const TreeSnapshot& before, const std::string& root, Ownership& ownership,
                          const DiffOptions& options, LayerWriter& writer) {
  const auto& snapshot = static_cast<const Snapshot&>(before);
  return WalkChanges({ownership, options, writer, ""}, root, NodeEntry(snapshot.root, snapshot.taken));
}

}  // namespace guard::builder
