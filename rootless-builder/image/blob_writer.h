// Files on their way into the store: written below ingest/ under a lock, seen nowhere else before they are
// whole.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "policies/base/files.h"

namespace guard::builder {

// A new file in ingest/, locked. Its owner renames it away, or it is removed.
class IngestFile {
 public:
  static Result<IngestFile> Make(const std::string& store_directory);
  IngestFile() = default;
  IngestFile(IngestFile&&) noexcept = default;
  IngestFile& operator=(IngestFile&& other) noexcept {
    std::swap(fd_, other.fd_);
    std::swap(path_, other.path_);
    return *this;
  }
  ~IngestFile();

  Result<void> Write(std::string_view bytes);
  Result<void> Sync();
  // Replaces what has that path, at once.
  Result<void> MoveTo(const std::string& path);

 private:
  Fd fd_;
  std::string path_;
};

// Removes what killed builds left in ingest/; returns the bytes.
uint64_t RemoveLeftovers(const std::string& store_directory);

}  // namespace guard::builder
