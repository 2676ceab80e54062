// The layout's own files.
//
// Tested by store_test.cc and tests/e2e/store_kill.sh.
#include "rootless-builder/image/layout.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <ctime>

#include "policies/base/sha256.h"
#include "rootless-builder/image/blob_writer.h"
#include "rootless-builder/image/json.h"

namespace guard::builder {
namespace {

constexpr std::string_view kLayout = R"({"imageLayoutVersion":"1.0.0"})";
constexpr uint64_t kLargestIndex = uint64_t{64} << 20;
// What was written that long before the last write may not have reached the disk: the kernel waits for half a
// minute, and some machines are set to ten.
constexpr int64_t kUnsafeSeconds = 900;

bool Exists(const std::string& path) { return access(path.c_str(), F_OK) == 0; }

// The running kernel's own name for this run; empty where it does not tell.
std::string BootId() {
  auto text = ReadWholeFile("/proc/sys/kernel/random/boot_id", 4096);
  return text ? *text : std::string();
}

// By way of ingest/, so that a kill leaves nothing beside the layout's files; synced.
Result<void> WriteOwn(const std::string& directory, const char* name, std::string_view text) {
  IngestFile file = TRY(IngestFile::Make(directory));
  TRY_VOID(file.Write(text));
  TRY_VOID(file.Sync());
  return file.MoveTo(directory + "/" + name);
}

struct Written {
  std::string path, name;
  int64_t when;
};

Result<std::vector<Written>> FilesOf(const std::string& folder) {
  std::vector<Written> files;
  const Fd directory = TRY(OpenDirectory(folder));
  for (const std::string& name : TRY(ListDirectory(directory.get()))) {
    struct stat status{};
    if (fstatat(directory.get(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) continue;
    files.push_back({folder + "/" + name, name, status.st_ctim.tv_sec});
  }
  return files;
}

}  // namespace

Result<void> PrepareLayout(const std::string& directory) {
  TRY_VOID(MakeDirectories(directory));
  if (!Exists(directory + "/oci-layout")) {
    const Fd open_directory = TRY(OpenDirectory(directory));
    for (const std::string& name : TRY(ListDirectory(open_directory.get()))) {
      // A build that was killed while it made the layout, or another that makes it now.
      static constexpr std::string_view kOwn[] = {"blobs",      "ingest", "steps",      "trees",     "lock",
                                                  "index.lock", "boot",   "index.json", "lost+found"};
      if (std::ranges::find(kOwn, name) != std::end(kOwn)) continue;
      return Fail(
          "'" + directory + "' is no image store: it has '" + name.substr(0, 100) + "', and no oci-layout",
          "name an empty or a new directory");
    }
  } else {
    const std::string text = TRY(ReadWholeFile(directory + "/oci-layout", 65536));
    const Json json = TRY(ParseObject(text, 65536, directory + "/oci-layout"));
    const Reader reader(json, directory + "/oci-layout");
    const std::string version = TRY(reader.String("imageLayoutVersion"));
    if (version.compare(0, 2, "1.") != 0) {
      return Fail("'" + directory + "' is a layout of version '" + version.substr(0, 100) +
                  "'; only 1 is supported");
    }
  }
  for (const char* folder : {"/blobs/sha256", "/ingest", "/steps", "/trees"}) {
    TRY_VOID(MakeDirectories(directory + folder));
  }
  {
    const Fd lock = TRY(LockFile(directory + "/index.lock", LOCK_EX));
    if (!Exists(directory + "/index.json")) TRY_VOID(WriteLayoutIndex(directory, Index()));
  }
  if (!Exists(directory + "/oci-layout")) TRY_VOID(WriteOwn(directory, "oci-layout", kLayout));
  return {};
}

Result<Index> ReadLayoutIndex(const std::string& directory) {
  const std::string path = directory + "/index.json";
  const std::string text = TRY(ReadWholeFile(path, kLargestIndex));
  const Json json = TRY(ParseObject(text, kLargestIndex, path));
  const Reader reader(json, path);
  if (const int64_t version = TRY(reader.Integer("schemaVersion")); version != 2) {
    return Fail(path + " has version " + std::to_string(version) + "; only 2 is supported");
  }
  Index index;
  index.manifests = TRY(ReadDescriptors(reader, "manifests", 1'000'000));
  index.annotations = TRY(reader.StringMap("annotations"));
  return index;
}

Result<void> WriteLayoutIndex(const std::string& directory, const Index& index) {
  return WriteOwn(directory, "index.json", Serialize(index));
}

Result<Fd> LockFile(const std::string& path, int operation) {
  Fd file(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644));
  // Where the store belongs to another user, a lock can still be taken.
  if (!file && (errno == EACCES || errno == EROFS))
    file = Fd(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!file) return FailErrno("open", path);
  while (flock(file.get(), operation) != 0) {
    if (errno != EINTR) return FailErrno("lock", path);
  }
  return file;
}

Result<Digest> DigestOfFile(int fd, const std::string& path) {
  Sha256 hash;
  std::string buffer(size_t{256} << 10, '\0');
  for (off_t offset = 0;;) {
    const ssize_t got = pread(fd, buffer.data(), buffer.size(), offset);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return FailErrno("read", path);
    if (got == 0) return Digest::FromHex(hash.Hex());
    hash.Update(std::string_view(buffer.data(), static_cast<size_t>(got)));
    offset += got;
  }
}

Result<void> CheckAfterRestart(const std::string& directory) {
  const std::string now = BootId();
  const std::string path = directory + "/boot";
  auto last = ReadWholeFile(path, 4096);
  if (now.empty() || (last && *last == now)) return {};
  const Fd lock = TRY(LockFile(directory + "/index.lock", LOCK_EX));  // one checks, the others wait
  last = ReadWholeFile(path, 4096);
  if (last && *last == now) return {};
  if (last) {
    std::vector<Written> blobs = TRY(FilesOf(directory + "/blobs/sha256"));
    std::vector<Written> steps = TRY(FilesOf(directory + "/steps"));
    int64_t newest = 0;
    for (const auto* files : {&blobs, &steps}) {
      for (const Written& file : *files) newest = std::max(newest, file.when);
    }
    for (const Written& blob : blobs) {
      if (blob.when < newest - kUnsafeSeconds) continue;
      const Fd file(open(blob.path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
      if (file && TRY(DigestOfFile(file.get(), blob.path)).hex() == blob.name) continue;
      if (unlink(blob.path.c_str()) != 0 && errno != ENOENT)
        return FailErrno("remove the damaged", blob.path);
    }
    // Trees are not checked: they are made again.
    if (const Fd folder(open((directory + "/trees").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)); folder) {
      for (const std::string& form : TRY(ListDirectory(folder.get()))) {
        for (const Written& tree : TRY(FilesOf(directory + "/trees/" + form))) {
          if (tree.when >= newest - kUnsafeSeconds) TRY_VOID(RemoveTree(tree.path));
        }
      }
    }
  }
  return WriteOwn(directory, "boot", now);
}

}  // namespace guard::builder
