// Tells when something happened in folders (inotify). What happened is not asked: whoever is told compares
// contents, so an event too many costs a digest, and one too few is found by the next slow look.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace guard {

class FolderWatch {
 public:
  FolderWatch();
  ~FolderWatch();
  FolderWatch(const FolderWatch&) = delete;

  // From now on these folders and no others. Those that do not exist are tried again with the next call.
  void Watch(const std::vector<std::string>& folders);
  // Readable when something has happened; -1 where the kernel gives no inotify.
  int descriptor() const { return descriptor_; }
  // Forgets what has happened; true when there was something.
  bool Drain();

 private:
  int descriptor_;
  std::map<std::string, int> watched_;
};

}  // namespace guard
