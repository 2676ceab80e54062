#include "policies/cel/authorizer.h"
#include "run_expression.h"

namespace guard::cel::test {
namespace {

TEST(LibKubernetesAuthorizer, CompilesAndCannotAnswer) {
  Environment env(EnvironmentOf(Dialect::kKubernetes), nullptr);
  uint32_t slot = env.Declare("authorizer", env.types().Opaque(kAuthorizerType));
  for (const char* expression : {
           "authorizer.path('/healthz').check('get').allowed()",
           "authorizer.group('apps').resource('deployments').subresource('status').namespace('test').name('"
           "backend')"
           ".check('create').allowed()",
           "authorizer.group('').resource('pods').check('list').reason() == ''",
           "authorizer.group('').resource('pods').check('list').errored()",
           "authorizer.group('').resource('pods').check('list').error() != ''",
           "authorizer.serviceAccount('default', 'me').group('').resource('pods').check('get').allowed()",
           "authorizer.group('').resource('pods').fieldSelector('spec.nodeName=n').labelSelector('a=b')."
           "check('list').allowed()",
       }) {
    auto program = Compile(expression, env, {.expected_result = &kBoolType});
    ASSERT_TRUE(program.has_value()) << expression << ": " << program.error().front().message;
    Evaluation evaluation;
    evaluation.Bind(slot, UnavailableAuthorizer());
    Value value = evaluation.Run(*program);
    ASSERT_TRUE(value.is_error()) << expression;
    EXPECT_EQ(value.error->message, "the authorizer is not available outside a cluster");
  }
}

TEST(LibKubernetesAuthorizer, TypesAreChecked) {
  Environment env(EnvironmentOf(Dialect::kKubernetes), nullptr);
  env.Declare("authorizer", env.types().Opaque(kAuthorizerType));
  for (const char* expression :
       {"authorizer.check('get')", "authorizer.group(1)", "authorizer.path('/').allowed()"})
    EXPECT_FALSE(Compile(expression, env).has_value()) << expression;
}

}  // namespace
}  // namespace guard::cel::test
