// Tested by tests/e2e/sandbox_one_id.sh.
#include "rootless-builder/sandbox/tracee.h"

#include <sys/uio.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>

namespace guard::builder {
namespace {

constexpr size_t kLongestText = 4096;
constexpr size_t kPage = 4096;

}  // namespace

bool Tracee::Read(uint64_t address, void* to, size_t size) const {
  iovec local{to, size}, remote{reinterpret_cast<void*>(address), size};
  return process_vm_readv(tid_, &local, 1, &remote, 1, 0) == static_cast<ssize_t>(size);
}

bool Tracee::Write(uint64_t address, const void* from, size_t size) const {
  iovec local{const_cast<void*>(from), size}, remote{reinterpret_cast<void*>(address), size};
  return process_vm_writev(tid_, &local, 1, &remote, 1, 0) == static_cast<ssize_t>(size);
}

std::optional<std::string> Tracee::ReadText(uint64_t address) const {
  char text[kLongestText];
  size_t have = 0;
  while (have < sizeof text) {  // page by page: the next one may not be there
    size_t part = std::min(kPage - (address + have) % kPage, sizeof text - have);
    if (!Read(address + have, text + have, part)) return {};
    const void* end = memchr(text + have, 0, part);
    if (end) return std::string(text, static_cast<size_t>(static_cast<const char*>(end) - text));
    have += part;
  }
  return {};
}

Fd Tracee::Open(const char* what, int flags) const {
  return Fd(openat(proc_, (std::to_string(tid_) + "/" + what).c_str(), flags | O_CLOEXEC));
}

Fd Tracee::OpenDescriptor(int fd) const { return Open(("fd/" + std::to_string(fd)).c_str(), O_PATH); }

Fd Tracee::Resolve(int dir, const std::string& path, bool follow) const {
  int flags = O_PATH | (follow ? 0 : O_NOFOLLOW);
  if (path.empty()) return {};
  if (path[0] == '/') {
    Fd root = Open("root", O_PATH | O_DIRECTORY);
    return root.valid() ? Fd(OpenInRoot(root.get(), path, flags)) : Fd();
  }
  Fd base = dir == AT_FDCWD ? Open("cwd", O_PATH | O_DIRECTORY) : OpenDescriptor(dir);
  return base.valid() ? Fd(openat(base.get(), path.c_str(), flags | O_CLOEXEC)) : Fd();
}

Fd Tracee::ResolveParent(int dir, const std::string& path, std::string& name) const {
  auto [folder, last] = SplitLast(path);
  if (last.empty() || last == "." || last == "..") return {};
  name = last;
  if (path[0] == '/') folder = "/" + folder;
  return Resolve(dir, folder.empty() ? "." : folder, true);
}

mode_t Tracee::Umask() const {
  Fd status = Open("status", O_RDONLY);
  char text[512] = {};
  if (!status.valid() || read(status.get(), text, sizeof text - 1) <= 0) return 022;
  const char* line = strstr(text, "\nUmask:");
  return line ? static_cast<mode_t>(strtoul(line + 7, nullptr, 8)) : 022;
}

}  // namespace guard::builder
