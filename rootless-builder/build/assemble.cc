// A stage's layers, history and configuration become a manifest. Tested by tests/e2e/builder_build.sh.
#include <algorithm>
#include <ctime>

#include "rootless-builder/build/builder.h"
#include "rootless-builder/build/step_cache.h"

namespace guard::builder {

namespace {

// History has one item with a layer for each layer (image-spec, config.md); bases made by others may not.
std::vector<HistoryItem> Balanced(std::vector<HistoryItem> history, size_t layers) {
  size_t with_layer = static_cast<size_t>(std::count_if(
      history.begin(), history.end(), [](const HistoryItem& item) { return !item.empty_layer; }));
  if (with_layer == layers) return history;
  std::vector<HistoryItem> missing;
  for (; with_layer < layers; ++with_layer)
    missing.push_back({.comment = "a layer of the base image, made without history"});
  for (auto item = history.rbegin(); item != history.rend() && with_layer > layers; ++item)
    if (!item->empty_layer) item->empty_layer = true, --with_layer;
  history.insert(history.begin(), missing.begin(), missing.end());
  return history;
}

}  // namespace

std::string FormatTime(int64_t seconds) {
  time_t time = static_cast<time_t>(seconds);
  std::tm parts;
  gmtime_r(&time, &parts);
  char text[64];
  strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text;
}

Result<BuiltImage> AssembleImage(const Plan& plan, const PlannedStage& stage, const StageResult& result,
                                 const BuildSettings& settings, Store& store) {
  BuiltImage built;
  built.layers = result.layers;
  ImageConfig& image = built.image;
  image.created = result.created;
  image.author = stage.author;
  image.platform = stage.platform;
  if (stage.base == PlannedStage::Base::kImage)
    image.platform.os_version = plan.images[stage.base_index].config.platform.os_version;
  image.config = stage.config;
  for (const LayerRef& layer : result.layers) image.diff_ids.push_back(layer.diff_id);
  image.history = Balanced(result.history, result.layers.size());

  Manifest& manifest = built.parsed;
  manifest.family = settings.family;
  manifest.annotations = settings.annotations;
  bool oci = settings.family == MediaFamily::kOci;
  manifest.config = TRY(store.Put(Serialize(image), oci ? media::kOciConfig : media::kDockerConfig));
  for (const LayerRef& layer : result.layers) {
    Descriptor descriptor = layer.blob;
    Compression compression = TRY(LayerCompression(descriptor.media_type));
    descriptor.media_type = std::string(LayerMediaType(settings.family, compression));
    descriptor.annotations.clear();
    manifest.layers.push_back(std::move(descriptor));
  }
  built.records = result.records;
  if (settings.inline_cache) manifest.annotations[std::string(kStepsAnnotation)] = InlineSteps(built);
  built.config = manifest.config.digest;
  built.manifest = TRY(store.Put(Serialize(manifest), MediaType(manifest)));
  built.manifest.platform = image.platform;
  return built;
}

}  // namespace guard::builder
