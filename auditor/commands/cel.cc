// guardctl cel: one expression, or a batch (design: the contract of the command lines).
// Tested by tests/e2e/cli.sh.
#include "policies/cel/program.h"

#include <fstream>
#include <iostream>

#include "auditor/commands/commands.h"
#include "auditor/read_file.h"
#include "policies/cel/json_values.h"
#include "policies/engine/lib_guard.h"
#include "policies/subjects/recognise.h"

namespace guard {

namespace {

int Batch() {
  std::ios::sync_with_stdio(false);
  std::string line;
  while (std::getline(std::cin, line)) {
    std::cout << cel::RunBatchLine(line) << '\n';
    if (std::cin.rdbuf()->in_avail() == 0) std::cout.flush();
  }
  std::cout.flush();
  return std::cout ? kExitFine : kExitBroken;
}

int Broken(const std::vector<cel::Issue>& issues, const std::string& text) {
  for (const cel::Issue& issue : issues) PrintError(cel::ToError(issue, text, "expression"));
  return kExitBroken;
}

}  // namespace

int RunCel(const CelCommand& command) {
  if (command.batch) return Batch();
  if (command.expression.empty()) {
    std::cerr << "guardctl: cel wants an expression, or --batch\ntry: guardctl cel '1 + 1'\n";
    return kExitBroken;
  }
  bool kubernetes = command.dialect == "kubernetes";
  cel::Environment env(kubernetes ? cel::Dialect::kKubernetes : cel::Dialect::kStandard);
  if (kubernetes) RegisterGuard(env);

  // The input's top-level keys are variables; the whole of it is `object`.
  std::unique_ptr<Source> source;
  std::optional<Documents> documents;
  std::vector<std::pair<uint32_t, cel::Value>> bindings;
  if (!command.input.empty()) {
    auto text = command.input == "-" ? ReadStandardInput(kLargestSource)
                                     : ReadWholeFile(command.input, kLargestSource);
    if (!text) return PrintError(text.error()), kExitBroken;
    source = std::make_unique<Source>(command.input, std::move(*text));
    if (auto sound = CheckText(*source); !sound) return PrintError(sound.error()), kExitBroken;
    documents = ReadManifest(*source);
    if (documents->error) return PrintError(*documents->error), kExitBroken;
    if (documents->all.empty()) documents->all.emplace_back();
    const Node& root = documents->all.front().root;  // values view it, so it must stay
    for (const Entry& entry : root.map())
      if (entry.key() != "object")
        bindings.emplace_back(env.Declare(entry.key(), &cel::kDynType), cel::Value::Of(entry.value));
    bindings.emplace_back(env.Declare("object", &cel::kDynType), cel::Value::Of(root));
  }
  auto program = cel::Compile(command.expression, env);
  if (!program) return Broken(program.error(), command.expression);
  if (command.tree) {
    std::cout << cel::Print(*program->ast().root) << '\n';
    return kExitFine;
  }
  cel::Evaluation evaluation;
  for (const auto& [slot, value] : bindings) evaluation.Bind(slot, value);
  cel::Value value = evaluation.Run(*program);
  if (value.is_error()) {
    cel::Issue issue{{value.error->expr_begin, value.error->expr_end}, std::string(value.error->message), ""};
    return Broken({issue}, command.expression);
  }
  if (command.json) {
    auto typed = cel::WriteTypedValue(value);
    if (!typed) return PrintError(typed.error()), kExitBroken;
    std::cout << *typed << '\n';
  } else {
    std::cout << cel::ToString(value) << '\n';
  }
  if (command.cost) std::cout << "cost: " << evaluation.cost() << '\n';
  return kExitFine;
}

}  // namespace guard
