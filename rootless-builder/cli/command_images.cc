// images, inspect, tag, rmi, prune: what is in the store. Tested by tests/e2e/builder_build.sh.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>

#include "rootless-builder/cli/commands.h"
#include "rootless-builder/cli/common_options.h"
#include "rootless-builder/cli/show_progress.h"
#include "rootless-builder/image/store.h"

namespace guard::builder {

namespace {

struct Flags {
  CommonOptions common;
  std::vector<std::string> names;
  std::string format;
  bool quiet = false, all = false, digests = false;
  int64_t keep_hours = 0;
};

struct Shown {
  NamedImage image;
  Digest id;
  std::string created, platform;
  uint64_t size = 0;
};

// The manifest for this machine of whatever a name points to.
Result<Descriptor> ManifestOf(const Store& store, const NamedImage& image) {
  if (!IsIndex(image.target.media_type)) return image.target;
  std::string text = TRY(store.Get(image.target.digest));
  Index index = TRY(ParseIndex(text, image.target.media_type));
  auto chosen = Choose(index, HostPlatform(), image.name);
  if (chosen) return chosen;
  if (index.manifests.empty()) return Fail(chosen.error());
  return index.manifests[0];
}

Result<Shown> Describe(const Store& store, const NamedImage& image) {
  Shown shown{.image = image};
  Descriptor descriptor = TRY(ManifestOf(store, image));
  std::string text = TRY(store.Get(descriptor.digest));
  Manifest manifest = TRY(ParseManifest(text, descriptor.media_type));
  text = TRY(store.Get(manifest.config.digest));
  ImageConfig config = TRY(ParseImageConfig(text));
  shown.id = manifest.config.digest;
  shown.created = config.created;
  shown.platform = config.platform.ToString();
  for (const Descriptor& layer : manifest.layers) shown.size += layer.size;
  return shown;
}

Result<int> ListImages(const Flags& flags) {
  auto store = TRY(Store::Open(flags.common.store.empty() ? DefaultStore() : flags.common.store));
  std::vector<Shown> all;
  for (const NamedImage& image : TRY(store->Names())) {
    auto shown = Describe(*store, image);
    // A damaged image is listed too: it can still be removed.
    all.push_back(shown ? *shown : Shown{.image = image, .created = "damaged: " + shown.error().message});
  }
  if (flags.format == "json") {
    nlohmann::json list = nlohmann::json::array();
    for (const Shown& shown : all) {
      list.push_back({{"name", shown.image.name},
                      {"digest", shown.image.target.digest.ToString()},
                      {"id", shown.id.ToString()},
                      {"created", shown.created},
                      {"size", shown.size},
                      {"platform", shown.platform}});
    }
    puts(list.dump(2).c_str());
    return 0;
  }
  size_t width = 4;
  for (const Shown& shown : all) width = std::max(width, shown.image.name.size());
  int columns = static_cast<int>(width);
  if (!flags.quiet && !all.empty())
    printf("%-*s  %-12s  %-20s  %-12s  %s\n", columns, "NAME", "ID", "CREATED", "PLATFORM", "SIZE");
  for (const Shown& shown : all) {
    std::string id = shown.id.hex().substr(0, 12);
    if (flags.quiet)
      puts(id.c_str());
    else
      printf("%-*s  %-12s  %-20s  %-12s  %s\n", columns, shown.image.name.c_str(), id.c_str(),
             shown.created.c_str(), shown.platform.c_str(), ShowSize(shown.size).c_str());
  }
  return 0;
}

Result<int> Inspect(const Flags& flags) {
  auto store = TRY(Store::Open(flags.common.store.empty() ? DefaultStore() : flags.common.store));
  nlohmann::json list = nlohmann::json::array();
  for (const std::string& name : flags.names) {
    auto image = TRY(FindImage(*store, name));
    if (!image)
      return Fail("there is no image " + name + " here", "rootless-builder images lists what there is");
    Descriptor descriptor = TRY(ManifestOf(*store, *image));
    std::string manifest_text = TRY(store->Get(descriptor.digest));
    Manifest manifest = TRY(ParseManifest(manifest_text, descriptor.media_type));
    std::string config_text = TRY(store->Get(manifest.config.digest));
    // The texts as they are: what we do not know is shown too.
    list.push_back({{"Id", manifest.config.digest.ToString()},
                    {"Name", image->name},
                    {"Digest", image->target.digest.ToString()},
                    {"MediaType", image->target.media_type},
                    {"Manifest", nlohmann::json::parse(manifest_text)},
                    {"Config", nlohmann::json::parse(config_text)}});
  }
  puts(list.dump(2, ' ', false, nlohmann::json::error_handler_t::replace).c_str());
  return 0;
}

Result<int> Tag(const Flags& flags) {
  auto store = TRY(Store::Open(flags.common.store.empty() ? DefaultStore() : flags.common.store));
  auto image = TRY(FindImage(*store, flags.names[0]));
  if (!image)
    return Fail("there is no image " + flags.names[0] + " here",
                "rootless-builder images lists what there is");
  for (size_t i = 1; i < flags.names.size(); ++i) {
    std::string name = TRY(StoreName(flags.names[i]));
    TRY_VOID(store->Tag(name, image->target));
  }
  return 0;
}

Result<int> Remove(const Flags& flags) {
  auto store = TRY(Store::Open(flags.common.store.empty() ? DefaultStore() : flags.common.store));
  for (const std::string& text : flags.names) {
    auto image = TRY(FindImage(*store, text));
    if (!image || !TRY(store->Untag(image->name)))
      return Fail("there is no image " + text + " here", "rootless-builder images lists what there is");
    printf("untagged %s\n", image->name.c_str());
  }
  return 0;
}

Result<int> Prune(const Flags& flags) {
  PlaceWishes wishes = TRY(flags.common.Wishes());
  // Unpacked layers may belong to other ids: only who could make them can remove them.
  OpenPlace place = TRY(Open(wishes));
  Store::Pruned pruned = TRY(place.store->Prune(flags.all, flags.keep_hours * 3600));
  const auto count = [](uint64_t number, const char* what) {
    return std::to_string(number) + " " + what + (number == 1 ? "" : "s");
  };
  printf("removed %s, %s, %s: %s\n", count(pruned.blobs, "blob").c_str(),
         count(pruned.steps, "step record").c_str(), count(pruned.trees, "unpacked layer").c_str(),
         ShowSize(pruned.bytes).c_str());
  return 0;
}

}  // namespace

void AddImageCommands(CLI::App& app, const Session&, int& status) {
  auto make = [&](const char* name, const char* about) {
    auto flags = std::make_shared<Flags>();
    CLI::App* command = app.add_subcommand(name, about);
    flags->common.AddStore(*command);
    return std::pair(command, flags);
  };
  auto [images, images_flags] = make("images", "List the images of the store");
  images->add_option("--format", images_flags->format, "text or json")
      ->check(CLI::IsMember({"text", "json"}));
  images->add_flag("-q,--quiet", images_flags->quiet, "Ids only");
  AddCallback(images, images_flags, status, ListImages);

  auto [inspect, inspect_flags] = make("inspect", "Print an image's manifest and configuration");
  inspect->add_option("image", inspect_flags->names, "Names or ids")->required();
  AddCallback(inspect, inspect_flags, status, Inspect);

  auto [tag, tag_flags] = make("tag", "Give an image further names");
  tag->add_option("names", tag_flags->names, "The image, then its new names")->required()->expected(2, 1000);
  AddCallback(tag, tag_flags, status, Tag);

  auto [remove, remove_flags] = make("rmi", "Take names away; prune removes what is left without one");
  remove->add_option("image", remove_flags->names, "Names or ids")->required();
  AddCallback(remove, remove_flags, status, Remove);

  auto [prune, prune_flags] = make("prune", "Remove what no image needs");
  prune->add_flag("-a,--all", prune_flags->all, "The steps' cache too");
  prune->add_option("--keep-hours", prune_flags->keep_hours, "Keep what was used since")
      ->check(CLI::NonNegativeNumber);
  prune_flags->common.AddSandbox(*prune);
  AddCallback(prune, prune_flags, status, Prune);
}

}  // namespace guard::builder
