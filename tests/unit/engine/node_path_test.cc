#include "policies/engine/node_path.h"

#include <gtest/gtest.h>

namespace guard {
namespace {

// The steps, each behind a slash; "none" when it is no path.
std::string Steps(std::string_view text) {
  std::optional<NodePath> path = ParseNodePath(text);
  if (!path) return "none";
  std::string steps;
  for (const NodePathStep& step : *path)
    steps += step.index ? "/#" + std::to_string(*step.index) : "/" + step.key;
  return steps;
}

TEST(NodePath, IsTakenApart) {
  const char* cases[][2] = {
      {"", ""},
      {".", ""},
      {"a", "/a"},
      {".a.b", "/a/b"},
      {"a[0].b", "/a/#0/b"},
      {"[2]", "/#2"},
      {"a[0][1]", "/a/#0/#1"},
      {"a['b.c/d'].e", "/a/b.c/d/e"},
      {"a[\"b\"]", "/a/b"},
      {"a['it\\'s']", "/a/it's"},
      {"a-b_c.$d", "/a-b_c/$d"},
  };
  for (const auto& [text, steps] : cases) EXPECT_EQ(Steps(text), steps) << text;
}

TEST(NodePath, IsRefusedWhenItIsNone) {
  for (const char* text : {"a.", "..", "a..b", "a[", "a[]", "a[x]", "a[0", "a['b", "a['b'", "a b", "a.*",
                           "a]", "[99999999999]", "a[-1]", "a[0]b"})
    EXPECT_EQ(Steps(text), "none") << text;
}

}  // namespace
}  // namespace guard
