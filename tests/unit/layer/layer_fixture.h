// A store, a place to unpack to, and tars made of a few words.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/sysmacros.h>

#include <algorithm>

#include "rootless-builder/layer/apply.h"
#include "rootless-builder/layer/tar_format.h"
#include "rootless-builder/layer/write.h"
#include "tests/support/golden.h"
#include "tests/support/noted_ownership.h"
#include "tests/support/scratch.h"

namespace guard::builder {

inline Entry Directory(std::string path, mode_t mode = 0755) {
  return {.path = std::move(path), .attributes = {.mode = S_IFDIR | mode}, .mtime = 1000};
}
inline Entry File(std::string path, uint64_t size, mode_t mode = 0644) {
  return {.path = std::move(path), .attributes = {.mode = S_IFREG | mode}, .size = size, .mtime = 2000};
}
inline Entry Symlink(std::string path, std::string target) {
  return {.path = std::move(path),
          .attributes = {.mode = S_IFLNK | 0777},
          .mtime = 3000,
          .link = std::move(target)};
}
inline Entry HardLink(std::string path, std::string target) {
  return {.path = std::move(path),
          .attributes = {.mode = S_IFREG | 0644},
          .link = std::move(target),
          .hard_link = true};
}
inline Entry Whiteout(std::string path) { return {.path = std::move(path), .whiteout = true}; }

// A tar of entries, each with its content, also of entries that our writer would refuse.
class TarText {
 public:
  TarText& Add(const Entry& entry, std::string_view content = {}) {
    EXPECT_TRUE(AppendTarHeader(entry, text_));
    return Body(content);
  }
  // An entry whose name is changed in the header afterwards (the same length, or shorter with NULs).
  TarText& Named(Entry entry, const std::string& name, std::string_view content = {}) {
    entry.path = std::string(name.size(), 'x');
    const size_t at = text_.size();
    EXPECT_TRUE(AppendTarHeader(entry, text_));
    return Patch(at, 0, name).Body(content);
  }
  TarText& Patch(size_t header, size_t offset, const std::string& bytes) {
    text_.replace(header + offset, bytes.size(), bytes);
    unsigned sum = 8 * ' ';
    for (size_t i = 0; i < 512; ++i) {
      if (i < 148 || i >= 156) sum += static_cast<unsigned char>(text_[header + i]);
    }
    char digits[8];
    std::snprintf(digits, sizeof digits, "%06o", sum);
    text_.replace(header + 148, 7, digits, 7);
    return *this;
  }
  TarText& Body(std::string_view content) {
    text_ += content;
    text_.append(TarPadding(content.size()), '\0');
    return *this;
  }
  TarText& Raw(std::string_view bytes) {
    text_ += bytes;
    return *this;
  }
  size_t size() const { return text_.size(); }
  std::string End() const { return text_ + std::string(kTarEnd, '\0'); }
  const std::string& Cut() const { return text_; }

 private:
  std::string text_;
};

struct LayerTest : testing::Test {
  test::Scratch scratch;
  test::NotedOwnership ownership;
  std::unique_ptr<Store> store = std::move(*Store::Open(scratch / "store"));

  LayerTest() { std::filesystem::create_directory(scratch / "root"); }

  Result<Unpacked> Apply(const std::string& tar, WhiteoutForm form = WhiteoutForm::kApply,
                         const UnpackLimits& limits = {}) {
    const Descriptor layer = *store->Put(tar, media::kOciLayer);
    const Fd root = std::move(*OpenDirectory(scratch / "root"));
    return Unpack(*store, layer, root.get(), ownership, form, "user.overlay.", limits);
  }

  // Everything below a directory, one line each, sorted.
  std::string List(const std::string& folder = "root") {
    std::string text;
    std::map<std::string, std::string> lines;
    const std::filesystem::path root = scratch / folder;
    for (const auto& item : std::filesystem::recursive_directory_iterator(root)) {
      struct stat status{};
      lstat(item.path().c_str(), &status);
      const Attributes attributes = *ownership.Get(-1, "", status);
      Entry entry{.path = item.path().lexically_relative(root), .attributes = attributes};
      if (S_ISREG(status.st_mode)) entry.size = static_cast<uint64_t>(status.st_size);
      if (S_ISCHR(status.st_mode)) entry.attributes.rdev = status.st_rdev;
      if (S_ISLNK(status.st_mode)) entry.link = std::filesystem::read_symlink(item.path());
      lines[entry.path] = ToString(entry) + "\n";
    }
    for (const auto& [path, line] : lines) text += line;
    return text;
  }
};

}  // namespace guard::builder
