// The flags of an instruction: declared by those who read them, so that everything else is an error.
#pragma once

#include <initializer_list>
#include <optional>
#include <string_view>
#include <vector>

#include "rootless-builder/dockerfile/instruction.h"

namespace guard::builder {

enum class FlagKind : uint8_t { kBool, kString, kStrings };

struct FlagRule {
  std::string_view name;
  FlagKind kind;
};

class Flags {
 public:
  // Unknown flags, duplicates and missing values are errors.
  static Result<Flags> Read(const Source& source, const DockerfileInstruction& instruction,
                            std::initializer_list<FlagRule> rules);

  std::optional<Word> String(std::string_view name) const;
  std::vector<Word> Strings(std::string_view name) const;
  std::optional<bool> Bool(std::string_view name) const;

 private:
  struct Value {
    std::string_view name;
    Word value;
  };
  std::vector<Value> values_;
};

// A flag's value as a Word: its place is that of the part behind '=' where the flag was written without
// quotes.
Word FlagValue(const Word& flag, size_t begin);

}  // namespace guard::builder
