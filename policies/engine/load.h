// A guardrail's file becomes a Guardrail: first its fields (load_guardrail.cc), then its expressions
// (compile_guardrail.cc). Every mistake is told, each at its place.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "policies/engine/fields.h"
#include "policies/engine/guardrail.h"
#include "policies/engine/policy_set.h"
#include "policies/engine/subject_environment.h"

namespace guard {

// One file of a pack, read. Nodes of guardrails stay in it.
struct LoadedFile {
  std::string pack, name;  // "build-isolation", "no-privileged"
  std::unique_ptr<Source> source;
  std::unique_ptr<Documents> documents;

  const Node& root() const { return documents->all.front().root; }
};

// Reads the file's one document. An error in it, or another number of documents, is told.
LoadedFile ReadPolicyFile(const PolicyFile& file, Errors* errors, ReadExamples examples = ReadExamples::kAll);

// What a pack's own file says.
struct PackFile {
  Pack pack;
  std::vector<ControlMapping> controls;  // of every guardrail in the folder
  std::vector<Span> include_spans;       // as pack.includes
};
PackFile LoadPack(const LoadedFile& file, Errors* errors);

// nullptr when nothing could be made of it; what is made of a file with errors is not to be used.
std::unique_ptr<Guardrail> LoadGuardrail(const LoadedFile& file, const std::vector<ControlMapping>& controls,
                                         SubjectEnvironments& environments, Errors* errors);

// Adds what `from` has and `to` has not.
void MergeControls(const std::vector<ControlMapping>& from, std::vector<ControlMapping>* to);
std::vector<ControlMapping> ReadControls(const Node* node, Fields& fields);

// The expressions of a guardrail as the file has them; nullptr where there is none.
struct ExpressionNodes {
  struct Named {
    const Node* name;
    const Node* expression;
  };
  std::vector<Named> variables;
  const Node* when = nullptr;
  const Node* each = nullptr;
  const Node* require = nullptr;
  const Node* message = nullptr;
  const Node* at = nullptr;
  struct Fix {
    const Node* path = nullptr;
    const Node* where = nullptr;
    const Node* expression = nullptr;
  };
  std::vector<Fix> fix;  // as guardrail.fix
};
void CompileGuardrail(const ExpressionNodes& nodes, const Source& source,
                      const SubjectEnvironments::Kind& kind, Guardrail* guardrail, Errors* errors);

}  // namespace guard
