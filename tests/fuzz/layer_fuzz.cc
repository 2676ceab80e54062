// Tars of any kind, unpacked below a root beside a file that must stay as it is.
#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>

#include "rootless-builder/layer/tree_writer.h"
#include "tests/support/noted_ownership.h"
#include "tests/support/scratch.h"

namespace {

using namespace guard;
using namespace guard::builder;

void Unpack(const test::Scratch& scratch, std::string_view tar, TreeWriterOptions options) {
  if (!RemoveTree(scratch / "root") || mkdir((scratch / "root").c_str(), 0755) != 0) std::abort();
  const Fd root(open((scratch / "root").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  test::NotedOwnership ownership;
  const UnpackLimits limits{.bytes = 1 << 20, .entries = 200, .path_bytes = 4096, .depth = 100};
  auto reader = TarReader::Open(
      [rest = tar]() mutable -> Result<std::string_view> { return std::exchange(rest, std::string_view()); },
      ArchiveForm::kTar, limits);
  if (!reader) return;
  TreeWriter writer(root.get(), ownership, std::move(options));
  for (;;) {
    const auto entry = (*reader)->Next();
    if (!entry || !*entry || !writer.Add(**entry, **reader)) break;
  }
  (void)writer.Finish();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const test::Scratch* const scratch = new test::Scratch;
  static const std::string outside = scratch->Write("outside", "as it was");
  const std::string_view tar(reinterpret_cast<const char*>(data), size);
  Unpack(*scratch, tar, {});
  Unpack(*scratch, tar, {.form = WhiteoutForm::kOverlay, .overlay_prefix = "user.overlay."});
  Unpack(*scratch, tar, {.whiteouts = false, .target = "opt/x"});
  const auto text = ReadWholeFile(outside, 100);
  if (!text || *text != "as it was") std::abort();
  const auto names = ListDirectory(OpenDirectory(scratch->root())->get());
  if (!names || *names != std::vector<std::string>{"outside", "root"}) std::abort();
  return 0;
}
