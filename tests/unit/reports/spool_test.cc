#include "auditor/reports/spool.h"

#include <gtest/gtest.h>

#include <sstream>

namespace guard {
namespace {

TEST(Spool, KeepsOrderAcrossItsFile) {
  Spool spool;
  std::string expected;
  for (int i = 0; i < 200'000; ++i) {
    std::string row = "row " + std::to_string(i) + " with some text to fill it up\n";
    spool.tail() += row;
    expected += row;
    spool.Settle();
  }
  EXPECT_LT(spool.tail().size(), expected.size() / 2);  // most of it is on disk
  std::ostringstream out;
  spool.Drain(out);
  EXPECT_TRUE(out.good());
  EXPECT_EQ(out.str(), expected);
}

TEST(Spool, MayBeEmpty) {
  Spool spool;
  EXPECT_TRUE(spool.empty());
  std::ostringstream out;
  spool.Drain(out);
  EXPECT_EQ(out.str(), "");
}

}  // namespace
}  // namespace guard
