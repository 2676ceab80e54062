// Reading a map with known keys out of a file, with every mistake told at its place.
#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policies/document/document.h"

namespace guard {

using Errors = std::vector<Error>;

// The keys of one map. Each key is asked for once; Finish() then tells of every key that nobody asked for.
class Fields {
 public:
  // `what` is how messages call the map: "the guardrail's spec".
  Fields(const Node& map, const Source& source, std::string what, Errors* errors);

  // nullptr when it is absent; an error when it is required.
  const Node* Find(std::string_view key);
  const Node* Require(std::string_view key);
  // A string; an error when it is something else, or empty.
  std::string Text(std::string_view key);
  std::string RequireText(std::string_view key);
  bool Flag(std::string_view key, bool otherwise);
  // The items of a list; none when it is absent.
  std::span<const Node> List(std::string_view key);

  void Finish();

  void Fail(Span span, std::string message, std::string hint = {});
  // Where to point when something is missing from the map.
  Span begin() const { return {map_.span.begin, std::min(map_.span.begin + 1, map_.span.end)}; }

 private:
  std::string TextOf(std::string_view key, const Node* node);

  const Node& map_;
  const Source& source_;
  std::string what_;
  Errors* errors_;
  std::vector<std::string_view> known_;
};

// "did you mean 'x'?", or empty when nothing is near.
std::string DidYouMean(std::string_view word, const std::vector<std::string_view>& candidates);

// Errors as they are told: by file, then by place.
void SortErrors(Errors* errors);

}  // namespace guard
