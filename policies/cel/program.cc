// From text to a program: parse, check, plan.
// Tested by tests/unit/cel/program_test.cc.
#include "policies/cel/program.h"

#include <re2/re2.h>

#include "policies/cel/plan.h"

namespace guard::cel {

Program::Program() = default;
Program::Program(Program&&) noexcept = default;
Program& Program::operator=(Program&&) noexcept = default;
Program::~Program() = default;

const std::string& Program::text() const {
  static const std::string kNone;
  return ast_ ? ast_->text : kNone;
}

struct Compiler {
  std::string_view text;
  const Environment& env;
  const CompileOptions& options;

  std::expected<Program, std::vector<Issue>> Compile() {
    ParseOptions parse_options = env.parse_options();
    parse_options.macros = parse_options.macros && options.macros;
    auto parsed = Parse(text, parse_options);
    if (!parsed) return std::unexpected(std::move(parsed.error()));

    Program program;
    program.ast_ = std::move(*parsed);
    program.types_ = std::make_unique<TypePool>(&env.types());
    if (std::vector<Issue> issues = Resolve(program); !issues.empty())
      return std::unexpected(std::move(issues));

    program.arena_ = std::make_unique<Arena>(1024);
    Planner planner(env, *program.arena_, program.regexes_, options.plain_folds);
    program.root_ = planner.Plan(*program.ast_->root);
    program.slots_ = env.slot_count();
    program.locals_ = planner.locals();
    program.height_ = planner.height();
    return program;
  }

  std::vector<Issue> Resolve(Program& program) {
    Ast& ast = *program.ast_;
    if (!options.check) {
      ResolveNames(ast, env);
      return {};
    }
    std::vector<Issue> issues = Check(ast, env, *program.types_);
    if (!issues.empty()) return issues;
    if (ast.root->type != nullptr) program.result_type_ = ast.root->type;
    const Type* wanted = options.expected_result;
    const Type& got = *program.result_type_;
    bool fits = !wanted || got.kind == TypeKind::kDyn || got.kind == TypeKind::kError || Same(got, *wanted);
    if (fits) return {};
    return {{ast.root->span,
             "the expression is of type " + ToString(got) + " where " + ToString(*wanted) + " is expected",
             ""}};
  }
};

std::expected<Program, std::vector<Issue>> Compile(std::string_view text, const Environment& env,
                                                   const CompileOptions& options) {
  return Compiler{text, env, options}.Compile();
}

}  // namespace guard::cel
