// The audit from a text or a tree to its report. tests/golden/audit holds a manifest a case and what is said
// about it.
#include "auditor/audit.h"

#include <gtest/gtest.h>

#include <sstream>

#include "tests/support/golden.h"
#include "tests/support/scratch.h"

namespace guard {
namespace {

class AuditTest : public testing::Test {
 protected:
  AuditTest() : set_(std::move(*PolicySet::Load(PolicySet::Embedded()))) {
    info_.version = "test";
    info_.policies = &set_;
    info_.packs = set_.DefaultPacks();
    info_.guardrails = *set_.Select(info_.packs);
  }

  std::string Run(std::vector<std::string> paths, unsigned jobs, std::string_view format,
                  Summary* summary = nullptr) {
    std::ostringstream out;
    auto report = MakeReport(format, out);
    report->Begin(info_);
    AuditOptions options;
    options.paths = std::move(paths);
    options.jobs = jobs;
    options.file.excerpts = report->wants_excerpts();
    Report* reports[] = {report.get()};
    Summary counted = Audit(info_, options, reports, nullptr);
    if (summary) *summary = counted;
    return out.str();
  }

  PolicySet set_;
  RunInfo info_;
};

TEST_F(AuditTest, SaysWhatTheGoldenFilesSay) {
  std::vector<std::filesystem::path> inputs = test::GoldenInputs("audit", ".yaml");
  for (const char* suffix : {".Dockerfile", ".yml"})
    for (auto& path : test::GoldenInputs("audit", suffix)) inputs.push_back(std::move(path));
  for (const auto& path : inputs) {
    SCOPED_TRACE(path);
    Evaluator evaluator(set_, info_.guardrails);
    AuditFileOptions options;
    options.excerpts = true;
    std::string name = path.filename().string();
    FileReport file = AuditText(name, test::ReadFile(path), true, evaluator, options);
    std::ostringstream out;
    auto report = MakeReport("text", out);
    report->Begin(info_);
    report->Add(file);
    test::ExpectGolden("audit/" + path.stem().string() + ".text", out.str());
  }
}

TEST_F(AuditTest, IsTheSameForAnyNumberOfJobs) {
  test::Scratch scratch;
  for (int i = 0; i < 200; ++i) {
    std::string n = std::to_string(i);
    scratch.Write("d" + std::to_string(i % 7) + "/" + n + ".yaml",
                  "apiVersion: v1\nkind: Pod\nmetadata: {name: p" + n + "}\nspec:\n  hostPID: " +
                      (i % 3 ? "true" : "false") + "\n  containers: [{name: a, image: b}]\n");
  }
  scratch.Write("d3/broken.yaml", "apiVersion: v1\nkind: Pod\nspec: [\n");
  for (std::string_view format : ReportFormats()) {
    Summary one, many;
    std::string expected = Run({scratch.root().string()}, 1, format, &one);
    EXPECT_EQ(Run({scratch.root().string()}, 8, format, &many), expected);
    EXPECT_EQ(one.files_audited, 200u);
    EXPECT_EQ(one.files_failed, 1u);
    EXPECT_EQ(many.findings(), one.findings());
    EXPECT_EQ(ExitCode(one, Severity::kHigh), 2);
  }
}

TEST(ExitCode, FollowsTheContract) {
  Summary summary;
  EXPECT_EQ(ExitCode(summary, Severity::kHigh), 3);
  summary.files_audited = 1;
  EXPECT_EQ(ExitCode(summary, Severity::kHigh), 0);
  summary.by_severity[static_cast<size_t>(Severity::kMedium)] = 4;
  EXPECT_EQ(ExitCode(summary, Severity::kHigh), 0);
  EXPECT_EQ(ExitCode(summary, Severity::kMedium), 1);
  summary.files_failed = 1;
  EXPECT_EQ(ExitCode(summary, Severity::kInfo), 2);
}

}  // namespace
}  // namespace guard
