// A step's file system: its root, /proc, /dev, /sys, the generated files of /etc, and RUN --mount.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "rootless-builder/sandbox/sandbox.h"
#include "rootless-builder/sandbox/system.h"

namespace guard::builder {

// A file or directory that was made to mount something on.
struct MadeMountPoint {
  Fd parent;
  std::string name;
  bool directory = false;
  ino_t inode = 0;
  timespec before = {}, after = {};  // times of the parent: before this was made, and just after
};

// Opens (O_PATH) the file or directory `path` of a root, made where there is none: also the target of a
// symlink that dangles. `made` (or null) gets what was made.
Result<Fd> OpenOrMake(int root, const std::string& path, bool directory, std::vector<MadeMountPoint>* made);

// Takes away again what was made, where it was left empty.
void RemoveMade(std::vector<MadeMountPoint>& made);

// The places in a root that things are mounted on. What is not there is made, and taken away again
// afterwards where the step left it empty; the times of the directories around it are put back.
class MountPoints {
 public:
  // Makes what `spec` needs that is not there.
  Result<void> Make(const RunSpec& spec);
  void Remove() { RemoveMade(made_); }

 private:
  std::vector<MadeMountPoint> made_;
};

// What the step's namespaces are like.
struct MountPlace {
  bool id_range = true;         // gids other than 0 exist
  std::string state_directory;  // on disk, for private copies of bind mounts
};

// In the step's own mount namespace (which is private to it): mounts everything and makes spec.root the root.
// The working directory is / afterwards.
Result<void> EnterStepRoot(const RunSpec& spec, const MountPlace& place);

// The generated /etc/hosts, /etc/hostname and /etc/resolv.conf. `resolv` is the builder's own. Pure.
std::vector<std::pair<std::string, std::string>> GeneratedFiles(const RunSpec& spec, std::string resolv);

}  // namespace guard::builder
