// One blob from one registry into the store.
#pragma once

#include "rootless-builder/image/store.h"
#include "rootless-builder/registry/registries.h"

namespace guard::builder {

// Breaks are bridged with Range; what comes is hashed on its way and in the store only if it is right.
Result<void> Download(Registries& registries, const PullPlace& place, const Descriptor& blob, Store& store,
                      const std::stop_token& stop, const std::function<void(uint64_t bytes)>& advance);

// Whether an answer to "Range: bytes=OFFSET-" for a blob of `size` bytes is what was asked for: how many of
// its first bytes are known already. 200 begins at the beginning.
Result<uint64_t> BytesToSkip(int status, std::string_view content_range, std::string_view content_length,
                             uint64_t offset, uint64_t size);

}  // namespace guard::builder
