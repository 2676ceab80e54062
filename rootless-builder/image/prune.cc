// Removing what no name reaches. The order matters for a kill in between: step records go before the blobs
// they name, so that none points to nothing, and names are never touched.
//
// Tested by store_test.cc.
#include "rootless-builder/image/prune.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <ctime>
#include <set>

#include "rootless-builder/image/blob_writer.h"
#include "rootless-builder/image/layout.h"

namespace guard::builder {
namespace {

struct Found {
  std::string name;
  uint64_t bytes;
  int64_t used;
};

Result<std::vector<Found>> List(int folder) {
  std::vector<Found> found;
  for (std::string& name : TRY(ListDirectory(folder))) {
    struct stat status{};
    if (fstatat(folder, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) continue;
    found.push_back({std::move(name), static_cast<uint64_t>(status.st_size), status.st_mtim.tv_sec});
  }
  return found;
}

// The space of a tree on disk.
uint64_t SizeOfTree(int dir, const std::string& name, int depth = 0) {
  struct stat status{};
  if (depth > 1000 || fstatat(dir, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) return 0;
  uint64_t bytes = static_cast<uint64_t>(status.st_blocks) * 512;
  if (!S_ISDIR(status.st_mode)) return bytes;
  const Fd directory(openat(dir, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!directory) return bytes;
  auto names = ListDirectory(directory.get());
  if (!names) return bytes;
  for (const std::string& child : *names) bytes += SizeOfTree(directory.get(), child, depth + 1);
  return bytes;
}

struct Reached {
  std::set<std::string> blobs, diff_ids;  // hex
};

Result<Reached> Reach(const Store& store) {
  Reached reached;
  for (const Descriptor& top : TRY(ReadLayoutIndex(store.directory())).manifests) {
    const auto visit = [&](const Descriptor& part, bool present) -> Result<void> {
      reached.blobs.insert(part.digest.hex());
      const bool config = part.media_type == media::kOciConfig || part.media_type == media::kDockerConfig;
      if (!present || !config) return {};
      const std::string text = TRY(store.Get(part.digest));
      for (const Digest& diff_id : TRY(ParseImageConfig(text)).diff_ids) {
        reached.diff_ids.insert(diff_id.hex());
      }
      return {};
    };
    TRY_VOID(Walk(store, top, visit));
  }
  return reached;
}

}  // namespace

Result<Store::Pruned> PruneStore(const Store& store, bool all, int64_t older_than_seconds) {
  const int64_t before = time(nullptr) - older_than_seconds;
  const auto recent = [&](const Found& found) { return older_than_seconds > 0 && found.used > before; };
  Reached reached = TRY(Reach(store));
  Store::Pruned pruned;

  const Fd steps = TRY(OpenDirectory(store.directory() + "/steps"));
  for (const Found& step : TRY(List(steps.get()))) {
    auto record = ReadStep(store.directory(), step.name);
    bool keep = recent(step);
    if (record && !keep && !all) {
      keep = record->diff_id.empty() ? older_than_seconds == 0
                                     : reached.diff_ids.contains(record->diff_id.hex());
    }
    if (record && keep) {
      if (recent(step)) {  // it is of use only with its layer
        reached.blobs.insert(record->layer.digest.hex());
        reached.diff_ids.insert(record->diff_id.hex());
      }
      continue;
    }
    if (unlinkat(steps.get(), step.name.c_str(), 0) != 0) return FailErrno("remove the step", step.name);
    ++pruned.steps;
    pruned.bytes += step.bytes;
  }

  const Fd blobs = TRY(OpenDirectory(store.directory() + "/blobs/sha256"));
  for (const Found& blob : TRY(List(blobs.get()))) {
    if (reached.blobs.contains(blob.name) || recent(blob)) continue;
    if (unlinkat(blobs.get(), blob.name.c_str(), 0) != 0) return FailErrno("remove the blob", blob.name);
    ++pruned.blobs;
    pruned.bytes += blob.bytes;
  }

  const Fd trees = TRY(OpenDirectory(store.directory() + "/trees"));
  for (const std::string& form : TRY(ListDirectory(trees.get()))) {
    const Fd folder(openat(trees.get(), form.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!folder) continue;
    for (const Found& tree : TRY(List(folder.get()))) {
      if (reached.diff_ids.contains(tree.name) || recent(tree)) continue;
      pruned.bytes += SizeOfTree(folder.get(), tree.name);
      TRY_VOID(RemoveTree(folder.get(), tree.name));
      ++pruned.trees;
    }
  }

  // What killed builds left: nobody else uses the store now, but stepwise builds keep their directories
  // locked or not at all; the lock decides.
  pruned.bytes += RemoveLeftovers(store.directory());
  if (const Fd work(open((store.directory() + "/work").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)); work) {
    for (const Found& leftover : TRY(List(work.get()))) {
      const Fd scratch(
          openat(work.get(), leftover.name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
      if (!scratch || flock(scratch.get(), LOCK_EX | LOCK_NB) != 0) continue;
      pruned.bytes += SizeOfTree(work.get(), leftover.name);
      TRY_VOID(RemoveTree(work.get(), leftover.name));
    }
  }
  return pruned;
}

}  // namespace guard::builder
