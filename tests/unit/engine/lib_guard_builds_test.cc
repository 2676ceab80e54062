#include <gtest/gtest.h>

#include <string>

#include "policies/cel/program.h"
#include "policies/engine/lib_guard.h"

namespace guard {
namespace {

// The value of an expression as CEL text, or the error.
std::string Evaluated(const std::string& text) {
  static const cel::Environment* env = [] {
    auto* made = new cel::Environment(cel::Dialect::kKubernetes);
    RegisterGuard(*made);
    return made;
  }();
  auto program = cel::Compile(text, *env);
  if (!program) return "does not compile: " + program.error().front().message;
  cel::Evaluation ev;
  cel::Value value = ev.Run(*program);
  return value.is_error() ? "error: " + std::string(value.error->message) : ToString(value);
}

TEST(LibGuardBuilds, BuildTool) {
  EXPECT_EQ(Evaluated("guard.buildTool('quay.io/buildah/stable:v1')"), "\"buildah\"");
  EXPECT_EQ(Evaluated("guard.buildTool({'image': 'gcr.io/kaniko-project/executor'})"), "\"kaniko\"");
  EXPECT_EQ(Evaluated("guard.buildTool('nginx')"), "\"\"");
  EXPECT_EQ(Evaluated("guard.buildTool({'name': 'no image'})"), "\"\"");
  EXPECT_EQ(Evaluated("guard.buildTool(7)"), "\"\"");
}

TEST(LibGuardBuilds, BuildsImages) {
  EXPECT_EQ(Evaluated("guard.buildsImages({'image': 'moby/buildkit'})"), "true");
  EXPECT_EQ(Evaluated("guard.buildsImages({'args': ['sh', '-c', 'podman build .']})"), "true");
  EXPECT_EQ(Evaluated("guard.buildsImages({'command': dyn(['podman']), 'args': dyn(['build'])})"), "true");
  EXPECT_EQ(Evaluated("guard.buildsImages({'args': 'buildah bud'})"), "true");
  EXPECT_EQ(Evaluated("guard.buildsImages({'image': dyn('nginx'), 'args': dyn([1, 2])})"), "false");
  EXPECT_EQ(Evaluated("guard.buildsImages({'image': 7})"), "false");
  EXPECT_EQ(Evaluated("guard.buildsImages('moby/buildkit')"), "false");
  EXPECT_EQ(Evaluated("guard.buildsImages({'containers': [{'image': 'nginx'}, {'image': 'buildah'}]})"),
            "true");
  EXPECT_EQ(Evaluated("guard.buildsImages({'containers': [{'image': 'nginx'}]})"), "false");
}

TEST(LibGuardBuilds, OurImageBuildsNothingWhereItOnlyInstallsItselfOrAnswers) {
  EXPECT_EQ(Evaluated("guard.buildsImages({'image': 'reg/rootless-builder'})"), "true");
  EXPECT_EQ(Evaluated("guard.buildsImages({'image': dyn('reg/rootless-builder'), "
                      "'command': dyn(['rootless-builder', 'install', '/stand-in'])})"),
            "false");
  EXPECT_EQ(Evaluated("guard.buildsImages({'image': dyn('reg/rootless-builder'), "
                      "'command': dyn(['rootless-builder']), 'args': dyn(['stand-in', '--ports', '2375'])})"),
            "false");
  EXPECT_EQ(Evaluated("guard.buildsImages({'image': dyn('nginx'), 'command': dyn(['rootless-builder', "
                      "'install', '/x'])})"),
            "true");
}

TEST(LibGuardBuilds, ChargesForWhatItReads) {
  auto cost = [](const std::string& text) {
    cel::Environment env(cel::Dialect::kKubernetes);
    RegisterGuard(env);
    auto program = cel::Compile(text, env);
    EXPECT_TRUE(program) << text;
    cel::Evaluation ev;
    ev.Run(*program);
    return ev.cost();
  };
  std::string word(10'000, 'x');
  EXPECT_GE(cost("guard.buildsImages({'args': ['" + word + "']})"),
            cost("guard.buildsImages({'args': ['x']})") + 1000);
}

}  // namespace
}  // namespace guard
