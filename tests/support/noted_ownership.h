// Ownership for tests: owners, devices and capabilities are noted in memory, so that any user can unpack and
// look.
#pragma once

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <map>
#include <mutex>
#include <utility>

#include "policies/base/files.h"
#include "rootless-builder/sandbox/ownership.h"

namespace guard::test {

class NotedOwnership : public builder::Ownership {
 public:
  bool real() const override { return false; }

  Result<builder::Attributes> Get(int, const std::string&, const struct stat& on_disk) override {
    const std::lock_guard lock(mutex_);
    const auto found = noted_.find({on_disk.st_dev, on_disk.st_ino});
    builder::Attributes attributes;
    if (found != noted_.end()) attributes = found->second;
    // The permissions on disk count: programs change them. Owners and types are ours.
    if (found == noted_.end() || (attributes.mode & S_IFMT) == (on_disk.st_mode & S_IFMT)) {
      attributes.mode = on_disk.st_mode;
    }
    return attributes;
  }

  Result<void> Set(int dir, const std::string& name, const builder::Attributes& attributes) override {
    struct stat status{};
    if (fstatat(dir, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) return FailErrno("read", name);
    if (!S_ISLNK(status.st_mode) && fchmodat(dir, name.c_str(), attributes.mode & 07777, 0) != 0) {
      return FailErrno("change", name);
    }
    const std::lock_guard lock(mutex_);
    noted_[{status.st_dev, status.st_ino}] = attributes;
    return {};
  }

  Result<void> MakeNode(int dir, const std::string& name, const builder::Attributes& attributes) override {
    const Fd file(openat(dir, name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (!file) return FailErrno("make", name);
    return Set(dir, name, attributes);
  }

  bool IsOwnXattr(const std::string& name) const override { return name == "user.noted"; }

 private:
  std::mutex mutex_;
  std::map<std::pair<dev_t, ino_t>, builder::Attributes> noted_;
};

}  // namespace guard::test
