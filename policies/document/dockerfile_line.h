// One instruction's line, joined over its continuations, and how its pieces are found. Internal to the reader
// of Dockerfiles.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "policies/document/dockerfile.h"

namespace guard {

// The joined text, and where in the Source each of its pieces came from.
class JoinedLine {
 public:
  void Append(std::string_view piece, size_t source_offset);
  std::string_view text() const { return text_; }
  // What a part of text() takes in the Source.
  Span InSource(std::string_view part) const;

 private:
  struct Piece {
    uint32_t joined, source;
  };
  uint32_t SourceOffset(size_t joined) const;

  std::string text_;
  std::vector<Piece> pieces_;
};

// Splits a line as its keyword asks for; errors have their place.
Result<DockerfileInstruction> SplitInstruction(const Source& source, const JoinedLine& line, char escape);

// The strings of a JSON array, with the part of `text` that each takes. No array, or no JSON: kNotJson. An
// array of something else than strings: kNotStrings.
enum class JsonStrings : uint8_t { kStrings, kNotJson, kNotStrings };
struct JsonString {
  std::string value;
  std::string_view written;
};
JsonStrings ReadJsonStrings(std::string_view text, std::vector<JsonString>& out);

// The heredocs that a line opens, in order, without bodies. None where the line's quotes are not closed:
// BuildKit sees none there either.
std::vector<DockerfileHeredoc> HeredocsOfLine(std::string_view line);

}  // namespace guard
