#include "policies/base/image_reference.h"

#include <gtest/gtest.h>

namespace guard {
namespace {

const std::string kHex = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

std::string Parts(std::string_view text, ImageVariables variables = ImageVariables::kRefuse) {
  Result<ImageReference> r = ParseImageReference(text, variables);
  if (!r) return r.error().message;
  return r->registry + " " + r->repository + " " + r->tag + " " + r->digest;
}

TEST(ImageReference, Parts) {
  const struct {
    std::string text, want;
  } kCases[] = {
      {"nginx", "docker.io library/nginx  "},
      {"nginx:1.27", "docker.io library/nginx 1.27 "},
      {"team/app", "docker.io team/app  "},
      {"docker.io/nginx", "docker.io library/nginx  "},
      {"index.docker.io/nginx", "docker.io library/nginx  "},
      {"localhost/app", "localhost app  "},
      {"localhost:5000/app:v1", "localhost:5000 app v1 "},
      {"registry:5000/app", "registry:5000 app  "},
      {"ghcr.io/org/team/app:1", "ghcr.io org/team/app 1 "},
      {"REGISTRY/app", "REGISTRY app  "},
      {"127.0.0.1:80/a", "127.0.0.1:80 a  "},
      {"[::1]:5000/app:2", "[::1]:5000 app 2 "},
      {"[2001:db8::1]/app", "[2001:db8::1] app  "},
      {"nginx@sha256:" + kHex, "docker.io library/nginx  sha256:" + kHex},
      {"nginx:1.27@sha256:" + kHex, "docker.io library/nginx 1.27 sha256:" + kHex},
      {"team/a__b.c---d/e_f", "docker.io team/a__b.c---d/e_f  "},
      {"nginx:_tag.With-All", "docker.io library/nginx _tag.With-All "},
      {"x@multi+part:" + kHex, "docker.io library/x  multi+part:" + kHex},
  };
  for (const auto& c : kCases) EXPECT_EQ(Parts(c.text), c.want) << c.text;
}

TEST(ImageReference, Refused) {
  const struct {
    std::string text, want;
  } kCases[] = {
      {"", "must not be empty"},
      {":tag", "has no name"},
      {"nginx:", "invalid tag"},
      {"nginx:.tag", "invalid tag"},
      {"nginx:" + std::string(129, 'a'), "invalid tag"},
      {"nginx@sha256:abc", "invalid digest"},
      {"nginx@sha256:" + std::string(64, 'A'), "invalid digest"},
      {"nginx@md5:short", "invalid digest"},
      {"nginx@", "invalid digest"},
      {"Nginx", "upper-case"},
      {"team/App", "upper-case"},
      {"a//b", "invalid repository"},
      {"/a", "invalid repository"},
      {"a/", "invalid repository"},
      {"a___b", "invalid repository"},
      {"a..b", "invalid repository"},
      {"-a", "invalid repository"},
      {"a-", "invalid repository"},
      {"a b", "invalid repository"},
      {"a\nb", "invalid repository"},
      {"${IMAGE}", "upper-case"},
      {"a@$:", "invalid digest"},
      {"a:$T", "invalid tag"},
      {"-bad.host/a", "invalid registry"},
      {"host.:5000/a", "invalid registry"},
      {"host.com:/a", "invalid registry"},
      {"host.com:port/a", "invalid registry"},
      {"[::1/a.b", "invalid registry"},
      {"[]:5000/a", "invalid registry"},
      {kHex, "is an image id"},
      {"a/" + std::string(254, 'b'), "more than 255"},
      {std::string(5000, 'a'), "too long"},
  };
  for (const auto& c : kCases)
    EXPECT_NE(Parts(c.text).find(c.want), std::string::npos) << c.text << ": " << Parts(c.text);
}

TEST(ImageReference, Variables) {
  const struct {
    std::string text, want;
  } kCases[] = {
      {"$CI_REGISTRY/app:${TAG}", "$CI_REGISTRY app ${TAG} "},
      {"${REGISTRY}:5000/team/${NAME}-x:1", "${REGISTRY}:5000 team/${NAME}-x 1 "},
      {"docker:${DOCKER_VERSION:-27}-dind", "docker.io library/docker ${DOCKER_VERSION:-27}-dind "},
      {"$IMAGE", "docker.io library/$IMAGE  "},
      {"${IMAGE:-a/b:c@d}", "docker.io library/${IMAGE:-a/b:c@d}  "},
      {"nginx@${DIGEST}", "docker.io library/nginx  ${DIGEST}"},
      {"nginx:1", "docker.io library/nginx 1 "},
  };
  for (const auto& c : kCases) EXPECT_EQ(Parts(c.text, ImageVariables::kAllow), c.want) << c.text;
  EXPECT_TRUE(ParseImageReference("a:$T", ImageVariables::kAllow)->has_variables);
  EXPECT_FALSE(ParseImageReference("a:1", ImageVariables::kAllow)->has_variables);
  EXPECT_NE(Parts("a:${T", ImageVariables::kAllow).find("begins no variable"), std::string::npos);
  EXPECT_NE(Parts("a:$", ImageVariables::kAllow).find("begins no variable"), std::string::npos);
}

TEST(ImageReference, PrintsWhatReadsBack) {
  EXPECT_EQ(ParseImageReference("nginx")->ToString(), "docker.io/library/nginx:latest");
  EXPECT_EQ(ParseImageReference("nginx@sha256:" + kHex)->ToString(),
            "docker.io/library/nginx@sha256:" + kHex);
  EXPECT_EQ(ParseImageReference("nginx:1@sha256:" + kHex)->ToString(),
            "docker.io/library/nginx:1@sha256:" + kHex);
  EXPECT_EQ(ParseImageReference("ghcr.io/a/b:c")->name(), "b");
}

TEST(ImageReference, Dind) {
  for (const char* text :
       {"docker:dind", "docker:27-dind", "docker:27.1-dind-rootless", "docker:dind-rootless",
        "docker:28-dind-alpine3.21", "mirror/docker-dind:27", "example.com/hub/docker:24-dind", "team/dind",
        "team/dind-rootless:1", "cruizba/ubuntu-dind", "docker:${DOCKER_VERSION}-dind"})
    EXPECT_TRUE(IsDindImage(*ParseImageReference(text, ImageVariables::kAllow))) << text;
  for (const char* text : {"docker", "docker:27-cli", "docker:27", "nginx:dind", "dindin", "team/app",
                           "docker/compose:1", "docker:dinderley"})
    EXPECT_FALSE(IsDindImage(*ParseImageReference(text))) << text;
}

}  // namespace
}  // namespace guard
