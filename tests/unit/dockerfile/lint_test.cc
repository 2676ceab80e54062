// Each check with what it tells of and what it lets pass.
#include "rootless-builder/dockerfile/lint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "rootless-builder/dockerfile/parse.h"

namespace guard::builder {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::vector<std::string> Told(const std::string& text, const LintOptions& options = {}) {
  Result<Dockerfile> dockerfile = Parse(std::make_unique<Source>("Dockerfile", text));
  if (!dockerfile) return {ToString(dockerfile.error())};
  Result<LintReport> report = Lint(*dockerfile, options);
  if (!report) return {ToString(report.error())};
  std::vector<std::string> told;
  for (const Warning& warning : report->warnings) {
    LineColumn at = dockerfile->source->Locate(warning.span.begin);
    told.push_back(std::to_string(at.line) + ":" + std::to_string(at.column) + " " + warning.id + ": " +
                   warning.message);
  }
  return told;
}

struct Case {
  std::string_view text, told;  // empty: nothing
};

TEST(Lint, Checks) {
  const Case kCases[] = {
      {"FROM a AS Base", "1:11 StageNameCasing: Stage name 'Base' should be lowercase"},
      {"FROM a as base", "1:8 FromAsCasing: 'as' and 'FROM' keywords' casing do not match"},
      {"from a as base", ""},
      {"FROM a\nRUN b \\\n\n c", "3:1 NoEmptyContinuation: Empty continuation line"},
      {"FROM a\nrun b",
       "2:1 ConsistentInstructionCasing: Command 'run' should match the case of the command majority "
       "(uppercase)"},
      {"from a\nrun b\nUser c",
       "3:1 ConsistentInstructionCasing: Command 'User' should match the case of the command majority "
       "(lowercase)"},
      {"FROM a AS b\nFROM a AS b",
       "2:11 DuplicateStageName: Duplicate stage name \"b\", stage names should be unique"},
      {"FROM a AS scratch",
       "1:11 ReservedStageName: Stage name should not use the same name as reserved stage \"scratch\""},
      {"FROM a\nCMD b",
       "2:1 JSONArgsRecommended: JSON arguments recommended for CMD to prevent unintended behavior related "
       "to OS "
       "signals"},
      {"FROM a\nSHELL [\"b\"]\nENTRYPOINT c", ""},
      {"FROM a\nMAINTAINER b",
       "2:1 MaintainerDeprecated: Maintainer instruction is deprecated in favor of using label"},
      {"ARG VERSION=1\nFROM a:${VERSON}",
       "2:1 UndefinedArgInFrom: FROM argument 'VERSON' is not declared (did you mean VERSION?)"},
      {"FROM --platform=$BUILDPLATFORM a", ""},
      {"FROM a\nWORKDIR b",
       "2:9 WorkdirRelativePath: Relative workdir \"b\" can have unexpected results if the base image "
       "changes"},
      {"FROM a AS x\nWORKDIR /b\nFROM x\nWORKDIR c", ""},
      {"FROM a\nARG NAME\nUSER $NMAE",
       "3:6 UndefinedVar: Usage of undefined variable '$NMAE' (did you mean $NAME?)"},
      {"FROM scratch\nCOPY a$b /c", "2:6 UndefinedVar: Usage of undefined variable '$b'"},
      {"FROM a\nENV X=$JAVA_HOME/bin:$PATH", ""},
      {"FROM a\nRUN --mount=target=/x,src=$TARGETARCH y",
       "2:13 UndefinedVar: Usage of undefined variable '$TARGETARCH'"},
      {"ARG V=1\nFROM a\nLABEL v=$V", "3:9 UndefinedVar: Usage of undefined variable '$V'"},
      {"ARG V=1\nFROM a\nARG V\nLABEL v=$V", ""},
      {"FROM scratch AS x\nENV a=1\nFROM x\nENV b=$a", ""},
      {"FROM a\nCMD [\"b\"]\nCMD [\"c\"]",
       "2:1 MultipleInstructionsDisallowed: Multiple CMD instructions should not be used in the same stage "
       "because "
       "only the last one will be used"},
      {"FROM a\nENV b c",
       "2:1 LegacyKeyValueFormat: \"ENV key=value\" should be used instead of legacy \"ENV key "
       "value\" format"},
      {"FROM --platform=${TARGETPLATFORM} a",
       "1:17 RedundantTargetPlatform: Setting platform to predefined ${TARGETPLATFORM} in FROM is redundant "
       "as this "
       "is the default behavior"},
      {"FROM a\nARG api_key",
       "2:5 SecretsUsedInArgOrEnv: Do not use ARG or ENV instructions for sensitive data (ARG "
       "\"api_key\")"},
      {"FROM a\nENV PUBLIC_KEY=1 TOKEN_FILE=2 MONKEY=3", ""},
      {"ARG T\nFROM a:$T",
       "2:6 InvalidDefaultArgInFrom: Default value for ARG a:$T results in empty or invalid base "
       "image name"},
      {"FROM --platform=linux/amd64 a",
       "1:17 FromPlatformFlagConstDisallowed: FROM --platform flag should not use constant value "
       "\"linux/amd64\""},
      {"FROM --platform=linux/amd64 a AS build_amd64", ""},
      {"FROM a\nEXPOSE 80/TCP",
       "2:8 ExposeProtoCasing: Defined protocol '80/TCP' in EXPOSE instruction should be lowercase"},
      {"FROM a\nEXPOSE 8080:80",
       "2:8 ExposeInvalidFormat: EXPOSE instruction should not define an IP address or host-port mapping, "
       "found "
       "'8080:80'"},
      {"# check=experimental=InvalidDefinitionDescription\n# the base\nFROM a AS b",
       "2:3 InvalidDefinitionDescription: Comment for build stage should follow the format: `# b "
       "<description>`"},
      {"# check=experimental=all\n# b the base\nFROM a AS b\n# unrelated\n\nARG x", ""},
      {"# note\nFROM a AS b", ""},
      {"# check=skip=MaintainerDeprecated, StageNameCasing\nFROM a AS B\nMAINTAINER b", ""},
      {"# check=skip=all\nFROM a AS B", ""},
  };
  for (const Case& c : kCases) {
    std::vector<std::string> told = Told(std::string(c.text));
    if (c.told.empty()) {
      EXPECT_THAT(told, IsEmpty()) << c.text;
    } else {
      EXPECT_THAT(told, ElementsAre(c.told)) << c.text;
    }
  }
}

TEST(Lint, IgnoredFilesWhereAskedFor) {
  Result<IgnoreRules> ignore = IgnoreRules::Parse("*.tmp", ".dockerignore");
  const std::string text = "FROM a AS b\nCOPY --from=b x.tmp /\nCOPY ./a.tmp b /c/\nADD https://x/y.tmp /";
  EXPECT_THAT(
      Told(text, {.ignore = &*ignore, .experimental = true}),
      ElementsAre(
          "3:6 CopyIgnoredFile: Attempting to Copy file \"./a.tmp\" that is excluded by .dockerignore"));
  EXPECT_THAT(Told(text, {.ignore = &*ignore}), IsEmpty());
}

TEST(Lint, CanFailTheBuild) {
  auto fails = [](std::string text) {
    Result<Dockerfile> dockerfile = Parse(std::make_unique<Source>("Dockerfile", std::move(text)));
    return Lint(*dockerfile)->error;
  };
  EXPECT_TRUE(fails("# check=error=true\nFROM a AS B"));
  EXPECT_FALSE(fails("# check=error=true\nFROM a AS b"));
  EXPECT_FALSE(fails("# check=skip=all;error=true\nFROM a AS B"));
  EXPECT_THAT(Told("# check=skp=all\nFROM a"),
              ElementsAre("Dockerfile:1:9: unknown option \"skp=all\" of check"));
  EXPECT_THAT(Told("# check=error=maybe\nFROM a"),
              ElementsAre("Dockerfile:1:9: the option error of check is true or false"));
  EXPECT_THAT(Told("# check=skip=all\nFROM a AS B", {.check = "error=true"}),
              ElementsAre(HasSubstr("StageNameCasing")));
}

TEST(Lint, RendersWithACaret) {
  Result<Dockerfile> dockerfile = Parse(std::make_unique<Source>("Dockerfile", "FROM a AS B"));
  EXPECT_EQ(Render(*dockerfile, Lint(*dockerfile)->warnings.at(0)),
            "Dockerfile:1:11: warning: Stage name 'B' should be lowercase (StageNameCasing)\n"
            "1 | FROM a AS B\n"
            "  |           ^");
}

TEST(Lint, HostileFilesStayLinear) {
  std::string text = "FROM scratch AS s0\n";
  for (int i = 1; i < 20'000; ++i) {
    std::string n = std::to_string(i);
    text += "FROM s" + std::to_string(i - 1) + " AS s" + n + "\nENV v" + n + "=1\nENV w=$v$w$w x=$unknown" +
            n + "\n";
  }
  EXPECT_THAT(Told("# check=skip=UndefinedVar\n" + text), IsEmpty());
}

}  // namespace
}  // namespace guard::builder
