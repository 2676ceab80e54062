// The directory that the next entry goes to: opened part by part below the root, never through the kernel's
// own idea of
// "..", absolute links or "/", and kept open while entries of the same place follow.
//
// Each part is opened from its parent's descriptor without following links; a link is read and resolved here,
// inside the root. So nothing outside can be reached, whatever the layer or another process does to the tree,
// and no system call is needed that a container's seccomp profile or gVisor lacks.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "policies/base/files.h"

namespace guard::builder {

class DirectoryCursor {
 public:
  explicit DirectoryCursor(int root) : root_(root) {}

  enum class Missing : bool { kFail, kMake };
  // A descriptor that is valid until the next call. Directories that had to be made (0700, by us) are told in
  // made().
  Result<int> Enter(std::string_view path, Missing missing);
  // Where Enter has come to: without links.
  const std::string& physical() const { return physical_; }
  std::vector<std::string>& made() { return made_; }
  // Something that may have been entered was removed.
  void Forget();

 private:
  struct Level {
    size_t length;  // of physical_ up to here
    Fd fd;
  };
  int Top() const { return levels_.empty() ? root_ : levels_.back().fd.get(); }
  void Pop();

  int root_;
  std::vector<Level> levels_;
  std::string physical_, written_;
  bool through_link_ = false;
  std::vector<std::string> made_;
};

}  // namespace guard::builder
