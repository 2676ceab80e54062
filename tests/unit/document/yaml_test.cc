#include <gtest/gtest.h>

#include "policies/document/document.h"

namespace guard {
namespace {

TEST(Yaml, ReadsDocumentsUpToAnError) {
  Source source("a.yaml", "a: 1\n---\n---\nb: [x, 'y']\n---\nc: [\n");
  Documents read = ReadYaml(source, YamlSchema::kKubernetes);
  ASSERT_EQ(read.all.size(), 2u);
  EXPECT_EQ(read.all[0].root.Find("a")->integer, 1);
  EXPECT_EQ(read.all[1].index, 2u);
  EXPECT_EQ(read.all[1].root.Find("b")->list()[1].string(), "y");
  ASSERT_TRUE(read.error.has_value());
  EXPECT_EQ(read.error->place.file, "a.yaml");
}

}  // namespace
}  // namespace guard
