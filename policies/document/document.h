// A Document is one tree of values read from a Source, in an arena of its own.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policies/base/arena.h"
#include "policies/base/error.h"
#include "policies/document/node.h"
#include "policies/document/source.h"

namespace guard {

// One stream's documents share an arena; a Document is a root and a place in its stream.
struct Document {
  Node root;
  uint32_t index = 0;  // 0-based place in a multi-document stream
};

// What a reader made of a whole Source. Documents before an error are kept: one broken document never hides
// another's findings.
struct Documents {
  explicit Documents(const Source& from) : source(&from) {}
  Documents(Documents&&) noexcept = default;
  Documents& operator=(Documents&&) noexcept = default;

  const Source* source;
  Arena arena;  // projections may add synthetic nodes here
  std::vector<Document> all;
  std::optional<Error> error;
};

// Bounds that every reader keeps. Exceeding one is an error with a place.
struct ReadLimits {
  uint32_t depth = 200;              // nested containers
  uint64_t alias_nodes = 1'000'000;  // nodes reached through aliases, counted each time
  uint32_t documents = 100'000;      // documents in one stream
};

// Which plain scalars are which values (design: each YAML source is read as its own system reads it).
// Everywhere an integer beyond int64 becomes a double, as the JSON readers of these systems have it; quoted
// scalars are strings; timestamps stay strings; explicit tags (!!str, !!int, !!binary, ...) are honoured.
enum class YamlSchema {
  // sigs.k8s.io/yaml: go-yaml 2, then JSON. Booleans are true, yes, on, y and their opposites in three
  // spellings; 017, 0o17, 0x1F, 0b1 and 1_000 are integers; a float without a fraction becomes an integer,
  // .inf and .nan are errors. Plain keys are converted, too: `on: x` is "true", `0x1F: x` is "31", `null: x`
  // is an error. A merge key overrides what stands before it and is overridden by what stands behind it.
  kKubernetes,
  // YAML 1.1 as Ruby's reader has it (GitLab): as above without y and n, with base 60 (22:22 is 1342); floats
  // stay floats, keys stay as written. Merge keys as above.
  kYaml11,
  // The core schema of YAML 1.2 (GitHub): true and false, 0o17 and 0x1F; 017 is 17, yes and on are strings;
  // keys stay as written. An explicit key wins over a merged one wherever it stands.
  kCore12,
};

// YAML 1.1/1.2 through libyaml's events. Duplicate keys are errors; keys stay strings; anchors, aliases,
// merge keys and multi-documents work. Empty documents ("---" twice) are left out, but counted. What an alias
// stands for shares the children of its anchor; its own span is that of the alias.
Documents ReadYaml(const Source& source, YamlSchema schema, const ReadLimits& limits = {});

// JSON (RFC 8259) with places, through simdjson. Duplicate keys are errors. One value; several values one
// after another (JSON lines) make several documents; none is an error. Integers beyond int64 become doubles.
Documents ReadJson(const Source& source, const ReadLimits& limits = {});

// JSON without places, for a server that only needs values: every span is {0, 0}. Strings view `arena`.
// `text` needs no padding. Duplicate keys are errors here too: two readers may never disagree about an
// object. A server keeps a JsonReader (json.h), which keeps its buffers.
Result<Node> ReadJsonValues(std::string_view text, Arena& arena, const ReadLimits& limits = {});

// A stable text of a tree for golden tests: one node a line, indented, with line:column-line:column of its
// span.
std::string Dump(const Node& node, const Source& source);

// The path of a node (or of a copy of it) below `root`, as findings print it: spec.containers[0].image,
// metadata.labels['a.b/c']. Empty for the root itself and for nodes not below it.
std::string PathOf(const Node& root, const Node& target);

// The node at a dotted path ("securityContext.capabilities.add[0]") below `from`. Where it ends early: the
// deepest node that exists. `found` tells which of the two it was.
const Node* Walk(const Node& from, std::string_view path, bool* found);

// The place in the source of byte `offset` of a string node's value: what maps an error inside an expression,
// or inside a document embedded in a string, to the outer file. Exact for plain, quoted and literal scalars;
// for folded ones exact at line granularity.
uint32_t SourceOffset(const Source& source, const Node& string, uint32_t offset);

}  // namespace guard
