// The JSON reader as an object that keeps its buffers, for a server that reads one review after another.
#pragma once

#include <memory>
#include <string_view>

#include "policies/base/arena.h"
#include "policies/base/error.h"
#include "policies/document/document.h"

namespace guard {

// Not thread-safe: one a thread. Buffers grow to the largest text seen.
class JsonReader {
 public:
  JsonReader();
  ~JsonReader();
  JsonReader(JsonReader&&) noexcept;
  JsonReader& operator=(JsonReader&&) noexcept;

  // As ReadJsonValues.
  Result<Node> ReadValues(std::string_view text, Arena& arena, const ReadLimits& limits = {});
  // As ReadJson.
  Documents Read(const Source& source, const ReadLimits& limits = {});

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace guard
