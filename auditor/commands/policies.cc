// Loading what to judge by, for every command that judges or tells.
// Tested by tests/e2e/bad_input.sh.
#include <algorithm>
#include <iostream>
#include <set>

#include "auditor/commands/commands.h"

namespace guard {

void PrintError(const Error& error) {
  std::string text = Render(error);
  std::cerr << "error: " << text << "\n";
}

std::optional<PolicySet> LoadPolicies(const std::vector<std::string>& folders,
                                      const std::vector<std::string>& wanted, ReadExamples examples) {
  std::vector<PolicyFile> files = PolicySet::Embedded();
  std::vector<std::string> packs = wanted;
  bool broken = false;
  for (const std::string& folder : folders) {
    auto read = PolicySet::ReadFolder(folder);
    if (!read) {
      PrintError(read.error());
      broken = true;
      continue;
    }
    files.insert(files.end(), read->begin(), read->end());
  }
  if (broken) return std::nullopt;
  auto set = PolicySet::Load(files, packs, examples);
  if (!set) {
    for (const Error& error : set.error()) PrintError(error);
    return std::nullopt;
  }
  return std::move(*set);
}

std::optional<AdmissionPolicySet> TakeAdmissionPolicies(std::vector<std::string>* paths) {
  std::vector<PolicyFile> files;
  std::vector<std::string> folders;
  bool broken = false;
  for (const std::string& path : *paths) {
    if (!AdmissionPolicySet::IsFor(path)) {
      folders.push_back(path);
      continue;
    }
    auto read = AdmissionPolicySet::ReadPath(path);
    if (!read) {
      PrintError(read.error());
      broken = true;
      continue;
    }
    files.insert(files.end(), read->begin(), read->end());
  }
  *paths = std::move(folders);
  auto set = AdmissionPolicySet::Load(files);
  if (!set)
    for (const Error& error : set.error()) PrintError(error);
  if (broken || !set) return std::nullopt;
  return std::move(*set);
}

std::vector<std::string> PacksOf(const std::vector<std::string>& folders) {
  std::set<std::string> names;
  for (const std::string& folder : folders) {
    auto read = PolicySet::ReadFolder(folder);
    if (!read) continue;
    for (const PolicyFile& file : *read) names.insert(file.path.substr(0, file.path.find('/')));
  }
  return {names.begin(), names.end()};
}

}  // namespace guard
