// Loading: which packs there are, which are wanted, their guardrails, and what it all comes to.
//
// Tested by tests/unit/engine/policy_set_test.cc and load_test.cc.
#include "policies/engine/policy_set.h"

#include <algorithm>
#include <map>
#include <set>

#include "policies/base/sha256.h"
#include "policies/engine/load.h"

namespace guard {

namespace {

// What a set owns; nodes and environments that guardrails refer to stay here.
struct Loaded {
  std::vector<LoadedFile> files;
  SubjectEnvironments environments;
  std::vector<Pack> packs;
  std::vector<std::unique_ptr<Guardrail>> guardrails;
};

bool IsWord(std::string_view name) {
  return !name.empty() && name[0] != '.' && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_';
  });
}

Error Misplaced(const PolicyFile& file, std::string message) {
  Error error;
  error.message = std::move(message);
  error.place.file = file.shown.empty() ? file.path : file.shown;
  return error;
}

class Loader {
 public:
  Loader(std::span<const PolicyFile> files, std::span<const std::string> wanted, ReadExamples examples)
      : files_(files), wanted_(wanted.begin(), wanted.end()), examples_(examples) {}

  Errors& errors() { return errors_; }

  // What the names of the files say; no file is read for it.
  void SortByPack() {
    std::map<std::string_view, const PolicyFile*> names;
    for (const PolicyFile& file : files_) {
      size_t slash = file.path.find('/');
      std::string_view path = file.path;
      if (slash == path.npos || !path.ends_with(".yaml") || !IsWord(path.substr(0, slash)) ||
          !IsWord(path.substr(slash + 1))) {
        errors_.push_back(Misplaced(file, "a stray file among the packs"));
        continue;
      }
      PackFiles& pack = packs_[std::string(path.substr(0, slash))];
      std::string_view name = path.substr(slash + 1);
      if (name == "pack.yaml") {
        if (pack.description) errors_.push_back(Misplaced(file, "the pack has a pack.yaml already"));
        pack.description = &file;
        continue;
      }
      auto [other, is_new] = names.emplace(name, &file);
      if (!is_new)
        errors_.push_back(Misplaced(
            file, "there is a guardrail of this name in " + Misplaced(*other->second, {}).place.file));
      pack.guardrails.push_back(&file);
    }
  }

  void ReadPacks(Loaded* loaded) {
    for (auto& [name, pack] : packs_) {
      if (pack.description) {
        loaded->files.push_back(ReadPolicyFile(*pack.description, &errors_));
        LoadedFile& file = loaded->files.back();
        if (!file.documents->all.empty()) {
          pack.file = LoadPack(file, &errors_);
          pack.source = file.source.get();
        }
      } else {
        pack.file.pack.title = name;
        pack.file.pack.enabled_by_default = true;
      }
      pack.file.pack.name = name;
      for (const PolicyFile* file : pack.guardrails) {
        std::string_view path = file->path;
        path = path.substr(name.size() + 1);
        pack.file.pack.guardrails.emplace_back(path.substr(0, path.size() - 5));
      }
      std::sort(pack.file.pack.guardrails.begin(), pack.file.pack.guardrails.end());
    }
    for (auto& [name, pack] : packs_) CheckIncludes(pack);
    for (auto& [name, pack] : packs_) FindCycle(name, pack);
  }

  void CheckWanted() {
    if (std::erase(wanted_, kDefaultPacks) != 0)
      for (const auto& [name, pack] : packs_)
        if (pack.file.pack.enabled_by_default) wanted_.push_back(name);
    for (const std::string& name : wanted_) {
      if (packs_.contains(name)) continue;
      Error error;
      error.message = "there is no pack '" + name + "'";
      error.hint = DidYouMean(name, Names());
      if (error.hint.empty()) {
        for (std::string_view known : Names())
          error.hint.append(error.hint.empty() ? "one of " : ", ").append(known);
      }
      errors_.push_back(std::move(error));
    }
  }

  // Reads and compiles the guardrails of wanted packs and of all that they include.
  void LoadGuardrails(Loaded* loaded) {
    std::set<std::string_view> needed;
    if (wanted_.empty())
      for (const auto& [name, pack] : packs_) needed.insert(name);
    for (const std::string& name : wanted_) Need(name, &needed);
    for (std::string_view name : needed) {
      PackFiles& pack = packs_.find(name)->second;
      for (const PolicyFile* file : pack.guardrails) {
        loaded->files.push_back(ReadPolicyFile(*file, &errors_, examples_));
        const LoadedFile& read = loaded->files.back();
        if (read.documents->all.empty()) continue;
        auto guardrail = LoadGuardrail(read, pack.file.controls, loaded->environments, &errors_);
        if (guardrail == nullptr) continue;
        guardrail->digest = Sha256Hex(file->text);
        loaded->guardrails.push_back(std::move(guardrail));
      }
    }
    std::sort(loaded->guardrails.begin(), loaded->guardrails.end(),
              [](const auto& a, const auto& b) { return a->name < b->name; });
    for (auto& [name, pack] : packs_) loaded->packs.push_back(std::move(pack.file.pack));
  }

 private:
  struct PackFiles {
    const PolicyFile* description = nullptr;
    std::vector<const PolicyFile*> guardrails;
    PackFile file;
    const Source* source = nullptr;
    int visit = 0;  // FindCycle: 1 on the way, 2 done
  };

  std::vector<std::string_view> Names() const {
    std::vector<std::string_view> names;
    for (const auto& [name, pack] : packs_) names.push_back(name);
    return names;
  }

  void CheckIncludes(PackFiles& pack) {
    for (size_t i = 0; i < pack.file.pack.includes.size(); ++i) {
      const std::string& name = pack.file.pack.includes[i];
      if (packs_.contains(name)) continue;
      errors_.push_back(pack.source->ErrorAt(pack.file.include_spans[i], "there is no pack '" + name + "'",
                                             DidYouMean(name, Names())));
    }
  }

  void FindCycle(const std::string& name, PackFiles& pack) {
    if (pack.visit == 2) return;
    pack.visit = 1;
    for (size_t i = 0; i < pack.file.pack.includes.size(); ++i) {
      auto included = packs_.find(pack.file.pack.includes[i]);
      if (included == packs_.end()) continue;
      if (included->second.visit == 1)
        errors_.push_back(pack.source->ErrorAt(
            pack.file.include_spans[i], "'" + included->first + "' and '" + name + "' include each other"));
      else
        FindCycle(included->first, included->second);
    }
    pack.visit = 2;
  }

  void Need(std::string_view name, std::set<std::string_view>* needed) {
    auto pack = packs_.find(name);
    if (pack == packs_.end() || !needed->insert(pack->first).second) return;
    for (const std::string& include : pack->second.file.pack.includes) Need(include, needed);
  }

  std::span<const PolicyFile> files_;
  std::vector<std::string> wanted_;
  ReadExamples examples_;
  std::map<std::string, PackFiles, std::less<>> packs_;
  Errors errors_;
};

// The guardrails that a pack covers, includes too, each once.
void Collect(const PolicySet& set, const Pack& pack, std::set<std::string_view>* seen,
             std::vector<const Guardrail*>* guardrails) {
  if (!seen->insert(pack.name).second) return;
  for (const std::string& name : pack.guardrails)
    if (const Guardrail* guardrail = set.Find(name)) guardrails->push_back(guardrail);
  for (const std::string& include : pack.includes)
    if (const Pack* included = set.FindPack(include)) Collect(set, *included, seen, guardrails);
}

void SortByName(std::vector<const Guardrail*>* guardrails) {
  std::sort(guardrails->begin(), guardrails->end(),
            [](const Guardrail* a, const Guardrail* b) { return a->name < b->name; });
}

}  // namespace

struct PolicySet::Impl : Loaded {};

PolicySet::PolicySet() : impl_(std::make_unique<Impl>()) {}
PolicySet::PolicySet(PolicySet&&) noexcept = default;
PolicySet& PolicySet::operator=(PolicySet&&) noexcept = default;
PolicySet::~PolicySet() = default;

std::expected<PolicySet, Errors> PolicySet::Load(std::span<const PolicyFile> files,
                                                 std::span<const std::string> wanted, ReadExamples examples) {
  PolicySet set;
  Loader loader(files, wanted, examples);
  loader.SortByPack();
  loader.ReadPacks(set.impl_.get());
  loader.CheckWanted();
  loader.LoadGuardrails(set.impl_.get());
  if (!loader.errors().empty()) {
    SortErrors(&loader.errors());
    return std::unexpected(std::move(loader.errors()));
  }
  for (Pack& pack : set.impl_->packs) {
    std::set<std::string_view> seen;
    std::vector<const Guardrail*> covered;
    Collect(set, pack, &seen, &covered);
    SortByName(&covered);
    std::string digests;
    for (const Guardrail* guardrail : covered) digests += guardrail->name + ' ' + guardrail->digest + '\n';
    bool whole =
        std::ranges::all_of(pack.guardrails, [&](const std::string& name) { return set.Find(name); });
    if (whole) pack.digest = Sha256Hex(digests);
  }
  return set;
}

const std::vector<Pack>& PolicySet::packs() const { return impl_->packs; }
const std::vector<std::unique_ptr<Guardrail>>& PolicySet::guardrails() const { return impl_->guardrails; }

const Guardrail* PolicySet::Find(std::string_view name) const {
  auto at = std::lower_bound(
      impl_->guardrails.begin(), impl_->guardrails.end(), name,
      [](const auto& guardrail, std::string_view sought) { return guardrail->name < sought; });
  return at != impl_->guardrails.end() && (*at)->name == name ? at->get() : nullptr;
}

const Pack* PolicySet::FindPack(std::string_view name) const {
  for (const Pack& pack : impl_->packs)
    if (pack.name == name) return &pack;
  return nullptr;
}

Result<std::vector<const Guardrail*>> PolicySet::Select(std::span<const std::string> packs) const {
  std::set<std::string_view> seen;
  std::vector<const Guardrail*> selected;
  for (const std::string& name : packs) {
    const Pack* pack = FindPack(name);
    if (pack == nullptr) {
      std::vector<std::string_view> names;
      for (const Pack& known : impl_->packs) names.push_back(known.name);
      return Fail("there is no pack '" + name + "'", DidYouMean(name, names));
    }
    Collect(*this, *pack, &seen, &selected);
  }
  SortByName(&selected);
  return selected;
}

std::vector<std::string> PolicySet::DefaultPacks() const {
  std::vector<std::string> names;
  for (const Pack& pack : impl_->packs)
    if (pack.enabled_by_default) names.push_back(pack.name);
  return names;
}

PolicySet::Slots PolicySet::slots(SubjectKind kind) const {
  const SubjectEnvironments::Kind* known = impl_->environments.Find(kind);
  return known ? Slots{known->subject_slot, known->object_slot} : Slots{};
}

const Shape* PolicySet::shape(SubjectKind kind) const {
  const SubjectEnvironments::Kind* known = impl_->environments.Find(kind);
  return known ? known->shape.get() : nullptr;
}

}  // namespace guard
