// What Compose's texts come to. Services themselves: tests/golden/audit/*.compose.yaml and the pack's
// examples.
#include "policies/subjects/compose.h"

#include <gtest/gtest.h>

#include "policies/subjects/compose_text.h"

namespace guard {
namespace {

TEST(ComposeText, Interpolates) {
  const std::pair<const char*, const char*> kCases[] = {
      {"plain", "plain"},
      {"${A}", "${A}"},
      {"$A", "$A"},
      {"${A:-b}", "b"},
      {"${A-b}/c", "b/c"},
      {"${A:+b}", "b"},
      {"${A:?must be set}", "${A:?must be set}"},
      {"${A:-${B:-c}}", "c"},
      {"${A:-${B}}", "${B}"},
      {"$${A:-b}", "${A:-b}"},
      {"${A:-b", "${A:-b"},
      {"${:-b}", "${:-b}"},
      {"${A:-}", ""},
      {"$", "$"},
      {"", ""},
  };
  for (const auto& [text, expected] : kCases) EXPECT_EQ(InterpolateCompose(text), expected) << text;
}

TEST(ComposeText, DeepNestingEnds) {
  std::string text;
  for (int i = 0; i < 10'000; ++i) text += "${A:-";
  text += std::string(10'000, '}');
  EXPECT_LT(InterpolateCompose(text).size(), text.size());
}

TEST(ComposeText, SplitsVolumes) {
  using Parts = std::vector<std::string_view>;
  EXPECT_EQ(SplitComposeVolume("/a:/b:ro"), (Parts{"/a", "/b", "ro"}));
  EXPECT_EQ(SplitComposeVolume("/a"), (Parts{"/a"}));
  EXPECT_EQ(SplitComposeVolume("${A:?x}:/b"), (Parts{"${A:?x}", "/b"}));
  EXPECT_EQ(SplitComposeVolume("C:\\x:/y"), (Parts{"C:\\x", "/y"}));
  EXPECT_EQ(SplitComposeVolume(""), (Parts{""}));
}

std::string Refused(std::string text) {
  const Source source("compose.yaml", std::move(text));
  const Documents documents = ReadCompose(source);
  return documents.error ? ToString(*documents.error) : "";
}

TEST(Compose, BrokenFilesHaveAPlace) {
  EXPECT_EQ(Refused("services:\n  a: {image: b}\n"), "");
  EXPECT_EQ(Refused("include: [a.yaml]\n"), "");
  EXPECT_EQ(Refused("services: [a]\n"),
            "compose.yaml:1:11: a compose file has a map of services, and this has none");
  EXPECT_EQ(Refused("services:\n  a: b\n"),
            "compose.yaml:2:6: the service 'a' is no map of what it is made of");
  EXPECT_NE(Refused("services:\n  a: {image: b}\n  a: {image: c}\n"), "");
}

TEST(Compose, ServicesThatExtendEachOtherEnd) {
  const Source source("compose.yaml", "services:\n  a: {extends: b}\n  b: {extends: a, privileged: true}\n");
  Documents documents = ReadCompose(source);
  std::vector<Subject> subjects;
  for (const Document& document : documents.all) ProjectCompose(documents, document, &subjects);
  ASSERT_EQ(subjects.size(), 2u);
  for (const Subject& subject : subjects) EXPECT_TRUE(subject.value.Find("privileged")->boolean);
  EXPECT_EQ(subjects[0].path, "services.a");
}

TEST(Compose, WhatIsTooLargeIsAnErrorAndNotPassedOver) {
  std::string text = "services:\n  base:\n    volumes:\n";
  for (int i = 0; i < 3'000; ++i) text += "      - v" + std::to_string(i) + ":/a\n";
  for (int i = 0; i < 3'000; ++i) text += "  s" + std::to_string(i) + ": {extends: base}\n";
  const Source source("compose.yaml", text);
  Documents documents = ReadCompose(source);
  std::vector<Subject> subjects;
  ProjectCompose(documents, documents.all[0], &subjects);
  ASSERT_TRUE(documents.error);
  EXPECT_NE(documents.error->message.find("more than 64 MiB"), std::string::npos);
  EXPECT_LT(documents.arena.footprint(), size_t{256} << 20);
}

}  // namespace
}  // namespace guard
