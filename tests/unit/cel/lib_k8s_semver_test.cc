#include "run_expression.h"

namespace guard::cel::test {
namespace {

TEST(LibKubernetesSemver, Reading) {
  ExpectAll(
      {
          {"semver('1.0.0')", "semver(\"1.0.0\")"},
          {"semver('0.1.0-alpha.1+build.01')", "semver(\"0.1.0-alpha.1+build.01\")"},
          {"semver('v1.0.0', true)", "semver(\"1.0.0\")"},
          {"semver('1.0', true)", "semver(\"1.0.0\")"},
          {"semver('1', true)", "semver(\"1.0.0\")"},
          {"semver('01.01.01', true)", "semver(\"1.1.1\")"},
          {"semver('00.0.000', true)", "semver(\"0.0.0\")"},
          {"semver('v1.2.03-rc.1+x', true)", "semver(\"1.2.3-rc.1+x\")"},
          {"semver('200K')", "error: \"200K\" is not a semantic version"},
          {"semver('1.0-rc', true)", "error: \"1.0-rc\" is not a semantic version: a short version"},
          {"isSemver('1.0.0') && isSemver('1.0.0--') && isSemver('1.2.3+001')", "true"},
          {"isSemver('hello') || isSemver('v1.0') || isSemver('1.0') || isSemver('01.0.0') || isSemver('')",
           "false"},
          {"isSemver('1.0.0-01') || isSemver('1.0.0-') || isSemver('1.0.0+') || isSemver('1.0.0-a..b')",
           "false"},
          {"isSemver('1.0.0.0') || isSemver('1.0.0 ') || isSemver('18446744073709551616.0.0')", "false"},
          {"isSemver('v1.0', true) && !isSemver('v1.0', false) && !isSemver('vv1', true)", "true"},
          {"semver('1.2.3').major() * 100 + semver('1.2.3').minor() * 10 + semver('1.2.3').patch()", "123"},
          {"semver('18446744073709551615.0.0').major()", "error: integer overflow"},
          {"type(semver('1.0.0')) == kubernetes.Semver", "true"},
      },
      Dialect::kKubernetes);
}

TEST(LibKubernetesSemver, Precedence) {
  // In the order of semver.org's own example.
  const char* kVersions[] = {"1.0.0-1",       "1.0.0-2",          "1.0.0-10",   "1.0.0-alpha",
                             "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta", "1.0.0-beta.2",
                             "1.0.0-beta.11", "1.0.0-rc.1",       "1.0.0",      "1.0.1",
                             "1.2.0",         "1.10.0",           "2.0.0"};
  for (size_t a = 0; a < std::size(kVersions); ++a) {
    for (size_t b = 0; b < std::size(kVersions); ++b) {
      std::string pair =
          std::string("semver('") + kVersions[a] + "').compareTo(semver('" + kVersions[b] + "'))";
      EXPECT_EQ(Evaluate(pair, Dialect::kKubernetes), a < b ? "-1" : a > b ? "1" : "0") << pair;
    }
  }
  ExpectAll(
      {
          {"semver('1.2.3').isLessThan(semver('2.0.0'))", "true"},
          {"semver('1.2.3').isGreaterThan(semver('0.1.2'))", "true"},
          {"semver('1.2.3+a') == semver('1.2.3+b')", "true"},
          {"semver('1.2.3') == semver('1.2.4')", "false"},
      },
      Dialect::kKubernetes);
}

}  // namespace
}  // namespace guard::cel::test
