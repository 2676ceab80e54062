// Layers: packing, at each level that is a candidate for the default. The content is /usr/lib and /usr/bin of
// this machine, 130 MB of it, as a root filesystem has it. Bytes per second are of the tar; "ratio" is packed
// to unpacked.
#include <benchmark/benchmark.h>
#include <fcntl.h>
#include <libdeflate.h>
#include <sys/resource.h>
#include <unistd.h>
#include <zstd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <vector>

#include "rootless-builder/layer/pack.h"

namespace guard::builder {
namespace {

const std::string& Content() {
  static const std::string content = [] {
    std::string text;
    for (const char* folder :
         {"/usr/bin", "/usr/lib/x86_64-linux-gnu", "/usr/lib/python3", "/usr/share/doc"}) {
      std::error_code error;
      const size_t limit = text.size() + (size_t{33} << 20);
      for (const auto& file : std::filesystem::recursive_directory_iterator(folder, error)) {
        if (!file.is_regular_file(error) || file.is_symlink(error) || file.file_size(error) > (8u << 20))
          continue;
        std::ostringstream bytes;
        bytes << std::ifstream(file.path(), std::ios::binary).rdbuf();
        text += bytes.view();
        text.append(-text.size() % 512, '\0');
        if (text.size() > limit) break;
      }
    }
    return text;
  }();
  return content;
}

class Nowhere : public BlobWriter {
 public:
  Result<void> Write(std::string_view bytes) override {
    size_ += bytes.size();
    return {};
  }
  uint64_t size() const override { return size_; }
  Result<Digest> Commit(const Digest&) override { return Digest(); }

 private:
  uint64_t size_ = 0;
};

void Pack(benchmark::State& state, Compression compression) {
  const std::string& content = Content();
  uint64_t packed = 0;
  for (auto _ : state) {
    Nowhere out;
    auto packer = Packer::Create(out, compression, static_cast<int>(state.range(0)),
                                 static_cast<unsigned>(state.range(1)));
    if (!packer || !(*packer)->Write(content) || !(*packer)->Finish()) state.SkipWithError("packing failed");
    packed = out.size();
  }
  state.SetBytesProcessed(static_cast<int64_t>(content.size() * state.iterations()));
  state.counters["ratio"] = static_cast<double>(packed) / static_cast<double>(content.size());
}
BENCHMARK_CAPTURE(Pack, gzip, Compression::kGzip)
    ->ArgNames({"level", "threads"})
    ->ArgsProduct({{1, 2, 3, 4, 5, 6}, {1}})
    ->Args({4, 2})
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(Pack, zstd, Compression::kZstd)
    ->ArgNames({"level", "threads"})
    ->ArgsProduct({{1, 2, 3, 4}, {1}})
    ->Args({1, 2})
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

// The libraries alone, in pieces of 1 MiB: nothing hashed, nothing written, nothing put together.
void Bare(benchmark::State& state, Compression compression) {
  const std::string& content = Content();
  const int level = static_cast<int>(state.range(0));
  constexpr size_t kPiece = size_t{1} << 20;
  std::vector<char> out(2 * kPiece);
  libdeflate_compressor* gzip = libdeflate_alloc_compressor(level);
  ZSTD_CCtx* zstd = ZSTD_createCCtx();
  for (auto _ : state) {
    for (size_t at = 0; at < content.size(); at += kPiece) {
      const size_t size = std::min(kPiece, content.size() - at);
      const size_t packed =
          compression == Compression::kGzip
              ? libdeflate_deflate_compress(gzip, content.data() + at, size, out.data(), out.size())
              : ZSTD_compressCCtx(zstd, out.data(), out.size(), content.data() + at, size, level);
      benchmark::DoNotOptimize(packed);
    }
  }
  libdeflate_free_compressor(gzip);
  ZSTD_freeCCtx(zstd);
  state.SetBytesProcessed(static_cast<int64_t>(content.size() * state.iterations()));
}
BENCHMARK_CAPTURE(Bare, gzip, Compression::kGzip)->Arg(1)->UseRealTime()->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(Bare, zstd, Compression::kZstd)->Arg(1)->UseRealTime()->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace guard::builder
BENCHMARK_MAIN();
