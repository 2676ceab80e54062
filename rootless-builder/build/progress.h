// What a build tells while it works: vertices that begin, print and end, as BuildKit numbers them; and
// transfers.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "rootless-builder/registry/transfer.h"

namespace guard::builder {

enum class VertexEnd : uint8_t { kDone, kCached, kFailed, kCanceled };

// Thread-safe. One vertex is told of by one thread.
class BuildProgress {
 public:
  virtual ~BuildProgress() = default;
  // "[build 2/5] RUN make"; gives the vertex's number.
  virtual int Begin(const std::string& name) = 0;
  virtual void Output(int vertex, std::string_view bytes) = 0;
  virtual void End(int vertex, VertexEnd end, const std::string& error = {}) = 0;
  virtual void Warn(const std::string& text) = 0;
  // Bytes of blobs that are carried for a vertex.
  virtual Progress& Transfers() = 0;
};

}  // namespace guard::builder
