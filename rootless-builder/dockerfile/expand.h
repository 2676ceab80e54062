// Values of what a Dockerfile left unexpanded; errors point into the Dockerfile.
#pragma once

#include <string>
#include <vector>

#include "policies/document/dockerfile_words.h"
#include "rootless-builder/dockerfile/instruction.h"

namespace guard::builder {

struct Expander {
  const Source& source;
  char escape = '\\';
  VariableLookup lookup;
  std::vector<std::string>* unset = nullptr;  // gets the names that were asked for in vain
  std::vector<std::string>* used = nullptr;   // and those that were found

  Result<std::string> Expand(const Word& word) const;
  Result<std::vector<std::string>> ExpandToWords(const Word& word) const;
  // The content of a heredoc of COPY or ADD: expanded unless its name was quoted.
  Result<std::string> Expand(const Heredoc& heredoc) const;
};

}  // namespace guard::builder
