// Writes into a store until it is killed, hundreds of times, and checks the store after each kill.
// usage: store_writer DIRECTORY KILLS
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <random>

#include "rootless-builder/image/store.h"

namespace guard::builder {
namespace {

[[noreturn]] void Stop(const std::string& message) {
  std::fprintf(stderr, "%s\n", message.c_str());
  std::_Exit(1);
}

template <class T>
T Must(Result<T> result) {
  if (!result) Stop(ToString(result.error()));
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

[[noreturn]] void WriteForever(const std::string& directory, unsigned seed) {
  std::mt19937 random(seed);
  auto store = Must(Store::Open(directory));
  for (;;) {
    std::string content(random() % 3 == 0 ? random() % 3'000'000 : random() % 5000, '\0');
    for (size_t i = 0; i < content.size(); i += 16) content[i] = static_cast<char>(random());
    auto writer = Must(store->NewBlob());
    for (size_t at = 0; at < content.size(); at += 65536)
      Must(writer->Write(std::string_view(content).substr(at, 65536)));
    Manifest manifest;
    manifest.layers.push_back({.media_type = std::string(media::kOciLayer), .size = content.size()});
    manifest.layers[0].digest = Must(writer->Commit());
    ImageConfig config;
    config.platform = {"linux", "amd64"};
    config.diff_ids = {manifest.layers[0].digest};
    manifest.config = Must(store->Put(Serialize(config), media::kOciConfig));
    Must(store->PutStep(Digest::Of(std::to_string(random() % 20)),
                        {config.diff_ids[0], manifest.layers[0], "x"}));
    Must(store->Tag("image:" + std::to_string(random() % 8),
                    Must(store->Put(Serialize(manifest), media::kOciManifest))));
    if (random() % 10 == 0) Must(store->Untag("image:" + std::to_string(random() % 8)));
    if (random() % 6 == 0) Must(store->Prune(random() % 2 == 0, 0));
  }
}

// Every named image is whole, and every blob is what its name says. Returns the number of images.
size_t Check(const std::string& directory) {
  auto store = Must(Store::Open(directory));
  const auto names = Must(store->Names());
  for (const NamedImage& image : names) {
    Must(CheckComplete(*store, image.target));
    Must(Walk(*store, image.target, [&](const Descriptor& part, bool) -> Result<void> {
      TRY(store->Get(part.digest));
      return {};
    }));
  }
  for (int key = 0; key < 20; ++key) {
    const auto step = store->FindStep(Digest::Of(std::to_string(key)));
    if (step && store->Has(step->layer.digest)) Must(store->Get(step->layer.digest));
  }
  return names.size();
}

int Main(int argc, char** argv) {
  if (argc != 3) Stop("usage: store_writer DIRECTORY KILLS");
  const std::string directory = argv[1];
  const int kills = std::atoi(argv[2]);
  std::mt19937 random(7);
  size_t images = 0;
  for (int kill_number = 0; kill_number < kills; ++kill_number) {
    pid_t children[2];
    for (pid_t& child : children) {
      const unsigned seed = random();
      child = fork();
      if (child == 0) WriteForever(directory, seed);
    }
    usleep(random() % 40'000);
    for (const pid_t child : children) kill(child, SIGKILL);
    for (const pid_t child : children) {
      int status = 0;
      waitpid(child, &status, 0);
      if (!WIFSIGNALED(status)) Stop("a writer stopped by itself");
    }
    images += Check(directory);
  }
  if (images == 0) Stop("nothing was ever written");
  auto store = Must(Store::Open(directory));
  Must(store->Prune(true, 0));
  Check(directory);
  std::printf("%d kills, %zu images seen, all whole\n", kills, images);
  return 0;
}

}  // namespace
}  // namespace guard::builder

int main(int argc, char** argv) { return guard::builder::Main(argc, argv); }
