// Dockerfiles as text: what every reader of them needs before it knows what an instruction means.
//
// Lines are joined over continuations, comments and blank lines are dropped, heredocs are taken off, and an
// instruction is split as BuildKit splits it: keyword, flags, words. Nothing is expanded and nothing is
// judged: an unknown keyword is an instruction too. Every piece knows its place in the Source.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policies/document/source.h"

namespace guard {

// A piece of an instruction. `text` is what it reads as after continuations are joined (and JSON strings
// decoded); `span` is what it takes in the Source, continuations included.
struct DockerfileWord {
  std::string text;
  Span span;
};

// NAME=value, or the old form "NAME value" of ENV and LABEL. Quotes and escapes are still in `value`.
struct DockerfilePair {
  DockerfileWord name;
  DockerfileWord value;
  bool equals_sign = true;  // false: the old form
};

struct DockerfileHeredoc {
  std::string name;         // without quotes
  bool expand = true;       // false: some of the name was quoted
  bool strip_tabs = false;  // <<-
  uint32_t descriptor = 0;  // 3<<EOF
  std::string body;         // as written, with leading tabs; ends with a line break unless empty
  Span body_span;           // without the terminator

  // What the reader of the heredoc gets: `body`, without leading tabs where <<- was written.
  std::string Content() const;
};

// How the arguments of an instruction are cut into `words`.
enum class DockerfileForm : uint8_t {
  kNone,    // an unknown keyword: the arguments are in `arguments` only
  kText,    // one word: everything (WORKDIR, USER, MAINTAINER, STOPSIGNAL, shell forms)
  kWords,   // separated by white space (FROM, EXPOSE, COPY, ADD, VOLUME), or quoted (ARG)
  kJson,    // a JSON array of strings
  kPairs,   // ENV, LABEL: `pairs` instead of words
  kNested,  // ONBUILD: `nested` instead of words
};

struct DockerfileInstruction {
  DockerfileWord keyword;             // as written
  std::string name;                   // the keyword in upper case
  std::vector<DockerfileWord> flags;  // "--from=x", quotes and escapes removed
  DockerfileWord arguments;           // all after the flags
  DockerfileForm form = DockerfileForm::kNone;
  std::vector<DockerfileWord> words;  // HEALTHCHECK: its type, then as kText or kJson
  std::vector<DockerfilePair> pairs;
  std::unique_ptr<DockerfileInstruction> nested;
  std::vector<DockerfileHeredoc> heredocs;  // of RUN, COPY, ADD, and ONBUILD of these
  std::string text;                         // the whole line, joined and trimmed, without heredoc bodies
  Span span;                                // first to last byte, heredocs included
  uint32_t first_line = 0, last_line = 0;
  std::vector<DockerfileWord> comments;    // the comment lines directly before it, without '#'
  std::optional<Span> empty_continuation;  // the first blank line within a continuation
};

struct DockerfileDirective {
  std::string name;  // "syntax", "escape" or "check", lower case
  std::string value;
  Span span;  // of the value
};

// The Source outlives it.
struct DockerfileTree {
  std::vector<DockerfileDirective> directives;
  char escape = '\\';
  std::vector<DockerfileInstruction> instructions;
};

// Any bytes (BuildKit takes them too), at most kLargestDockerfile. Time and space are linear in the size.
inline constexpr size_t kLargestDockerfile = size_t{16} << 20;
inline constexpr size_t kMostDockerfileInstructions = 100'000;
Result<DockerfileTree> ParseDockerfileTree(const Source& source);

// The heredoc that a word such as <<-"EOF" opens, without a body; empty where it is none.
std::optional<DockerfileHeredoc> ParseHeredocWord(std::string_view word);

// The tree as BuildKit's parser prints it: one S-expression an instruction.
std::string DumpSExpressions(const DockerfileTree& tree);

}  // namespace guard
