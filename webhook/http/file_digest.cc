// Tested by reload_test.cc.
#include "webhook/http/file_digest.h"

#include <algorithm>
#include <filesystem>
#include <set>

#include "policies/base/sha256.h"
#include "webhook/http/text_file.h"

namespace guard {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMostFiles = 20'000;
constexpr size_t kLargestFile = size_t{64} << 20;
constexpr int kDeepest = 16;

bool IsHidden(const fs::path& path) { return path.filename().native().starts_with('.'); }

// The files and folders below a folder, sorted; symbolic links are followed, within bounds.
void Walk(const fs::path& folder, int depth, std::vector<fs::path>* files, std::vector<fs::path>* folders) {
  folders->push_back(folder);
  if (depth >= kDeepest) return;
  std::error_code error;
  std::vector<fs::path> entries;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error))
    if (!IsHidden(at->path())) entries.push_back(at->path());
  std::sort(entries.begin(), entries.end());
  for (const fs::path& entry : entries) {
    if (files->size() + folders->size() >= kMostFiles) return;
    if (fs::is_directory(entry, error))
      Walk(entry, depth + 1, files, folders);
    else
      files->push_back(entry);
  }
}

}  // namespace

std::string DigestFiles(const std::vector<std::string>& paths) {
  Sha256 digest;
  auto add = [&](std::string_view text) {
    digest.Update(std::to_string(text.size()));
    digest.Update(":");
    digest.Update(text);
  };
  for (const std::string& path : paths) {
    std::vector<fs::path> files, folders;
    std::error_code error;
    if (fs::is_directory(path, error))
      Walk(path, 0, &files, &folders);
    else
      files.emplace_back(path);
    for (const fs::path& file : files) {
      add(file.native());
      Result<std::string> text = ReadTextFile(file, kLargestFile);
      add(text ? *text : text.error().message);
      digest.Update(text ? "+" : "-");
    }
  }
  return digest.Hex();
}

std::vector<std::string> FoldersOf(const std::vector<std::string>& paths) {
  std::set<std::string> all;
  auto add_parent = [&](const fs::path& path) {
    fs::path parent = path.parent_path();
    all.insert(parent.empty() ? "." : parent.native());
  };
  for (const std::string& path : paths) {
    if (path.empty()) continue;
    std::vector<fs::path> files, folders;
    std::error_code error;
    if (fs::is_directory(path, error))
      Walk(path, 0, &files, &folders);
    else
      files.emplace_back(path);
    add_parent(path);
    for (const fs::path& folder : folders) all.insert(folder.native());
    for (const fs::path& file : files) {
      add_parent(file);
      fs::path real = fs::canonical(file, error);
      if (!error) add_parent(real);
    }
  }
  return {all.begin(), all.end()};
}

}  // namespace guard
