// The store: an OCI image layout in a directory (image-spec, image-layout.md), shared by concurrent builds.
//
//   oci-layout  index.json          names (org.opencontainers.image.ref.name holds the whole reference)
//   blobs/sha256/<hex>              content, read-only, complete: written beside and renamed
//   steps/<hex>                     what a step with this cache key made (JSON: StepRecord)
//   ingest/                         what is being written; leftovers of killed builds are removed by their
//   lock lock, index.lock                flock: `lock` shared while a build uses the store, exclusive to
//   prune trees/<form>/<diff id>          unpacked layers, and work/ for those in the making (build/trees.h)
//   boot                            which run of the machine used the store last
//
// What is promised: a kill at any time (kill -9, out of memory) leaves a store that the next build uses;
// nothing is visible before it is whole. When the machine itself stops, names are kept (index.json is
// synced), but blobs are not synced one by one, so that the newest may be lost: the first to open the store
// after a restart checks what was written in the last minutes before it, and removes what is not whole, as if
// it had never been made.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rootless-builder/image/config.h"
#include "rootless-builder/image/manifest.h"

namespace guard::builder {

// A blob on its way in: bytes are hashed while they are written.
class BlobWriter {
 public:
  virtual ~BlobWriter() = default;  // without Commit the bytes are thrown away
  virtual Result<void> Write(std::string_view bytes) = 0;
  virtual uint64_t size() const = 0;
  // Makes the blob visible under its digest. With `expected` not empty, a blob that has another digest is
  // thrown away with an error that names both. Returns what it is; idempotent where the blob is there
  // already.
  virtual Result<Digest> Commit(const Digest& expected = {}) = 0;
};

// What a step made: enough to go on without running it.
struct StepRecord {
  Digest diff_id;     // of the uncompressed layer; empty: the step changed nothing
  Descriptor layer;   // the packed layer; may be missing from the store after a prune
  std::string extra;  // the step's own notes, opaque here
};

struct NamedImage {
  std::string name;   // "docker.io/library/app:1"
  Descriptor target;  // manifest or index
};

// Thread-safe. Paths are below the directory that was opened.
class Store {
 public:
  // Makes the layout where there is none. Refuses a directory that is neither empty nor a layout.
  static Result<std::unique_ptr<Store>> Open(const std::string& directory);
  virtual ~Store() = default;

  virtual const std::string& directory() const = 0;

  virtual Result<std::unique_ptr<BlobWriter>> NewBlob() = 0;
  virtual Result<Descriptor> Put(std::string_view bytes, std::string_view media_type) = 0;
  virtual bool Has(const Digest& digest) const = 0;
  virtual Result<uint64_t> SizeOf(const Digest& digest) const = 0;
  // The whole blob, digest checked; refused when larger than `limit`.
  virtual Result<std::string> Get(const Digest& digest, uint64_t limit = 8u << 20) const = 0;
  // An open descriptor to read a large blob from; its digest was checked when it came in. The caller closes
  // it.
  virtual Result<int> OpenBlob(const Digest& digest) const = 0;
  std::string BlobPath(const Digest& digest) const;

  virtual Result<std::vector<NamedImage>> Names() const = 0;
  virtual Result<std::optional<Descriptor>> Find(std::string_view name) const = 0;
  virtual Result<void> Tag(std::string_view name, const Descriptor& target) = 0;
  virtual Result<bool> Untag(std::string_view name) = 0;  // false: there was none

  virtual std::optional<StepRecord> FindStep(const Digest& key) const = 0;
  virtual Result<void> PutStep(const Digest& key, const StepRecord& record) = 0;

  struct Pruned {
    uint64_t blobs = 0, steps = 0, trees = 0, bytes = 0;
  };
  // Removes what no name reaches: blobs, step records, trees, leftovers. `all` removes step records that
  // names reach too; `older_than_seconds` keeps what was used since. Records of steps that changed nothing
  // are unreached only by age or `all`. Waits for builds that use the store, and for this one's other threads
  // not at all: call it from a process of its own.
  virtual Result<Pruned> Prune(bool all, int64_t older_than_seconds) = 0;
};

// What an image is made of: the blob itself, then everything it points to, each once. `visit` gets false for
// what is not in the store: an index may name platforms that nobody pulled. A damaged manifest is an error.
Result<void> Walk(const Store& store, const Descriptor& target,
                  const std::function<Result<void>(const Descriptor&, bool present)>& visit);
// Every blob of the image must be there, in its size: an error names the first that is not. Of an index, at
// least one image must be whole.
Result<void> CheckComplete(const Store& store, const Descriptor& target);

}  // namespace guard::builder
