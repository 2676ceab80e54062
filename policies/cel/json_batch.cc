// One line of `guardctl cel --batch`.
// Tested by tests/unit/cel/json_values_test.cc and conformance_test.cc.
#include <string>

#include "policies/cel/environment.h"
#include "policies/cel/json_values.h"
#include "policies/cel/program.h"
#include "policies/document/document.h"

namespace guard::cel {

namespace {

struct Request {
  std::string_view expr;
  std::string container;
  const Node* bindings = nullptr;
  bool disable_macros = false, disable_check = false, check_only = false;
};

Result<Request> ReadRequest(const Node& json) {
  if (!json.is_map()) return Fail("a request is a JSON object");
  Request request;
  bool has_expr = false;
  for (const Entry& entry : json.map()) {
    std::string_view key = entry.key();
    const Node& value = entry.value;
    if (key == "expr" && value.is_string()) {
      request.expr = value.string();
      has_expr = true;
    } else if (key == "container" && value.is_string()) {
      request.container = value.string();
    } else if (key == "bindings" && value.is_map()) {
      request.bindings = &value;
    } else if (key == "disable_macros" && value.kind == NodeKind::kBool) {
      request.disable_macros = value.boolean;
    } else if (key == "disable_check" && value.kind == NodeKind::kBool) {
      request.disable_check = value.boolean;
    } else if (key == "check_only" && value.kind == NodeKind::kBool) {
      request.check_only = value.boolean;
    } else {
      return Fail("unknown member '" + std::string(key) + "', or not of its type");
    }
  }
  if (!has_expr) return Fail("the request has no 'expr'");
  return request;
}

// All issues, one after the other.
Error ToError(const std::vector<Issue>& issues, std::string_view text) {
  Error all;
  for (const Issue& issue : issues) {
    if (!all.message.empty()) all.message += "; ";
    all.message += guard::ToString(cel::ToError(issue, text, "expr"));
  }
  return all;
}

// The environment that those of all requests extend; it never changes.
const Environment& Standard() {
  static const Environment kStandard(Dialect::kStandard);
  return kStandard;
}

Result<std::string> Run(std::string_view line) {
  Arena arena;
  Node json = TRY(ReadJsonValues(line, arena));
  Request request = TRY(ReadRequest(json));

  Environment env(Standard(), nullptr);
  env.set_container(request.container);
  Evaluation ev;
  std::span<const Entry> bindings = request.bindings ? request.bindings->map() : std::span<const Entry>();
  for (const Entry& binding : bindings) {
    Value value = TRY(ReadTypedValue(binding.value, arena));
    ev.Bind(env.Declare(binding.key(), TypeOfValue(value)), value);
  }

  CompileOptions options;
  options.check = !request.disable_check;
  options.macros = !request.disable_macros;
  auto program = Compile(request.expr, env, options);
  if (!program) return Fail(ToError(program.error(), request.expr));
  Value result = request.check_only ? Value::Null() : ev.Run(*program);
  if (result.is_error()) return Fail(std::string(result.error->message));
  return WriteTypedValue(result);
}

}  // namespace

std::string RunBatchLine(std::string_view line) {
  Result<std::string> result = Run(line);
  std::string out;
  if (result) {
    out.append("{\"value\":").append(*result);
  } else {
    out += "{\"error\":";
    AppendJsonString(out, result.error().message);
  }
  return out + "}";
}

}  // namespace guard::cel
