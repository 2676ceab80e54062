// Dockerfiles with their wishes, and the plans that come of them: one golden file a case.
#include "rootless-builder/plan/planner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "rootless-builder/dockerfile/parse.h"
#include "rootless-builder/plan/key.h"
#include "rootless-builder/plan/print.h"
#include "tests/support/golden.h"

namespace guard::builder {
namespace {

using testing::HasSubstr;

PlanWishes Wishes() {
  PlanWishes wishes;
  wishes.platform = wishes.build_platform = {.os = "linux", .architecture = "amd64"};
  return wishes;
}

// Images as nobody has them: "alpine" sets a path, "onbuild" has triggers, "gone" is not there.
Result<BaseImage> Resolve(const std::string& reference, const Platform& platform) {
  if (reference == "gone") return Fail("there is no image gone");
  BaseImage image;
  image.reference = reference;
  image.platform = image.config.platform = platform;
  image.config.config.env = {"PATH=/base/bin", "FROM_BASE=1"};
  image.config.config.cmd = {{"/bin/base"}};
  if (reference == "onbuild") image.config.config.on_build = {"COPY . /app", "ENV TRIGGERED=yes"};
  return image;
}

std::string PlanText(const std::string& text, const PlanWishes& wishes) {
  auto dockerfile = Parse(std::make_unique<Source>("Dockerfile", text));
  if (!dockerfile) return Render(dockerfile.error());
  auto plan = MakePlan(*dockerfile, wishes, Resolve);
  return plan ? Print(*plan) : Render(plan.error());
}

struct Case {
  const char* name;
  std::string text;
  std::function<void(PlanWishes&)> wish = [](PlanWishes&) {};
};

TEST(Planner, Plans) {
  const Case cases[] = {
      {"config",
       "FROM scratch\nLABEL a=b c=\"d e\"\nENV X=1 Y=$X\nENV Z=$X\nEXPOSE 80 53/udp 8000-8002\nVOLUME "
       "/data\nUSER 33\n"
       "WORKDIR /w\nWORKDIR sub\nSTOPSIGNAL SIGINT\nHEALTHCHECK --interval=5s CMD curl localhost\nSHELL "
       "[\"/bin/bash\", \"-c\"]\n"
       "CMD run me\nENTRYPOINT [\"/init\"]\nMAINTAINER somebody\nONBUILD RUN make\n"},
      {"entrypoint_resets_base_cmd", "FROM alpine\nENTRYPOINT [\"/x\"]\n"},
      {"entrypoint_keeps_own_cmd", "FROM alpine\nCMD [\"a\"]\nENTRYPOINT [\"/x\"]\n"},
      {"arg_scopes",
       "ARG V=1\nARG W=$V.x\nFROM alpine:$W AS a\nARG V\nARG P=p-$V\nRUN echo $V $P\nENV V=env\nRUN echo "
       "$V\nARG V=late\nRUN echo $V\n"
       "FROM alpine AS sibling\nRUN echo none\nFROM a\nRUN echo $P\nCOPY --from=sibling /a /a\n"},
      {"arg_scopes_child", "ARG V=1\nFROM alpine AS a\nARG V\nFROM a\nRUN echo $V\n"},
      {"build_args",
       "ARG TAG=1\nFROM alpine:$TAG\nARG NAME=x\nARG OTHER\nRUN echo $NAME $OTHER $HTTP_PROXY\n",
       [](PlanWishes& wishes) {
         wishes.build_args = {{"TAG", "2"}, {"NAME", "y"}, {"HTTP_PROXY", "http://p"}, {"UNUSED", "1"}};
       }},
      {"proxy_declared", "FROM alpine\nARG HTTP_PROXY\nRUN x\n",
       [](PlanWishes& wishes) { wishes.build_args = {{"HTTP_PROXY", "http://p"}}; }},
      {"platform_args",
       "FROM --platform=$BUILDPLATFORM alpine AS b\nARG TARGETARCH TARGETVARIANT\nRUN echo $TARGETARCH\nFROM "
       "scratch\nCOPY --from=b /x /x\n",
       [](PlanWishes& wishes) { wishes.platform = *ParsePlatform("linux/arm/v7"); }},
      {"unused_stages",
       "FROM gone AS unused\nRUN x\nFROM alpine AS used\nRUN y\nFROM scratch\nCOPY --from=used /y /\n"},
      {"target", "FROM alpine AS one\nRUN a\nFROM gone AS two\n",
       [](PlanWishes& wishes) { wishes.target = "ONE"; }},
      {"target_unknown", "FROM alpine AS build\nRUN a\n",
       [](PlanWishes& wishes) { wishes.target = "biuld"; }},
      {"copy_forms",
       "FROM alpine AS s\nFROM scratch\nWORKDIR /w\nCOPY a b ./\nCOPY --from=s --chown=1:2 --chmod=u+x /x "
       "/y\nCOPY --from=0 /x z\n"
       "COPY --from=busybox /bin/sh /sh\nCOPY --link --exclude=*.md --parents a/b /d/\nADD "
       "--checksum=sha256:" +
           std::string(64, 'a') + " https://example.com/f.tar /f\nCOPY <<EOF /h\nhello $HOME\nEOF\n"},
      {"mounts",
       "FROM alpine AS s\nFROM alpine\nRUN --mount=type=bind,from=s,source=/a,target=/b "
       "--mount=type=cache,target=/c,sharing=locked "
       "--mount=type=tmpfs,target=/t,size=1m --mount=type=secret,id=k,required "
       "--mount=type=secret,id=e,env=E --mount=type=ssh "
       "--network=none make\n"},
      {"heredoc_run",
       "FROM alpine\nRUN <<EOF\necho a\necho b\nEOF\nRUN <<EOF\n#!/usr/bin/python3\nprint(1)\nEOF\n"},
      {"onbuild", "FROM onbuild\nRUN x\n"},
      {"named_context", "FROM base\nCOPY --from=src a /a\n",
       [](PlanWishes& wishes) { wishes.contexts = {{"base", "docker-image://alpine:3"}, {"src", "./dir"}}; }},
      {"labels_and_no_cache", "FROM alpine AS a\nLABEL x=1\nRUN b\n",
       [](PlanWishes& wishes) {
         wishes.labels = {{"x", "2"}};
         wishes.no_cache_stages = {"a"};
       }},
      {"missing_image", "FROM gone\n"},
      {"empty_base", "ARG X\nFROM $X\n"},
      {"later_stage", "FROM alpine\nCOPY --from=later /a /a\nFROM alpine AS later\n",
       [](PlanWishes& wishes) { wishes.target = "0"; }},
      {"several_sources", "FROM scratch\nCOPY a b c\n"},
      {"insecure", "FROM alpine\nRUN --security=insecure x\n"},
  };
  for (const Case& item : cases) {
    PlanWishes wishes = Wishes();
    item.wish(wishes);
    guard::test::ExpectGolden(std::string("plan/") + item.name + ".txt",
                              std::string(item.text) + "----\n" + PlanText(item.text, wishes));
  }
}

Step StepOf(const std::string& line, const std::map<std::string, std::string>& args = {}) {
  auto dockerfile = Parse(std::make_unique<Source>("Dockerfile", "FROM alpine\n" + line + "\n"));
  PlanWishes wishes = Wishes();
  wishes.build_args = args;
  auto plan = MakePlan(*dockerfile, wishes, Resolve);
  return plan->stages[0].steps.back();
}

TEST(Planner, TriggersOfABaseStandAtItsFrom) {
  auto dockerfile = Parse(std::make_unique<Source>("Dockerfile", "# a\n# b\nFROM onbuild\nRUN x\n"));
  const auto plan = MakePlan(*dockerfile, Wishes(), Resolve);
  ASSERT_TRUE(plan);
  const std::vector<Step>& steps = plan->stages[0].steps;
  ASSERT_GE(steps.size(), 2u);
  EXPECT_EQ(steps.front().line, 3u);
  EXPECT_EQ(steps.back().line, 4u);
}

TEST(StepKeys, SayWhatAStepDependsOn) {
  EXPECT_EQ(KeyText(StepOf("RUN a")), KeyText(StepOf("RUN a")));
  EXPECT_NE(KeyText(StepOf("RUN a b")), KeyText(StepOf("RUN [\"a\", \"b\"]")));
  EXPECT_NE(KeyText(StepOf("RUN [\"a b\"]")), KeyText(StepOf("RUN [\"a\", \"b\"]")));
  EXPECT_NE(KeyText(StepOf("COPY a b /c/")), KeyText(StepOf("COPY [\"a b\", \"/c/\"]")));
  EXPECT_NE(KeyText(StepOf("COPY a /b")), KeyText(StepOf("ADD a /b")));
  EXPECT_NE(KeyText(StepOf("COPY a /b")), KeyText(StepOf("COPY --link a /b")));
}

TEST(StepKeys, ProxiesAreNotInThem) {
  EXPECT_EQ(KeyText(StepOf("RUN a")), KeyText(StepOf("RUN a", {{"http_proxy", "http://secret@p"}})));
  EXPECT_THAT(KeyText(StepOf("ARG http_proxy\nRUN a", {{"http_proxy", "p"}})), HasSubstr("http_proxy=p"));
}

TEST(StepKeys, ContentAndParentsAreSeparate) {
  Digest a = Digest::Of("a"), b = Digest::Of("b");
  EXPECT_NE(StepKey(a, "x", {b}), StepKey(a, "x", {}));
  EXPECT_NE(StepKey(a, "x", {a, b}), StepKey(a, "x", {b, a}));
  EXPECT_NE(StepKey(a, "x", {}), StepKey(b, "x", {}));
  EXPECT_NE(BaseKey({a}, *ParsePlatform("linux/amd64")), BaseKey({a}, *ParsePlatform("linux/arm64")));
}

}  // namespace
}  // namespace guard::builder
