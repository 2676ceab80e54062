// The root filesystem of a stage: layers below, one step's changes on top. Nothing is unpacked before a step
// needs files.
//
// Where overlayfs can be mounted, layers are directories side by side and a step's changes are its upper
// directory. Elsewhere the layers are unpacked over each other into one directory, and changes are found by
// looking (layer/diff.h). Both give the same layers.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "rootless-builder/build/trees.h"
#include "rootless-builder/layer/diff.h"

namespace guard::builder {

// Brings a layer's blob into the store where it is not there yet.
using FetchLayer = std::function<Result<void>(const LayerRef&)>;

class StageRoot {
 public:
  static std::unique_ptr<StageRoot> Make(Trees& trees, FetchLayer fetch);
  virtual ~StageRoot() = default;

  virtual const std::vector<LayerRef>& layers() const = 0;
  // A layer that is known already: of the base, or of a step that was cached.
  virtual void Push(LayerRef layer) = 0;

  // The files as they are, for reading; valid until the next Begin or the end of the returned object.
  virtual Result<std::shared_ptr<const MountedRoot>> View() = 0;

  // Opens a step: a directory to be changed. With `apart`, an empty one of its own.
  virtual Result<std::string> Begin(bool apart) = 0;
  // What the step changed becomes a layer, which is pushed; nothing if it changed nothing.
  virtual Result<std::optional<WrittenLayer>> Commit(const DiffOptions& diff,
                                                     const LayerOptions& options) = 0;
  // Throws the step's changes away.
  virtual void Abandon() = 0;
};

// One layer that does what `layers` from number `base` on do together; nothing if they leave no trace.
Result<std::optional<LayerRef>> SquashLayers(Trees& trees, const std::vector<LayerRef>& layers, size_t base,
                                             const LayerOptions& options, const FetchLayer& fetch);

}  // namespace guard::builder
