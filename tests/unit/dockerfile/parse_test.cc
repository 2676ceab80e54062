// What is refused and where, and what stages are. What is understood is in the golden files.
#include "rootless-builder/dockerfile/parse.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace guard::builder {
namespace {

using testing::ElementsAre;

Result<Dockerfile> ParseText(std::string text) {
  return Parse(std::make_unique<Source>("Dockerfile", std::move(text)));
}

struct Case {
  std::string_view line, error, hint;
};

TEST(Parse, RefusesInstructionsWithAPlace) {
  const Case kCases[] = {
      {"RUM make", "Dockerfile:2:1: unknown instruction RUM", "did you mean RUN?"},
      {"make", "Dockerfile:2:1: unknown instruction make",
       "a line that goes on must end with the escape character"},
      {"RUN", "Dockerfile:2:1: RUN has no command", ""},
      {"RUN []", "Dockerfile:2:5: RUN has no command", ""},
      {"RUN --device=a b",
       "Dockerfile:2:14: RUN --device is not supported: steps have no devices of the host",
       "leave out --device"},
      {"RUN --netwrk=none b", "Dockerfile:2:5: unknown flag --netwrk of RUN", "did you mean --network?"},
      {"RUN --network=bridge b", "Dockerfile:2:15: unknown network \"bridge\"",
       "there are default, none and host"},
      {"RUN --network=none --network=none b", "Dockerfile:2:20: --network is given twice", ""},
      {"RUN --security=open b", "Dockerfile:2:16: unknown security mode \"open\"",
       "there are sandbox and insecure"},
      {"RUN --mount b", "Dockerfile:2:5: --mount needs a value", "write --mount=..."},
      {"USER --x a", "Dockerfile:2:6: unknown flag --x of USER", "USER takes no flags"},
      {"COPY a", "Dockerfile:2:6: COPY needs at least one source, and a destination",
       "write COPY source destination"},
      {"COPY --chmod=9 a b", "Dockerfile:2:14: \"9\" is no file mode",
       "write an octal mode such as 0755, or a symbolic one such as u=rwX,go=rX"},
      {"COPY --link=maybe a b", "Dockerfile:2:13: --link is true or false, not \"maybe\"", ""},
      {"COPY --link= a b", "Dockerfile:2:6: --link needs a value", "write --link=..."},
      {"COPY --from=$X a b", "Dockerfile:2:13: variables cannot be used in COPY --from",
       "give the image a name with FROM $X AS name, and copy from that"},
      {"COPY --unpack a b", "Dockerfile:2:6: unknown flag --unpack of COPY",
       "COPY takes --from, --chown, --chmod, --link, --parents, --exclude"},
      {"COPY a <<EOF\nx\nEOF", "Dockerfile:2:8: a heredoc cannot be a destination", ""},
      {"COPY << EOF /x\nx\nEOF", "Dockerfile:2:6: this is no heredoc",
       "write <<NAME without spaces, and close its quotes"},
      {"COPY <<'EOF /x", "Dockerfile:2:6: this is no heredoc",
       "write <<NAME without spaces, and close its quotes"},
      {"COPY \"a <<E b\" /x\nE", "Dockerfile:2:9: this heredoc has no content",
       "close the quotes in this line"},
      {"ADD --checksum=sha256:0 a b c", "Dockerfile:2:16: --checksum is for exactly one source",
       "write one ADD for each source"},
      {"ADD --parents a b", "Dockerfile:2:5: unknown flag --parents of ADD",
       "ADD takes --chown, --chmod, --link, --exclude, --checksum, --keep-git-dir, --unpack"},
      {"ENV", "Dockerfile:2:1: ENV needs at least one name and value", "write ENV name=value"},
      {"ENV =b", "Dockerfile:2:6: there is no name before the '='", ""},
      {"ARG", "Dockerfile:2:1: ARG needs a name", "write ARG name or ARG name=default"},
      {"ARG =b", "Dockerfile:2:5: there is no name before the '='", ""},
      {"EXPOSE", "Dockerfile:2:1: EXPOSE needs at least one port", ""},
      {"EXPOSE 80/tpc", "Dockerfile:2:8: unknown protocol in \"80/tpc\"",
       "write a port from 0 to 65535 or a range, and /tcp, /udp or /sctp: EXPOSE 8080 53/udp 8000-8010"},
      {"VOLUME [\" \"]", "Dockerfile:2:9: a volume's path is empty", ""},
      {"WORKDIR", "Dockerfile:2:1: WORKDIR needs an argument", ""},
      {"SHELL bash -c", "Dockerfile:2:7: SHELL takes its arguments in JSON form only",
       "write SHELL [\"/bin/bash\", \"-c\"]"},
      {"SHELL []", "Dockerfile:2:7: SHELL needs at least one argument", ""},
      {"CMD", "Dockerfile:2:1: CMD has no command", "write CMD [] to take away an inherited one"},
      {"HEALTHCHECK", "Dockerfile:2:1: HEALTHCHECK needs CMD and a command, or NONE", ""},
      {"HEALTHCHECK NONE x", "Dockerfile:2:18: HEALTHCHECK NONE takes no arguments", ""},
      {"HEALTHCHECK --retries=1 NONE", "Dockerfile:2:13: HEALTHCHECK NONE takes no flags", ""},
      {"HEALTHCHECK TCP 80", "Dockerfile:2:13: unknown kind of HEALTHCHECK \"TCP\"",
       "write HEALTHCHECK CMD command"},
      {"HEALTHCHECK --interval=5 CMD a", "Dockerfile:2:24: \"5\" is no duration",
       "write a number with a unit: 30s, 1m30s"},
      {"HEALTHCHECK --timeout=1us CMD a", "Dockerfile:2:23: --timeout is less than 1ms", ""},
      {"HEALTHCHECK --retries=-1 CMD a", "Dockerfile:2:23: \"-1\" is no number of retries",
       "write a number from 0 on"},
      {"ONBUILD", "Dockerfile:2:1: ONBUILD needs an instruction", ""},
      {"ONBUILD FROM a", "Dockerfile:2:9: FROM cannot be the instruction of an ONBUILD", ""},
      {"ONBUILD ONBUILD RUN a", "Dockerfile:2:9: ONBUILD cannot be the instruction of an ONBUILD", ""},
      {"ONBUILD COPY a", "Dockerfile:2:14: COPY needs at least one source, and a destination",
       "write COPY source destination"},
      {"FROM", "Dockerfile:2:1: FROM needs an image", "write FROM image or FROM image AS name"},
      {"FROM a b", "Dockerfile:2:8: FROM takes an image, and AS with a name",
       "write FROM image or FROM image AS name"},
      {"FROM a AS 1b", "Dockerfile:2:11: \"1b\" is no name for a stage",
       "begin with a letter; letters, digits, '-', '_' and '.' may follow"},
      {"FROM --platfrom=x a", "Dockerfile:2:6: unknown flag --platfrom of FROM", "did you mean --platform?"},
  };
  for (const Case& c : kCases) {
    Result<Dockerfile> parsed = ParseText("FROM a\n" + std::string(c.line));
    ASSERT_FALSE(parsed) << c.line;
    EXPECT_EQ(ToString(parsed.error()), c.error) << c.line;
    EXPECT_EQ(parsed.error().hint, c.hint) << c.line;
  }
}

TEST(Parse, WantsAFrom) {
  EXPECT_EQ(ToString(ParseText("ARG a").error()), "Dockerfile:1:1: there is no FROM in this Dockerfile");
  EXPECT_EQ(ToString(ParseText("ARG a\nRUN b").error()), "Dockerfile:2:1: RUN has no FROM before it");
}

TEST(Parse, FindsStagesByNameAndNumber) {
  Result<Dockerfile> parsed = ParseText("ARG x\nFROM a AS One\nRUN x\nFROM b\nFROM c AS one\nFROM d");
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->meta_args.size(), 1u);
  EXPECT_EQ(parsed->stages[0].instructions.size(), 1u);
  EXPECT_EQ(parsed->FindStage("ONE", 4), &parsed->stages[2]);
  EXPECT_EQ(parsed->FindStage("one", 2), &parsed->stages[0]);
  EXPECT_EQ(parsed->FindStage("1", 4), &parsed->stages[1]);
  EXPECT_EQ(parsed->FindStage("3", 3), nullptr);
  EXPECT_EQ(parsed->FindStage("", 4), nullptr);
  EXPECT_EQ(parsed->FindStage("1x", 4), nullptr);
}

TEST(Parse, TriggersOfBaseImages) {
  Result<ParsedInstruction> parsed = ParseInstruction("RUN --network=none make", "base");
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->instruction.As<builder::Run>()->network, NetworkFlag::kNone);
  EXPECT_TRUE(ParseInstruction("COPY <<x /y\n1\nx", "base"));
  EXPECT_EQ(ToString(ParseInstruction("RUM a", "base").error()), "base:1:1: unknown instruction RUM");
  EXPECT_EQ(ToString(ParseInstruction("FROM a", "base").error()),
            "base:1:1: FROM cannot be an ONBUILD trigger");
  EXPECT_EQ(ToString(ParseInstruction("USER a\nUSER b", "base").error()),
            "base:2:1: an ONBUILD trigger is one instruction, and here is another");
  EXPECT_FALSE(ParseInstruction("", "base"));
}

TEST(Parse, ScriptsAreResolvedAsBuildKitDoes) {
  auto script = [](const std::string& text) {
    Result<Dockerfile> parsed = ParseText("FROM a\nRUN " + text);
    return parsed ? ResolveScript(parsed->stages[0].instructions[0].As<builder::Run>()->command)
                  : RunScript{};
  };
  EXPECT_THAT(script("a b").arguments, ElementsAre("a b"));
  EXPECT_THAT(script("[\"a\", \"b\"]").arguments, ElementsAre("a", "b"));
  EXPECT_FALSE(script("[\"a\", \"b\"]").shell_form);
  EXPECT_THAT(script("<<-E\n\ta\n\tE").arguments, ElementsAre("a\n"));
  EXPECT_THAT(script("sh <<-E\n\ta\nE").arguments, ElementsAre("sh <<-E\n\ta\nE"));
  RunScript file = script("<<E\n#!/bin/x\na\nE");
  EXPECT_EQ(file.file_name, "E");
  EXPECT_EQ(file.file_content, "#!/bin/x\na\n");
  EXPECT_THAT(file.arguments, ElementsAre("/dev/pipes/E"));
}

}  // namespace
}  // namespace guard::builder
