// What mounts are for other sandboxes, where nothing can be mounted: files put into a step's root and taken
// out again. A bind mount is a copy; a writable one (a cache) is moved in and moved back.
#pragma once

#include <string>
#include <vector>

#include "rootless-builder/sandbox/mounts.h"

namespace guard::builder {

class PlacedFiles {
 public:
  // `aside`: an empty directory on the root's file system, for what is in the way.
  Result<void> Place(const RunSpec& spec, const std::string& aside);
  // An error where a cache could not be moved back, or something of the root could not be restored.
  Result<void> TakeOut();

 private:
  struct Item {
    Fd parent;
    std::string name;
    std::string return_to;  // a cache's home; empty: a copy to be removed
    std::string aside;      // what was there before; empty: nothing
    timespec before = {}, after = {};
  };
  struct Rewritten {
    Fd file;
    std::string content;
    timespec before = {};
  };
  Result<void> PlaceOne(int root, const RunMount& mount, const std::string& aside);
  Result<void> Rewrite(int root, const std::string& path, const std::string& text);
  Result<void> MakeDevices(int root);

  std::vector<Item> items_;
  std::vector<Rewritten> rewritten_;
  std::vector<MadeMountPoint> made_;
};

}  // namespace guard::builder
