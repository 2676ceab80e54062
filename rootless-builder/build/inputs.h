// What a step reads besides its root filesystem: found before it runs, as its cache key needs the content.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "rootless-builder/build/content_key.h"
#include "rootless-builder/build/context.h"
#include "rootless-builder/plan/plan.h"

namespace guard::builder {

// A file that ADD fetched: in the store, by its digest.
struct RemoteFile {
  std::string name;  // the last part of the address
  Digest digest;
  int64_t mtime = 0;  // Last-Modified, or 0
};

// A repository that ADD cloned.
struct ClonedRepository {
  ScratchDirectory directory;
  Fd root;
  SourceTree tree;
  std::vector<SourceRoot> roots;
};

struct CopyInput {
  std::vector<SourceRoot> roots;  // of the context, or the stage once it is there
  std::vector<RemoteFile> remote;
  std::vector<std::unique_ptr<ClonedRepository>> repositories;
};

bool IsRemote(const std::string& source);

// COPY's own selection in a tree, --exclude and --parents included.
Result<std::vector<SourceRoot>> SelectFor(const CopyStep& step, const SourceTree& tree);

// Fetches an address into the store, or finds that what was fetched before is still the same (ETag,
// Last-Modified). `checksum`: "sha256:..." that it must have; then nothing is asked if the store has it.
Result<RemoteFile> FetchRemote(const std::string& address, const std::string& checksum, Store& store,
                               http::Client& http);

Result<std::unique_ptr<ClonedRepository>> CloneFor(const CopyStep& step, const std::string& address,
                                                   const std::string& work_directory);

}  // namespace guard::builder
