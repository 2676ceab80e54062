#include <gtest/gtest.h>

#include "policies/document/document.h"

namespace guard {
namespace {

const char* kText =
    "metadata:\n"
    "  labels:\n"
    "    app: x\n"
    "    x.y/z: w\n"
    "    it's [odd]\\: v\n"
    "    '': e\n"
    "spec:\n"
    "  containers:\n"
    "  - name: a\n"
    "    args: [p, [q]]\n"
    "  - name: b\n"
    "    env:\n"
    "shared: &s {k: [1]}\n"
    "again: *s\n";

TEST(Path, NamesEveryNodeSoThatWalkFindsIt) {
  Source source("f", kText);
  Documents read = ReadYaml(source, YamlSchema::kKubernetes);
  ASSERT_FALSE(read.error) << Render(*read.error);
  const Node& root = read.all[0].root;
  const char* kPaths[] = {
      "metadata",
      "metadata.labels.app",
      "metadata.labels['x.y/z']",
      "metadata.labels['it\\'s [odd]\\\\']",
      "metadata.labels['']",
      "spec.containers[0].args[1][0]",
      "spec.containers[1].env",
      "shared.k[0]",
      "again",
  };
  for (const char* path : kPaths) {
    bool found = false;
    const Node* node = Walk(root, path, &found);
    ASSERT_TRUE(found) << path;
    EXPECT_EQ(PathOf(root, *node), path);
    Node copy = *node;
    EXPECT_EQ(PathOf(root, copy), path);
  }
  EXPECT_EQ(PathOf(root, root), "");
  EXPECT_EQ(PathOf(root, Node()), "");
  EXPECT_EQ(PathOf(*root.Find("spec"), root), "");
}

TEST(Walk, EndsAtTheDeepestNodeThereIs) {
  Source source("f", kText);
  Documents read = ReadYaml(source, YamlSchema::kKubernetes);
  const Node& root = read.all[0].root;
  const struct {
    const char* path;
    bool found;
    const char* deepest;
  } kCases[] = {
      {"", true, ""},
      {".", true, ""},
      {".metadata.labels", true, "metadata.labels"},
      {"metadata.labels[\"x.y/z\"]", true, "metadata.labels['x.y/z']"},
      {"spec.containers[1].securityContext.privileged", false, "spec.containers[1]"},
      {"spec.containers[2].name", false, "spec.containers"},
      {"spec.containers[-1]", false, "spec.containers"},
      {"spec.containers[99999999999]", false, "spec.containers"},
      {"spec.containers[0", false, "spec.containers"},
      {"spec['containers", false, "spec"},
      {"spec.containers.name", false, "spec.containers"},
      {"spec[0]", false, "spec"},
      {"spec..containers", false, "spec"},
      {"spec.containers[1].env.x", false, "spec.containers[1].env"},
  };
  for (const auto& c : kCases) {
    bool found = !c.found;
    const Node* node = Walk(root, c.path, &found);
    EXPECT_EQ(found, c.found) << c.path;
    EXPECT_EQ(PathOf(root, *node), c.deepest) << c.path;
  }
}

}  // namespace
}  // namespace guard
