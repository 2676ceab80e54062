// The files of a layout that many write: index.json and its lock; and the check after a restart of the
// machine.
#pragma once

#include <string>

#include "policies/base/files.h"
#include "rootless-builder/image/manifest.h"

namespace guard::builder {

inline constexpr std::string_view kRefName = "org.opencontainers.image.ref.name";

// Makes what is missing of a layout. Refuses a directory that is neither empty nor a layout.
Result<void> PrepareLayout(const std::string& directory);
Result<Index> ReadLayoutIndex(const std::string& directory);
// Replaces index.json; the caller holds LockIndex.
Result<void> WriteLayoutIndex(const std::string& directory, const Index& index);
Result<Fd> LockFile(const std::string& path, int operation);
// The hash of an open file's content from its beginning, in small pieces.
Result<Digest> DigestOfFile(int fd, const std::string& path);
// See store.h: what was written in the last minutes before the machine stopped is checked once.
Result<void> CheckAfterRestart(const std::string& directory);

}  // namespace guard::builder
