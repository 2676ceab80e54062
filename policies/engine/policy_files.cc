// Where the files of a policy set come from: the binary, or a folder.
//
// Tested by tests/unit/engine/vap_files_test.cc.
#include <algorithm>
#include <filesystem>

#include "policies/engine/policy_set.h"
#include "policies/engine/read_policy_file.h"
#include "policies/packs/embedded.h"

namespace guard {

namespace {

namespace fs = std::filesystem;

constexpr uintmax_t kLargestPolicyFile = 1 << 20;

bool IsIgnored(const fs::path& path) {
  std::string name = path.filename().string();
  return name.starts_with('.') || name == "README.md";
}

Result<std::vector<fs::path>> EntriesOf(const fs::path& folder) {
  std::error_code code;
  fs::directory_iterator entries(folder, code);
  if (code) return Fail(ErrorAt(folder, code.message()));
  std::vector<fs::path> paths;
  for (; entries != fs::directory_iterator(); entries.increment(code)) {
    if (code) return Fail(ErrorAt(folder, code.message()));
    if (!IsIgnored(entries->path())) paths.push_back(entries->path());
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

Result<void> ReadPack(const fs::path& folder, const std::string& pack, std::vector<PolicyFile>* files) {
  for (const fs::path& path : TRY(EntriesOf(folder))) {
    std::error_code code;
    if (path.extension() != ".yaml" || !fs::is_regular_file(path, code))
      return Fail(ErrorAt(path, "a stray file among guardrails",
                          "a pack holds one .yaml file a guardrail and pack.yaml"));
    files->push_back({pack + '/' + path.filename().string(),
                      TRY(ReadPolicyFile(path, kLargestPolicyFile, "guardrail")), path.string()});
  }
  return {};
}

}  // namespace

std::vector<PolicyFile> PolicySet::Embedded() {
  std::vector<PolicyFile> files;
  for (const EmbeddedFile& file : EmbeddedPacks())
    files.push_back({std::string(file.path), std::string(file.text), {}, true});
  return files;
}

Result<std::vector<PolicyFile>> PolicySet::ReadFolder(const std::string& folder) {
  std::vector<PolicyFile> files;
  fs::path root(folder);
  std::vector<fs::path> entries = TRY(EntriesOf(root));
  std::error_code code;
  bool has_folders = std::any_of(entries.begin(), entries.end(),
                                 [&](const fs::path& path) { return fs::is_directory(path, code); });
  if (!has_folders) {
    fs::path whole = fs::absolute(root, code).lexically_normal();
    if (!whole.has_filename()) whole = whole.parent_path();
    TRY_VOID(ReadPack(root, whole.filename().string(), &files));
  } else {
    for (const fs::path& path : entries) {
      if (!fs::is_directory(path, code))
        return Fail(
            ErrorAt(path, "a stray file among packs", "guardrails are kept in the folders of their packs"));
      TRY_VOID(ReadPack(path, path.filename().string(), &files));
    }
  }
  if (files.empty()) return Fail(ErrorAt(root, "there are no guardrails in this folder"));
  return files;
}

}  // namespace guard
