// Edit changes a document in its original text: comments, order, indentation and quoting of everything else
// stay.
#pragma once

#include <string>
#include <vector>

#include "policies/document/document.h"

namespace guard {

// One replacement: the bytes of `span` become `text`. An insertion has an empty span.
struct TextEdit {
  Span span;
  std::string text;
  bool operator==(const TextEdit&) const = default;
};

}  // namespace guard
