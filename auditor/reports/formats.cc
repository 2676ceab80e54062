// The table of report formats: a new one is its own file and one row here.
// Tested by tests/unit/reports/*_test.cc.
#include <array>

#include "auditor/reports/report.h"

namespace guard {

namespace {

struct Format {
  std::string_view name;
  std::unique_ptr<Report> (*make)(std::ostream&);
};

constexpr Format kFormats[] = {{"text", MakeTextReport},         {"json", MakeJsonReport},
                               {"sarif", MakeSarifReport},       {"junit", MakeJunitReport},
                               {"gitlab", MakeGitlabReport},     {"github", MakeGithubReport},
                               {"markdown", MakeMarkdownReport}, {"csv", MakeCsvReport}};

constexpr auto kNames = [] {
  std::array<std::string_view, std::size(kFormats)> names;
  for (size_t i = 0; i < names.size(); ++i) names[i] = kFormats[i].name;
  return names;
}();

}  // namespace

std::span<const std::string_view> ReportFormats() { return kNames; }

std::unique_ptr<Report> MakeReport(std::string_view format, std::ostream& out) {
  for (const Format& row : kFormats)
    if (row.name == format) return row.make(out);
  return nullptr;
}

uint64_t Summary::findings() const {
  uint64_t all = 0;
  for (uint64_t count : by_severity) all += count;
  return all;
}

}  // namespace guard
