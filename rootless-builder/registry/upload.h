// One blob to one repository: found there, mounted from a neighbour, or sent.
#pragma once

#include "rootless-builder/registry/registries.h"

namespace guard::builder {

enum class UploadOutcome : uint8_t { kSent, kExisted, kMounted };

// What is sent when there is nothing to mount: the blob's bytes. Asked for only then.
using BlobOpener = std::function<Result<std::unique_ptr<http::BodySource>>()>;

struct Upload {
  Registry& registry;
  std::string name;  // the repository
  Descriptor blob;
  std::vector<std::string> mount_from;  // repositories of the same registry that should have it
  BlobOpener open;
  std::stop_token stop;
  std::function<void(uint64_t bytes)> advance;
};
Result<UploadOutcome> Run(Registries& registries, const Upload& upload);

// A body from memory.
std::unique_ptr<http::BodySource> BytesSource(std::string_view bytes);
// From a file descriptor, which it closes.
std::unique_ptr<http::BodySource> FileSource(int descriptor, uint64_t size);

// What a session has got, from "Range: 0-LAST" (or "bytes=0-LAST"); nothing where it does not say.
std::optional<uint64_t> BytesTaken(std::string_view range);

}  // namespace guard::builder
