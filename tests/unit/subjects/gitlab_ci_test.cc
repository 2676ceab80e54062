// What GitLab makes of a job. Findings: tests/golden/audit/*.gitlab-ci.yml and the examples of the pack
// ci-builds.
#include "policies/subjects/gitlab_ci.h"

#include <gtest/gtest.h>

namespace guard {
namespace {

std::string Texts(const Node* list) {
  std::string text;
  for (const Node& item : list->list()) {
    const std::string_view name = item.is_map() ? item.FindString("name") : item.string();
    text.append(text.empty() ? "" : " | ").append(name);
    if (item.Find("value")) text.append("=").append(item.FindString("value"));
  }
  return text;
}

struct File {
  explicit File(std::string text)
      : source(".gitlab-ci.yml", std::move(text)), documents(ReadGitlabCi(source)) {
    for (const Document& document : documents.all) ProjectGitlabCi(documents, document, &subjects);
  }
  const Node& job(std::string_view name) const {
    for (const Subject& subject : subjects)
      if (subject.name == name) return subject.value;
    ADD_FAILURE() << "no job " << name;
    return subjects.at(0).value;
  }
  Source source;
  Documents documents;
  std::vector<Subject> subjects;
};

TEST(GitlabCi, ExtendsWithTheLastTemplateFirst) {
  const File file(
      ".a: {image: a, tags: [x], variables: {V: a, W: a}}\n"
      ".b: {image: b, extends: .c, variables: {V: b}}\n"
      ".c: {before_script: [c]}\n"
      "job: {extends: [.a, .b], script: [s], variables: {X: 1}}\n");
  ASSERT_EQ(file.subjects.size(), 1u);
  const Node& job = file.job("job");
  EXPECT_EQ(job.FindString("image"), "b");
  EXPECT_EQ(Texts(job.Find("tags")), "x");
  EXPECT_EQ(Texts(job.Find("commands")), "c | s");
  EXPECT_EQ(Texts(job.Find("variables")), "X=1 | V=b | W=a");
}

TEST(GitlabCi, DefaultsUnlessNotInherited) {
  const File file(
      "default: {image: d, before_script: [d]}\nvariables: {G: g}\n"
      "a: {script: [a]}\nb: {script: [b], before_script: []}\nc: {script: [c], inherit: {default: false, "
      "variables: false}}\n");
  EXPECT_EQ(Texts(file.job("a").Find("commands")), "d | a");
  EXPECT_EQ(file.job("a").FindString("image"), "d");
  EXPECT_EQ(Texts(file.job("b").Find("commands")), "b");
  EXPECT_EQ(Texts(file.job("c").Find("commands")), "c");
  EXPECT_EQ(file.job("c").Find("image"), nullptr);
  EXPECT_EQ(Texts(file.job("c").Find("variables")), "");
}

TEST(GitlabCi, FollowsReferences) {
  const File file(
      ".s: {script: [one, two], variables: {V: v}}\n"
      "job:\n  variables: {V: !reference [.s, variables, V]}\n  script:\n    - !reference [.s, script]\n    "
      "- [three, [four]]\n"
      "    - !reference [.gone, script]\n");
  const Node& job = file.job("job");
  EXPECT_EQ(Texts(job.Find("commands")), "one | two | three | four");
  EXPECT_EQ(Texts(job.Find("variables")), "V=v");
  EXPECT_EQ(Texts(job.Find("unread")), ".gone.script");
}

TEST(GitlabCi, AScriptIsACommandALine) {
  const File file(
      "job:\n  script:\n    - |\n      one\n      two \\\n        more\n\n      a |\n        b\n    - "
      "last\n");
  const Node* commands = file.job("job").Find("commands");
  EXPECT_EQ(Texts(commands), "one | two more | a |\n  b | last");
  EXPECT_EQ(file.source.Locate(commands->list()[1].span.begin).line, 5u);
  EXPECT_EQ(file.source.Locate(commands->list()[2].span.begin).line, 8u);
}

TEST(GitlabCi, KnowsVariables) {
  const File file("variables: {R: reg, I: $R/app}\njob: {image: \"${I}:$TAG\", script: [s]}\n");
  EXPECT_EQ(file.job("job").FindString("image"), "reg/app:$TAG");
}

TEST(GitlabCi, CirclesEnd) {
  const File file(
      "variables: {A: $B, B: $A$A}\na: {extends: b, image: $A, script: !reference [b, script]}\n"
      "b: {extends: a, script: !reference [a, script]}\n");
  EXPECT_EQ(file.subjects.size(), 2u);
  EXPECT_LT(file.job("a").FindString("image").size(), 1000u);
}

TEST(GitlabCi, WhatIsTooLargeIsAnErrorAndNotPassedOver) {
  std::string commands = "job:\n  script:\n", variables = "variables:\n", jobs;
  for (int i = 0; i < 10'001; ++i) commands += "    - a\n";
  EXPECT_NE(
      ToString(*File(commands).documents.error).find(".gitlab-ci.yml:1:1: the job 'job' is made of too much"),
      std::string::npos);
  for (int i = 0; i < 3'000; ++i) variables += "  V" + std::to_string(i) + ": x\n";
  for (int i = 0; i < 3'000; ++i) jobs += "j" + std::to_string(i) + ": {script: [a]}\n";
  const File file(variables + jobs);
  EXPECT_NE(ToString(*file.documents.error).find("more than 64 MiB"), std::string::npos);
  EXPECT_LT(file.documents.arena.footprint(), size_t{256} << 20);
  std::string nested = "a";
  for (int i = 0; i < 20; ++i) nested = "[" + nested + "]";
  EXPECT_TRUE(File("job: {script: " + nested + "}\n").documents.error);
}

TEST(GitlabCi, NamesWhatItDoesNotRead) {
  const File file(
      "a: {trigger: {include: child.yml}}\nb: {run: [{name: x, step: y}]}\n"
      "c: {script: !reference [d, script]}\nd: {script: !reference [c, script]}\n");
  EXPECT_EQ(Texts(file.job("a").Find("unread")), "child.yml");
  EXPECT_EQ(Texts(file.job("b").Find("unread")), "its run: steps");
  EXPECT_NE(Texts(file.job("c").Find("unread")), "");
  EXPECT_EQ(Texts(file.job("c").Find("commands")), "");
}

TEST(GitlabCi, HiddenJobsOfOthersAreJobs) {
  EXPECT_EQ(File(".dind: {services: [docker:dind]}\n").subjects.size(), 1u);
  EXPECT_EQ(File(".anchors: [a]\nstages: [a]\nworkflow: {name: x}\n").subjects.size(), 0u);
}

TEST(GitlabCi, BrokenFilesHaveAPlace) {
  EXPECT_EQ(ToString(*File("- a\n").documents.error),
            ".gitlab-ci.yml:1:1: a GitLab CI file is a map of jobs, and this is none");
  EXPECT_TRUE(File("a: {script: [s]}\na: {script: [t]}\n").documents.error);
}

}  // namespace
}  // namespace guard
