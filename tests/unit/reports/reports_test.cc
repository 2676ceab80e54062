#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>

#include "auditor/reports/json_text.h"
#include "tests/support/golden.h"
#include "tests/unit/reports/report_sample.h"

namespace guard {
namespace {

TEST(Reports, AreWhatTheGoldenFilesSay) {
  for (std::string_view format : ReportFormats())
    test::ExpectGolden("reports/sample." + std::string(format), test::Write(format));
}

TEST(Reports, MachineFormatsParse) {
  for (const char* format : {"json", "sarif", "gitlab"}) {
    auto report = nlohmann::json::parse(test::Write(format), nullptr, false);
    EXPECT_FALSE(report.is_discarded()) << format;
  }
}

TEST(Reports, AnEmptyRunParsesToo) {
  for (const char* format : {"json", "sarif", "gitlab"}) {
    std::ostringstream out;
    auto report = MakeReport(format, out);
    report->Begin({});
    report->End({});
    EXPECT_FALSE(nlohmann::json::parse(out.str(), nullptr, false).is_discarded()) << out.str();
  }
}

TEST(Reports, UnknownFormatsAreNone) {
  std::ostringstream out;
  EXPECT_EQ(MakeReport("xml", out), nullptr);
}

TEST(GitlabReport, ThePrintsOfAFileAreDistinct) {
  std::set<std::string> prints;
  auto rows = nlohmann::json::parse(test::Write("gitlab"));
  for (const auto& row : rows) EXPECT_TRUE(prints.insert(row["fingerprint"]).second) << row;
  EXPECT_EQ(rows.size(), 3u) << "two findings, and the input that was not read";
}

TEST(GithubReport, TheGravestComesFirst) {
  std::string text = test::Write("github");
  EXPECT_LT(text.find("title=not read"), text.find("no-privileged (critical)"));
  EXPECT_LT(text.find("no-privileged (critical)"), text.find("pss-privileged (high)"));
}

TEST(SarifReport, FindingsPointIntoRulesAndTaxonomies) {
  auto run = nlohmann::json::parse(test::Write("sarif"))["runs"][0];
  EXPECT_EQ(run["columnKind"], "unicodeCodePoints");
  EXPECT_EQ(run["invocations"][0]["executionSuccessful"], false);
  const auto& result = run["results"][0];
  const auto& rule = run["tool"]["driver"]["rules"][result["ruleIndex"].get<size_t>()];
  EXPECT_EQ(rule["id"], result["ruleId"]);
  EXPECT_EQ(result["level"], "error");
  EXPECT_EQ(result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"], "ci/agent%20%3C1%3E.yaml");
  for (const auto& relation : rule["relationships"]) {
    const auto& target = relation["target"];
    bool found = false;
    for (const auto& taxonomy : run["taxonomies"])
      if (taxonomy["guid"] == target["toolComponent"]["guid"])
        found = taxonomy["taxa"][target["index"].get<size_t>()]["id"] == target["id"];
    EXPECT_TRUE(found) << target;
  }
}

TEST(AppendJsonString, EscapesAndRepairs) {
  std::string text;
  AppendJsonString(&text, "a\"\\\n\t\x01 é 🦀 \xff \xed\xa0\x80");
  EXPECT_EQ(text, "\"a\\\"\\\\\\n\\t\\u0001 é 🦀 \xEF\xBF\xBD \xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\"");
}

}  // namespace
}  // namespace guard
