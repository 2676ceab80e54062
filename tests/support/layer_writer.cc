// Makes an image of one layer of everything below a directory, for tests/e2e/layer_readers.sh.
// usage: layer_writer STORE DIRECTORY gzip|zstd NAME
#include <unistd.h>

#include <cstdio>
#include <filesystem>

#include "rootless-builder/layer/diff.h"
#include "tests/support/noted_ownership.h"

namespace guard::builder {
namespace {

Result<void> Write(const std::string& directory, const std::string& from, const std::string& compression,
                   const std::string& name) {
  auto store = TRY(Store::Open(directory));
  test::NotedOwnership ownership;
  const std::string empty = directory + "/empty";
  TRY_VOID(MakeDirectories(empty));
  const auto before = TRY(TakeSnapshot(empty, ownership));
  TRY_VOID(RemoveTree(empty));
  LayerOptions options{.threads = 2};
  if (compression == "zstd") options.compression = Compression::kZstd;
  auto writer = TRY(LayerWriter::Create(*store, options));
  TRY(DiffTree(*before, from, ownership, {}, *writer));
  const WrittenLayer layer = TRY(writer->Finish());
  ImageConfig config;
  config.platform = HostPlatform();
  config.diff_ids = {layer.diff_id};
  Manifest manifest;
  manifest.config = TRY(store->Put(Serialize(config), media::kOciConfig));
  manifest.layers = {layer.descriptor};
  const Descriptor target = TRY(store->Put(Serialize(manifest), media::kOciManifest));
  std::printf("%s %s\n", layer.descriptor.digest.hex().c_str(), layer.diff_id.hex().c_str());
  return store->Tag(name, target);
}

}  // namespace
}  // namespace guard::builder

int main(int argc, char** argv) {
  if (argc != 5) return 2;
  const auto written = guard::builder::Write(argv[1], argv[2], argv[3], argv[4]);
  if (!written) std::fprintf(stderr, "%s\n", ToString(written.error()).c_str());
  return written ? 0 : 1;
}
