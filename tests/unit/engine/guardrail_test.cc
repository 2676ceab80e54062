#include "policies/engine/guardrail.h"

#include <gtest/gtest.h>

namespace guard {
namespace {

TEST(Severity, HasANameBothWays) {
  for (Severity severity :
       {Severity::kInfo, Severity::kLow, Severity::kMedium, Severity::kHigh, Severity::kCritical})
    EXPECT_EQ(ParseSeverity(ToString(severity)), severity);
  EXPECT_FALSE(ParseSeverity("High"));
  EXPECT_FALSE(ParseSeverity(""));
}

TEST(KubernetesVersion, IsReadAsPeopleWriteIt) {
  struct Case {
    const char* text;
    int minor;  // -1: no version
  };
  const Case cases[] = {{"1.36", 36},
                        {"v1.36", 36},
                        {"1.36.2", 36},
                        {"v1.29.3-gke.100", 29},
                        {"1.27+", 27},
                        {"latest", 37},
                        {"1", -1},
                        {"", -1},
                        {"1.", -1},
                        {"one", -1},
                        {"1.x", -1},
                        {"1.36x", -1},
                        {"1.99999999999", -1},
                        {"-1.2", -1},
                        {"1.65535", -1}};
  for (const Case& c : cases) {
    auto version = ParseKubernetesVersion(c.text);
    EXPECT_EQ(version ? version->minor : -1, c.minor) << c.text;
  }
}

TEST(VersionRange, HoldsWhatItSays) {
  struct Case {
    const char* range;
    int from, last;  // minor versions that it holds; -1: every one there is
  };
  const Case cases[] = {{">=1.19 <1.25", 19, 24}, {">=1.19, <1.25", 19, 24}, {"> 1.19 <= 1.25", 20, 25},
                        {"=1.20", 20, 20},        {"==1.20", 20, 20},        {"<1.5", 0, 4},
                        {">=1.0", 0, 99},         {">=1.19<1.25", 19, 24}};
  for (const Case& c : cases) {
    auto range = ParseVersionRange(c.range);
    ASSERT_TRUE(range) << c.range << ": " << range.error().message;
    for (int minor = 0; minor < 100; ++minor)
      EXPECT_EQ(range->Contains({1, static_cast<uint16_t>(minor)}), c.from <= minor && minor <= c.last)
          << c.range << " and 1." << minor;
  }
  for (const char* text :
       {"", " ", ">=1.25 <1.20", "<1.20 >=1.20", "~1.20", "!1.20", ">=", "1.20", ">=1.20 or 1.30"})
    EXPECT_FALSE(ParseVersionRange(text)) << text;
}

}  // namespace
}  // namespace guard
