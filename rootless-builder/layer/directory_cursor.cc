// Walking down a tree that nobody trusts.
//
// Tested by apply_test.cc and layer_fuzz.cc.
#include "rootless-builder/layer/directory_cursor.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <climits>

namespace guard::builder {
namespace {

constexpr int kMostLinks = 40;  // as the kernel

// The parts of a path in reverse, so that the next one is at the back.
void PushParts(std::string_view path, std::vector<std::string>& parts) {
  while (!path.empty()) {
    const size_t slash = path.rfind('/');
    const std::string_view part = slash == path.npos ? path : path.substr(slash + 1);
    if (!part.empty() && part != ".") parts.emplace_back(part);
    path = slash == path.npos ? std::string_view() : path.substr(0, slash);
  }
}

}  // namespace

void DirectoryCursor::Forget() {
  levels_.clear();
  physical_.clear();
  written_.clear();
  through_link_ = false;
}

void DirectoryCursor::Pop() {
  if (levels_.empty()) return;  // ".." of the root is the root
  levels_.pop_back();
  physical_.resize(levels_.empty() ? 0 : levels_.back().length);
}

Result<int> DirectoryCursor::Enter(std::string_view path, Missing missing) {
  if (path == written_) return Top();
  if (through_link_) Forget();
  // Where written and physical paths are the same, what both have in common stays open.
  while (!levels_.empty()) {
    const size_t length = levels_.back().length;
    if (path.starts_with(physical_) && (path.size() == length || path[length] == '/')) break;
    Pop();
  }
  std::vector<std::string> parts;
  PushParts(path.substr(std::min(physical_.size(), path.size())), parts);
  written_ = "\n";  // until it is reached
  int links = 0;
  while (!parts.empty()) {
    const std::string part = std::move(parts.back());
    parts.pop_back();
    if (part == "..") {
      Pop();
      continue;
    }
    constexpr int kFlags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
    Fd fd(openat(Top(), part.c_str(), kFlags));
    const std::string place = physical_.empty() ? part : physical_ + "/" + part;
    if (!fd && errno == ENOENT && missing == Missing::kMake) {
      if (mkdirat(Top(), part.c_str(), 0700) != 0) return FailErrno("make the directory", place);
      made_.push_back(place);
      fd = Fd(openat(Top(), part.c_str(), kFlags));
    }
    if (!fd && (errno == ELOOP || errno == ENOTDIR)) {
      char target[PATH_MAX];
      const ssize_t size = readlinkat(Top(), part.c_str(), target, sizeof target);
      if (size < 0) return Fail("'" + place + "' is no directory");
      if (++links > kMostLinks) return Fail("'" + std::string(path) + "' goes through too many symlinks");
      const std::string_view text(target, static_cast<size_t>(size));
      through_link_ = true;
      if (text.starts_with('/')) {
        levels_.clear();
        physical_.clear();
      }
      PushParts(text, parts);
      if (parts.size() > 10'000) return Fail("'" + std::string(path) + "' goes through too many symlinks");
      continue;
    }
    if (!fd) return FailErrno("open the directory", place);
    physical_ = place;
    levels_.push_back({physical_.size(), std::move(fd)});
  }
  written_ = path;
  return Top();
}

}  // namespace guard::builder
