// Tested by tests/e2e/builder_cache.sh.
#include "rootless-builder/build/content_key.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <ctime>
#include <thread>

#include "policies/base/sha256.h"

namespace guard::builder {

namespace {

constexpr std::string_view kMagic = "rbdigest1\n";
// Two writes within this time may leave the same times on a file.
constexpr int64_t kUncertain = 50'000'000;
constexpr size_t kRecord = 8 * 5 + 32;

int64_t Nanoseconds(const timespec& time) { return time.tv_sec * 1'000'000'000 + time.tv_nsec; }

void Put64(std::string& out, uint64_t value) {
  char bytes[8];
  std::memcpy(bytes, &value, 8);
  out.append(bytes, 8);
}

void PutText(std::string& out, std::string_view text) {
  Put64(out, text.size());
  out += text;
}

std::string Bytes(std::string_view hex) {
  std::string bytes;
  auto digit = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
  for (size_t i = 0; i + 1 < hex.size(); i += 2)
    bytes += static_cast<char>(digit(hex[i]) << 4 | digit(hex[i + 1]));
  return bytes;
}

}  // namespace

FileDigests::FileDigests(std::string file) : file_(std::move(file)) {
  if (file_.empty()) return;
  auto text = ReadWholeFile(file_, uint64_t{1} << 30);
  if (!text || !text->starts_with(kMagic) || (text->size() - kMagic.size()) % kRecord != 0) return;
  known_.reserve((text->size() - kMagic.size()) / kRecord);
  for (size_t at = kMagic.size(); at < text->size(); at += kRecord) {
    uint64_t words[5];
    std::memcpy(words, text->data() + at, sizeof words);
    Known& known = known_[{words[0], words[1]}];
    known.size = words[2];
    known.mtime = static_cast<int64_t>(words[3]);
    known.ctime = static_cast<int64_t>(words[4]);
    std::memcpy(known.digest, text->data() + at + sizeof words, 32);
  }
}

Result<std::string> FileDigests::Of(int root, const SourceFile& file, const std::string& label) {
  Key key{file.on_disk.st_dev, file.on_disk.st_ino};
  Known now;
  now.size = static_cast<uint64_t>(file.on_disk.st_size);
  now.mtime = Nanoseconds(file.on_disk.st_mtim);
  now.ctime = Nanoseconds(file.on_disk.st_ctim);
  now.used = true;
  {
    std::lock_guard lock(mutex_);
    auto known = known_.find(key);
    if (known != known_.end() && known->second.size == now.size && known->second.mtime == now.mtime &&
        known->second.ctime == now.ctime) {
      known->second.used = true;
      return std::string(reinterpret_cast<const char*>(known->second.digest), 32);
    }
  }
  timespec clock;
  clock_gettime(CLOCK_REALTIME, &clock);
  now.trusted = std::max(now.mtime, now.ctime) + kUncertain < Nanoseconds(clock);
  Fd open = OpenInRoot(root, file.path, O_RDONLY | O_NOFOLLOW);
  if (!open) return FailErrno("read", "'" + file.path + "' in " + label);
  Sha256 hash;
  char buffer[128 << 10];
  uint64_t size = 0;
  for (;;) {
    ssize_t got = read(open.get(), buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return FailErrno("read", "'" + file.path + "' in " + label);
    if (got == 0) break;
    hash.Update({buffer, static_cast<size_t>(got)});
    size += static_cast<uint64_t>(got);
  }
  if (size != now.size)
    return Fail("'" + file.path + "' in " + label + " changed while it was read",
                "build again when nothing writes there");
  std::string digest = Bytes(hash.Hex());
  std::memcpy(now.digest, digest.data(), 32);
  std::lock_guard lock(mutex_);
  known_[key] = now;
  changed_ = true;
  return digest;
}

void FileDigests::Save() {
  std::lock_guard lock(mutex_);
  if (file_.empty() || !changed_) return;
  std::string text(kMagic);
  for (const auto& [key, known] : known_) {
    if (!known.used || !known.trusted) continue;
    Put64(text, key.device), Put64(text, key.inode), Put64(text, known.size);
    Put64(text, static_cast<uint64_t>(known.mtime)), Put64(text, static_cast<uint64_t>(known.ctime));
    text.append(reinterpret_cast<const char*>(known.digest), 32);
  }
  // Losing it costs a second reading, no more: errors do not matter.
  (void)WriteFileAtomically(file_, text);
}

Result<Digest> SelectionDigest(const SourceTree& tree, const std::vector<SourceRoot>& roots,
                               FileDigests& digests, unsigned threads) {
  std::vector<const SourceFile*> files;
  for (const SourceRoot& root : roots)
    for (const SourceFile& file : root.files)
      if (S_ISREG(file.attributes.mode)) files.push_back(&file);
  std::vector<std::string> contents(files.size());
  std::atomic<size_t> next = 0;
  std::mutex mutex;
  std::optional<Error> error;
  auto work = [&] {
    for (;;) {
      size_t begin = next.fetch_add(64);
      if (begin >= files.size()) return;
      for (size_t i = begin; i < std::min(begin + 64, files.size()); ++i) {
        auto digest = digests.Of(tree.root, *files[i], tree.label);
        if (!digest) {
          std::lock_guard lock(mutex);
          if (!error) error = digest.error();
          return;
        }
        contents[i] = std::move(*digest);
      }
    }
  };
  std::vector<std::jthread> workers;
  for (unsigned i = 1; i < threads && files.size() > 256; ++i) workers.emplace_back(work);
  work();
  workers.clear();
  if (error) return Fail(std::move(*error));

  Sha256 hash;
  std::string header;
  size_t at = 0;
  for (const SourceRoot& root : roots) {
    header.assign(1, root.directory ? 'd' : 'f');
    PutText(header, root.name);
    Put64(header, root.files.size());
    hash.Update(header);
    for (const SourceFile& file : root.files) {
      const Attributes& attributes = file.attributes;
      header.clear();
      PutText(header, file.relative);
      // A symlink's permissions mean nothing, and differ between systems.
      Put64(header, S_ISLNK(attributes.mode) ? S_IFLNK | 0777 : attributes.mode);
      Put64(header, attributes.uid), Put64(header, attributes.gid), Put64(header, attributes.rdev);
      PutText(header, attributes.capability);
      PutText(header, file.link);
      if (S_ISREG(attributes.mode)) {
        Put64(header, static_cast<uint64_t>(file.on_disk.st_size));
        header += contents[at++];
      }
      hash.Update(header);
    }
  }
  return Digest::FromHex(hash.Hex());
}

}  // namespace guard::builder
