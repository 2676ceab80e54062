// Small grammars: modes, ports, durations, and expansion with places.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "rootless-builder/dockerfile/chmod.h"
#include "rootless-builder/dockerfile/duration.h"
#include "rootless-builder/dockerfile/expand.h"
#include "rootless-builder/dockerfile/ports.h"

namespace guard::builder {
namespace {

using testing::ElementsAre;
using testing::SizeIs;

TEST(FileMode, OctalAndSymbolic) {
  struct Case {
    std::string_view text;
    uint32_t before, file, directory;
  };
  const Case kCases[] = {
      {"755", 0600, 0755, 0755},
      {"4755", 0, 04755, 04755},
      {"0", 0777, 0, 0},
      {"u+x", 0644, 0744, 0744},
      {"+x", 0644, 0755, 0755},
      {"a=rX", 0600, 0444, 0555},
      {"a=rX", 0700, 0555, 0555},
      {"go-w", 0666, 0644, 0644},
      {"u=rwx,go=", 0777, 0700, 0700},
      {"g=u", 0640, 0660, 0660},
      {"u+s", 0755, 04755, 04755},
      {"g+s,+t", 0755, 03755, 03755},
      {"u-s", 06755, 02755, 02755},
      {"u=rw-x", 0700, 0600, 0600},
      {"o=g-w", 0670, 0675, 0675},
      {"=", 0777, 0, 0},
  };
  for (const Case& c : kCases) {
    Result<FileMode> mode = FileMode::Parse(c.text);
    ASSERT_TRUE(mode) << c.text;
    EXPECT_EQ(mode->Apply(c.before, false), c.file) << c.text;
    EXPECT_EQ(mode->Apply(c.before, true), c.directory) << c.text;
  }
  for (std::string_view bad : {"", "8", "u", "u+q", "+x,", "10000", "u=rwx go=r", "777777777777777777777"})
    EXPECT_FALSE(FileMode::Parse(bad)) << bad;
}

TEST(Ports, AreKeysOfExposedPorts) {
  EXPECT_THAT(*ParsePorts("80"), ElementsAre("80/tcp"));
  EXPECT_THAT(*ParsePorts("53/UDP"), ElementsAre("53/udp"));
  EXPECT_THAT(*ParsePorts("80/"), ElementsAre("80/tcp"));
  EXPECT_THAT(*ParsePorts("80-82/sctp"), ElementsAre("80/sctp", "81/sctp", "82/sctp"));
  EXPECT_THAT(*ParsePorts("127.0.0.1:8080:80"), ElementsAre("80/tcp"));
  EXPECT_THAT(*ParsePorts("[::1]:8080:80"), ElementsAre("80/tcp"));
  EXPECT_THAT(*ParsePorts("8000-8010:80"), ElementsAre("80/tcp"));
  EXPECT_THAT(*ParsePorts("0-65535"), SizeIs(65536));
  for (std::string_view bad :
       {"", "/tcp", "a", "65536", "-1", "82-80", "80-", "80/xyz", "x:80:80", "80:", "1-2:3-5"})
    EXPECT_FALSE(ParsePorts(bad)) << bad;
}

TEST(Durations, AreGos) {
  EXPECT_EQ(ParseGoDuration("1h2m3.5s"), 3'723'500'000'000);
  EXPECT_EQ(ParseGoDuration("500ms"), 500'000'000);
  EXPECT_EQ(ParseGoDuration("1.5us"), 1500);
  EXPECT_EQ(ParseGoDuration(".5s"), 500'000'000);
  EXPECT_EQ(ParseGoDuration("-2s"), -2'000'000'000);
  EXPECT_EQ(ParseGoDuration("0"), 0);
  for (std::string_view bad : {"", "5", "s", ".s", "1x", "1s2", "9999999999h", "99999999999999999999s", "+"})
    EXPECT_EQ(ParseGoDuration(bad), std::nullopt) << bad;
}

TEST(Expander, ErrorsPointIntoTheDockerfile) {
  Source source("Dockerfile", "COPY a${B?} <<x /c\n12$\n${C?no}\nx\n");
  std::vector<std::string> unset;
  Expander expander{
      .source = source, .lookup = [](std::string_view) { return std::nullopt; }, .unset = &unset};
  EXPECT_EQ(ToString(expander.Expand(Word{"a${B?}", {5, 11}}).error()),
            "Dockerfile:1:7: B: is not allowed to be unset");
  Heredoc heredoc{.name = "x", .body = "12$\n${C?no}\n", .body_span = {19, 31}};
  EXPECT_EQ(ToString(expander.Expand(heredoc).error()), "Dockerfile:3:1: C: no");
  heredoc.expand = false;
  EXPECT_EQ(*expander.Expand(heredoc), "12$\n${C?no}\n");
  heredoc = {.name = "x", .strip_tabs = true, .body = "\t'$D' \"\\$e\"\n"};
  EXPECT_EQ(*expander.Expand(heredoc), "'' \"$e\"\n");
  EXPECT_THAT(unset, ElementsAre("D"));
  EXPECT_THAT(*expander.ExpandToWords(Word{"a b 'c d'", {}}), ElementsAre("a", "b", "c d"));
}

}  // namespace
}  // namespace guard::builder
