#include "auditor/progress.h"

#include <gtest/gtest.h>

#include "auditor/reports/terminal.h"

namespace guard {
namespace {

TEST(ProgressLine, FitsTheTerminal) {
  Summary summary;
  summary.files_audited = 12345;
  summary.by_severity[3] = 17;
  EXPECT_EQ(ProgressLine(summary, 0.25, "deploy/web.yaml", 80),
            "[=====>              ]  25 %  12345 files, 17 findings  deploy/web.yaml");
  for (unsigned width : {40u, 60u, 72u}) {
    std::string line = ProgressLine(summary, 1.0, "a/very/long/path/with/ünïcödé/and/more/of/it.yaml", width);
    EXPECT_LT(DisplayWidth(line), std::max(width, 60u)) << line;
  }
}

}  // namespace
}  // namespace guard
