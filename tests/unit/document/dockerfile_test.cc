// What the reader of Dockerfiles makes of lines: asserted through the S-expressions, and through places.
#include "policies/document/dockerfile.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/golden.h"

namespace guard {
namespace {

using testing::HasSubstr;

std::string Dump(std::string text) {
  Source source("Dockerfile", std::move(text));
  Result<DockerfileTree> tree = ParseDockerfileTree(source);
  return tree ? DumpSExpressions(*tree) : ToString(tree.error());
}

// Spaces at line ends do not count.
std::string Trimmed(const std::string& text) {
  std::string out;
  for (char c : text) {
    if (c == '\n')
      while (!out.empty() && out.back() == ' ') out.pop_back();
    out += c;
  }
  while (!out.empty() && (out.back() == '\n' || out.back() == ' ')) out.pop_back();
  return out;
}

TEST(DockerfileCorpus, ParsesAsBuildKitDoes) {
  if (test::Corpus().empty()) GTEST_SKIP() << "GUARD_CORPUS is not set";
  int cases = 0;
  for (const auto& entry : std::filesystem::directory_iterator(test::Corpus() / "dockerfile" / "parser")) {
    SCOPED_TRACE(entry.path().filename());
    EXPECT_EQ(Trimmed(Dump(test::ReadFile(entry.path() / "Dockerfile"))),
              Trimmed(test::ReadFile(entry.path() / "result")));
    ++cases;
  }
  EXPECT_GT(cases, 30);
}

TEST(DockerfileCorpus, RefusesWhatBuildKitRefuses) {
  if (test::Corpus().empty()) GTEST_SKIP() << "GUARD_CORPUS is not set";
  for (const auto& entry :
       std::filesystem::directory_iterator(test::Corpus() / "dockerfile" / "parser-negative")) {
    Source source("Dockerfile", test::ReadFile(entry.path() / "Dockerfile"));
    EXPECT_FALSE(ParseDockerfileTree(source)) << entry.path();
  }
}

struct Case {
  std::string_view text, dump;
};

TEST(Dockerfile, LinesAreJoinedAndSplit) {
  const Case kCases[] = {
      {"\xEF\xBB\xBF"
       "from a\r\n",
       "(from \"a\")\n"},
      {"FROM a \\\r\n  AS b\r\n", "(from \"a\" \"AS\" \"b\")\n"},
      {"  FROM a", "(from \"a\")\n"},
      {"RUN a \\ \t\nb", "(run \"a b\")\n"},
      {"RUN a \\\n  # note \\\n\n   # note\nb", "(run \"a b\")\n"},
      {"RUN a\\\\\nUSER b", "(run \"a\\\\\\\\\")\n(user \"b\")\n"},
      {"# escape=`\nRUN a `\n \\b", "(run \"a  \\\\b\")\n"},
      {"RUN a \\", "(run \"a\")\n"},
      {"VOLUME /a\t\v/b", "(volume \"/a\" \"/b\")\n"},
      {"CMD [ \"a\\u0041\\ud83d\\ude00\", \"\" ] ", "(cmd \"aA\xF0\x9F\x98\x80\" \"\")\n"},
      {"CMD [\"a\", \"b\"", "(cmd \"[\\\"a\\\", \\\"b\\\"\")\n"},
      {"CMD ['a']", "(cmd \"['a']\")\n"},
      {"CMD [\"a\",]", "(cmd \"[\\\"a\\\",]\")\n"},
      {"CMD []", "(cmd)\n"},
      {"COPY [\"a b\", \"/c\"]", "(copy \"a b\" \"/c\")\n"},
      {"COPY --from=a --x=\"b c\" d\\ e /f", "(copy [\"--from=a\" \"--x=b c\"] \"d\\\\\" \"e\" \"/f\")\n"},
      {"RUN --mount=type=a -- --b", "(run [\"--mount=type=a\"] \"--b\")\n"},
      {"ENV a b=c d", "(env \"a\" \"b=c d\" \"\")\n"},
      {"ENV a=\"b c\" d='e' f=g\\ h",
       "(env \"a\" \"\\\"b c\\\"\" \"=\" \"d\" \"'e'\" \"=\" \"f\" \"g\\\\ h\" \"=\")\n"},
      {"LABEL \"a b\"=c", "(label \"\\\"a b\\\"\" \"c\" \"=\")\n"},
      {"ONBUILD RUN a b", "(onbuild (run \"a b\"))\n"},
      {"ONBUILD ONBUILD USER a", "(onbuild (onbuild (user \"a\")))\n"},
      {"MAGIC a b", "(magic \"\")\n"},
      {"RUN a\xFF\x01", "(run \"a\\xff\\x01\")\n"},
      {"HEALTHCHECK CMD [\"a\"]", "(healthcheck \"CMD\" \"a\")\n"},
  };
  for (const Case& c : kCases) EXPECT_EQ(Dump(std::string(c.text)), c.dump) << c.text;
}

TEST(Dockerfile, HeredocsAreTakenOff) {
  Source source("Dockerfile",
                "RUN <<EOF cat 3<<-\"A B\" <<<no '<<none'\none\n$two\nEOF\n\tthree\n\t\tA B\nCOPY <<x <<'y' "
                "/z\nx\n1\ny\n"
                "RUN [\"<<EOF\"]\nONBUILD RUN << E\nE\nRUN <<EOF\r\na\r\nEOF\r\nRUN it's <<EOF\n");
  Result<DockerfileTree> tree = ParseDockerfileTree(source);
  ASSERT_TRUE(tree) << ToString(tree.error());
  ASSERT_EQ(tree->instructions.size(), 6u);
  const auto& heredocs = tree->instructions[0].heredocs;
  ASSERT_EQ(heredocs.size(), 2u);
  EXPECT_EQ(heredocs[0].name, "EOF");
  EXPECT_EQ(heredocs[0].body, "one\n$two\n");
  EXPECT_TRUE(heredocs[0].expand);
  EXPECT_EQ(heredocs[1].name, "A B");
  EXPECT_EQ(heredocs[1].descriptor, 3u);
  EXPECT_EQ(heredocs[1].body, "\tthree\n");
  EXPECT_EQ(heredocs[1].Content(), "three\n");
  EXPECT_EQ(source.text(heredocs[1].body_span), "\tthree\n");
  EXPECT_FALSE(heredocs[1].expand);
  EXPECT_EQ(tree->instructions[0].last_line, 6u);
  EXPECT_EQ(tree->instructions[1].heredocs[0].body, "");
  EXPECT_EQ(tree->instructions[1].heredocs[1].body, "1\n");
  EXPECT_TRUE(tree->instructions[2].heredocs.empty());
  EXPECT_EQ(tree->instructions[3].heredocs.size(), 1u);
  EXPECT_EQ(tree->instructions[4].heredocs[0].body, "a\r\n");
  EXPECT_TRUE(tree->instructions[5].heredocs.empty()) << "an open quote hides the rest, as in BuildKit";
}

TEST(Dockerfile, KnowsItsPlaces) {
  Source source(
      "Dockerfile",
      "# a\n# b\nCOPY --from=x \\\n  one \\\n  # note\n\n  two /three\n\n# c\n\nENV a=\"1 \\\n 2\"\n");
  Result<DockerfileTree> tree = ParseDockerfileTree(source);
  ASSERT_TRUE(tree);
  const DockerfileInstruction& copy = tree->instructions[0];
  EXPECT_EQ(source.text(copy.keyword.span), "COPY");
  EXPECT_EQ(source.text(copy.flags[0].span), "--from=x");
  EXPECT_EQ(source.text(copy.words[0].span), "one");
  EXPECT_EQ(source.text(copy.words[1].span), "two");
  EXPECT_EQ(source.Locate(copy.words[2].span.begin), (LineColumn{7, 7}));
  EXPECT_EQ(copy.first_line, 3u);
  EXPECT_EQ(copy.last_line, 7u);
  EXPECT_EQ(copy.text, "COPY --from=x   one   two /three");
  ASSERT_EQ(copy.comments.size(), 2u);
  EXPECT_EQ(copy.comments[1].text, "b");
  ASSERT_TRUE(copy.empty_continuation);
  EXPECT_EQ(source.Locate(copy.empty_continuation->begin).line, 6u);
  const DockerfileInstruction& env = tree->instructions[1];
  EXPECT_TRUE(env.comments.empty()) << "a blank line lies between";
  EXPECT_EQ(source.text(env.pairs[0].value.span), "\"1 \\\n 2\"");
  EXPECT_EQ(env.pairs[0].value.text, "\"1  2\"");
}

TEST(Dockerfile, DirectivesStandAtTheTopOnly) {
  const Case kCases[] = {
      {"# syntax = docker/dockerfile:1\n#check=skip=all\n# escape=`\nRUN a`\nb", "(run \"ab\")\n"},
      {"# note\n# escape=`\nRUN a`\nUSER b", "(run \"a`\")\n(user \"b\")\n"},
      {"# other=1\n# escape=`\nRUN a`\nUSER b", "(run \"a`\")\n(user \"b\")\n"},
      {"\n# escape=`\nRUN a`\nUSER b", "(run \"a`\")\n(user \"b\")\n"},
      {"  # ESCAPE=`\nRUN a`\nb", "(run \"ab\")\n"},
      {"FROM a\n# escape=x\n# escape=x", "(from \"a\")\n"},
      {"# escape=x\nFROM a", "Dockerfile:1:10: the escape character must be \\ or `"},
      {"# syntax=a\n# syntax=b\nFROM a", "Dockerfile:2:3: only one syntax directive can be used"},
  };
  for (const Case& c : kCases) EXPECT_EQ(Dump(std::string(c.text)), c.dump) << c.text;
}

TEST(Dockerfile, RefusesWithAPlace) {
  const Case kCases[] = {
      {"", "Dockerfile:1:1: there is no instruction in this Dockerfile"},
      {"FROM a\nENV b", "Dockerfile:2:5: ENV needs a name and a value"},
      {"FROM a\nENV b=c d", "Dockerfile:2:9: there is no '=' in \"d\""},
      {"FROM a\nCMD [\"a\", 1]", "Dockerfile:2:5: an array in JSON form must hold strings only"},
      {"FROM a\nRUN cat <<A <<B\nA\n", "Dockerfile:2:13: the heredoc that begins here has no end"},
  };
  for (const Case& c : kCases) EXPECT_EQ(Dump(std::string(c.text)), c.dump) << c.text;
  std::string nested;
  for (int i = 0; i < 100'000; ++i) nested += "ONBUILD ";
  EXPECT_THAT(Dump(nested), HasSubstr("ONBUILD is nested too deep"));
  EXPECT_THAT(Dump(std::string(kLargestDockerfile + 1, 'a')), HasSubstr("larger than 16 MiB"));
}

TEST(Dockerfile, HostileSizesStayLinear) {
  const size_t kSize = 10 << 20;
  std::string line = "RUN " + std::string(kSize, 'a');
  EXPECT_EQ(Dump(line).size(), line.size() + 5);
  std::string words = "EXPOSE";
  for (size_t i = 0; i < 1'000'000; ++i) words += " 1";
  EXPECT_EQ(Dump(words).size(), 9 + 4 * 1'000'000u);
  std::string continued = "RUN a";
  for (size_t i = 0; i < 500'000; ++i) continued += "\\\n# x\n\nb ";
  EXPECT_EQ(Dump(continued).size(), 9 + 2 * 500'000u);
  std::string many;
  for (size_t i = 0; i < kMostDockerfileInstructions; ++i) many += "USER a\n";
  EXPECT_EQ(Dump(many).size(), 11 * kMostDockerfileInstructions);
  EXPECT_THAT(Dump(many + "USER a"), HasSubstr("more than 100000 instructions"));
  std::string heredocs = "RUN", bodies = "\n";
  for (size_t i = 0; i < 50'000; ++i) heredocs += " <<E", bodies += "x\nE\n";
  EXPECT_THAT(Dump(heredocs + bodies), HasSubstr("<<E <<E"));
  EXPECT_THAT(Dump("CMD [" + std::string(1'000'000, '[')), HasSubstr("[[["));
}

}  // namespace
}  // namespace guard
