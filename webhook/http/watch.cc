// Tested by reload_test.cc.
#include "webhook/http/watch.h"

#include <sys/inotify.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>

namespace guard {
namespace {

constexpr uint32_t kEvents = IN_CLOSE_WRITE | IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO |
                             IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR;

}  // namespace

FolderWatch::FolderWatch() : descriptor_(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC)) {}

FolderWatch::~FolderWatch() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

void FolderWatch::Watch(const std::vector<std::string>& folders) {
  if (descriptor_ < 0) return;
  std::map<std::string, int> now;
  for (const std::string& folder : folders) {
    // A folder that was replaced has another inode: adding again gives it a watch of its own.
    int id = ::inotify_add_watch(descriptor_, folder.c_str(), kEvents);
    if (id >= 0) now[folder] = id;
  }
  for (const auto& [folder, id] : watched_) {
    int before = id;
    bool used =
        std::any_of(now.begin(), now.end(), [before](const auto& entry) { return entry.second == before; });
    if (!used) ::inotify_rm_watch(descriptor_, before);
  }
  watched_ = std::move(now);
}

bool FolderWatch::Drain() {
  if (descriptor_ < 0) return false;
  alignas(inotify_event) char buffer[4096];
  bool any = false;
  while (true) {
    ssize_t got = ::read(descriptor_, buffer, sizeof(buffer));
    if (got <= 0) return any;
    for (ssize_t at = 0; at < got;) {
      const auto* event = reinterpret_cast<const inotify_event*>(buffer + at);
      // The end of a watch that Watch() took away is no news.
      if ((event->mask & IN_IGNORED) == 0) any = true;
      at += static_cast<ssize_t>(sizeof(inotify_event) + event->len);
    }
  }
}

}  // namespace guard
