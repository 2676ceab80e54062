#include "rootless-builder/sandbox/user_namespace.h"

#include <gtest/gtest.h>

namespace guard::builder {
namespace {

TEST(SubordinateIds, ByNameAndByNumber) {
  std::string_view text = "# comment\nann:100000:65536\nbob:1:2\n1001:300000:10\nann:bad:1\nann:5:0\n\nann:7";
  EXPECT_EQ(ParseSubordinateIds(text, "ann", 1001), (std::vector<IdRange>{{100000, 65536}, {300000, 10}}));
  EXPECT_EQ(ParseSubordinateIds(text, "", 7), std::vector<IdRange>());
  EXPECT_EQ(ParseSubordinateIds("ann:4294967295:2\n", "ann", 1), std::vector<IdRange>());
}

TEST(UserName, FromPasswd) {
  std::string_view passwd = "root:x:0:0::/:/bin/sh\nann:x:1001:1001::/:/bin/sh\n";
  EXPECT_EQ(UserNameIn(passwd, 1001), "ann");
  EXPECT_EQ(UserNameIn(passwd, 5), "");
}

TEST(MapRanges, OwnIdFirstThenOneAfterTheOther) {
  EXPECT_EQ(MapRanges(1001, {{100000, 65536}, {300000, 10}}),
            (std::vector<IdMapLine>{{0, 1001, 1}, {1, 100000, 65536}, {65537, 300000, 10}}));
  EXPECT_EQ(MapRanges(5, {{0, 10}}), (std::vector<IdMapLine>{{0, 5, 1}}));  // no id twice
}

}  // namespace
}  // namespace guard::builder
