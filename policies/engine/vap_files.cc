// Where the files of a set of Kubernetes' policies come from, and how they are told from guardrails.
//
// Tested by tests/unit/engine/vap_files_test.cc.
#include <algorithm>
#include <filesystem>

#include "policies/engine/read_policy_file.h"
#include "policies/engine/vap.h"

namespace guard {

namespace {

namespace fs = std::filesystem;

constexpr uintmax_t kLargestFile = 16 << 20;
constexpr size_t kMostFiles = 10'000;

bool IsManifest(const fs::path& path) {
  fs::path extension = path.extension();
  return extension == ".yaml" || extension == ".yml" || extension == ".json";
}

Result<PolicyFile> ReadOne(const fs::path& path) {
  return PolicyFile{path.string(), TRY(ReadPolicyFile(path, kLargestFile, "policy")), path.string()};
}

}  // namespace

Result<std::vector<PolicyFile>> AdmissionPolicySet::ReadPath(const std::string& path) {
  std::vector<PolicyFile> files;
  std::error_code code;
  fs::file_status status = fs::status(path, code);
  if (!fs::exists(status)) return Fail(ErrorAt(path, "there is no such file or folder"));
  if (!fs::is_directory(status)) {
    if (!fs::is_regular_file(status)) return Fail(ErrorAt(path, "neither a file nor a folder"));
    files.push_back(TRY(ReadOne(path)));
    return files;
  }
  std::vector<fs::path> paths;
  fs::recursive_directory_iterator entries(path, code);
  for (; !code && entries != fs::recursive_directory_iterator(); entries.increment(code)) {
    const fs::path& entry = entries->path();
    std::error_code ignored;
    bool hidden = entry.filename().string().starts_with('.');
    if (hidden && entries->is_directory(ignored)) entries.disable_recursion_pending();
    if (!hidden && IsManifest(entry) && entries->is_regular_file(ignored)) paths.push_back(entry);
    if (paths.size() > kMostFiles) return Fail(ErrorAt(path, "too many files for a folder of policies"));
  }
  if (code) return Fail(ErrorAt(path, code.message()));
  std::sort(paths.begin(), paths.end());
  for (const fs::path& file : paths) files.push_back(TRY(ReadOne(file)));
  return files;
}

bool AdmissionPolicySet::Recognise(std::string_view text) {
  // Guardrails may have policies among their examples.
  if (text.find("guardctl.dev/v1") != text.npos) return false;
  constexpr std::string_view kKind = "ValidatingAdmissionPolicy";
  auto strip = [](std::string_view before) { return before.substr(0, before.find_last_not_of(" \"'") + 1); };
  for (size_t at = text.find(kKind); at != text.npos; at = text.find(kKind, at + 1)) {
    std::string_view before = strip(text.substr(0, at));
    if (!before.ends_with(':')) continue;
    before.remove_suffix(1);
    if (strip(before).ends_with("kind")) return true;
  }
  return false;
}

bool AdmissionPolicySet::IsFor(const std::string& path) {
  std::error_code code;
  if (fs::is_regular_file(path, code)) return true;
  if (!fs::is_directory(path, code)) return false;
  auto files = ReadPath(path);
  return files && std::ranges::any_of(*files, [](const PolicyFile& file) { return Recognise(file.text); });
}

}  // namespace guard
