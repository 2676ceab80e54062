// A PolicySet is all the guardrails of one run, loaded and compiled, with their packs.
//
// Loading is all or nothing: a set with one broken guardrail does not load, and every error of every file is
// told at once, with its place inside the CEL text.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "policies/engine/guardrail.h"

namespace guard {

// A file as a pack's folder holds it: "build-isolation/pack.yaml", "build-isolation/no-privileged.yaml".
struct PolicyFile {
  std::string path;
  std::string text;
  std::string shown;    // how errors call the file; empty: `path`
  bool tested = false;  // its examples were run when the program was built, and may stay unread
};

enum class ReadExamples : bool {
  kAll,
  kUntested,  // those of tested files are left out, which halves the time that loading takes
};

class Shape;

struct Pack {
  std::string name;
  std::string title, description;
  bool enabled_by_default = false;
  std::vector<std::string> includes;    // other packs
  std::vector<std::string> guardrails;  // names, of its own folder
  std::string digest;  // SHA-256 over the digests of all it covers, includes too; empty when not
                       // wanted
};

// A name for "the packs that are on when nobody chooses"; no pack may be called so.
inline constexpr std::string_view kDefaultPacks = "default";

class PolicySet {
 public:
  // Guardrails of packs outside `wanted` (empty: all) are not compiled; an unknown wanted pack is an error
  // with a did-you-mean. Includes are followed.
  static std::expected<PolicySet, std::vector<Error>> Load(std::span<const PolicyFile> files,
                                                           std::span<const std::string> wanted = {},
                                                           ReadExamples examples = ReadExamples::kAll);
  // The packs in the binary.
  static std::vector<PolicyFile> Embedded();
  // A folder of packs, or of guardrails (then the folder is the pack). Stray files are errors; a README.md
  // and hidden files are not. A pack may do without a pack.yaml: it is then on by default.
  static Result<std::vector<PolicyFile>> ReadFolder(const std::string& folder);

  PolicySet(PolicySet&&) noexcept;
  PolicySet& operator=(PolicySet&&) noexcept;
  ~PolicySet();

  const std::vector<Pack>& packs() const;
  const std::vector<std::unique_ptr<Guardrail>>& guardrails() const;
  const Guardrail* Find(std::string_view name) const;
  const Pack* FindPack(std::string_view name) const;
  // What the named packs hold, includes followed, each guardrail once, sorted by name.
  Result<std::vector<const Guardrail*>> Select(std::span<const std::string> packs) const;
  // The names of the packs that are on when nobody chooses.
  std::vector<std::string> DefaultPacks() const;
  // Slots of the subject's variables in the environment of its kind, when some guardrail is about it.
  struct Slots {
    uint32_t subject = 0, object = 0;
  };
  Slots slots(SubjectKind kind) const;
  // What a subject of this kind must look like to be judged; nullptr: anything.
  const Shape* shape(SubjectKind kind) const;

 private:
  PolicySet();
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace guard
