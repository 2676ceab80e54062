// The `junit` report: a suite a file, a case a finding; a file without findings is a case that passed, one
// that could not be read an error, one that was not judged skipped. The counts stand in the first element, so
// the suites wait in a spool. Tested by tests/unit/reports/reports_test.cc.
#include "auditor/reports/escape.h"
#include "auditor/reports/report.h"
#include "auditor/reports/spool.h"

namespace guard {

namespace {

struct Counts {
  uint64_t tests = 0, failures = 0, errors = 0, skipped = 0;
  std::string Attributes() const {
    return " tests=\"" + std::to_string(tests) + "\" failures=\"" + std::to_string(failures) +
           "\" errors=\"" + std::to_string(errors) + "\" skipped=\"" + std::to_string(skipped) + '"';
  }
  Counts& operator+=(const Counts& other) {
    tests += other.tests, failures += other.failures, errors += other.errors, skipped += other.skipped;
    return *this;
  }
};

class JunitReport final : public Report {
 public:
  explicit JunitReport(std::ostream& out) : out_(out) {}

  void Begin(const RunInfo&) override {}

  void Add(const FileReport& file) override {
    const InputRow& input = file.input;
    const std::string name = XmlText(input.file);
    Counts counts;
    std::string cases;
    auto one = [&](std::string_view title, std::string_view within) {
      ++counts.tests;
      cases +=
          "    <testcase classname=\"" + name + "\" file=\"" + name + "\" name=\"" + XmlText(title) + '"';
      cases += within.empty() ? "/>\n" : ">\n" + std::string(within) + "    </testcase>\n";
    };
    for (const FindingRow& finding : file.findings) {
      const Guardrail& rule = *finding.guardrail;
      const std::string place =
          name + ':' + std::to_string(finding.line) + ':' + std::to_string(finding.column);
      std::string within;
      if (finding.waived) {
        ++counts.skipped;
        within = "      <skipped message=\"waived\"/>\n";
      } else {
        ++counts.failures;
        within = "      <failure type=\"" + std::string(ToString(rule.severity)) + "\" message=\"" +
                 XmlText(finding.message) + "\">" + place + "\n" + XmlText(finding.path) + "\n" +
                 XmlText(rule.remediation) + "</failure>\n";
      }
      one(rule.name + " " + file.subjects[finding.subject].id + " line " + std::to_string(finding.line),
          within);
    }
    if (input.error) {
      const Error& error = *input.error;
      ++counts.errors;
      one("is read", "      <error type=\"input\" message=\"" + XmlText(error.message) + "\">" + name + ':' +
                         std::to_string(error.place.line) + ':' + std::to_string(error.place.column) + "\n" +
                         XmlText(error.hint) + "</error>\n");
    } else if (input.status == InputStatus::kSkipped) {
      ++counts.skipped;
      one("is judged", "      <skipped message=\"" + XmlText(input.note) + "\"/>\n");
    } else if (file.findings.empty()) {
      one("has no finding", "");
    }
    all_ += counts;
    suites_.tail() +=
        "  <testsuite name=\"" + name + '"' + counts.Attributes() + ">\n" + cases + "  </testsuite>\n";
    suites_.Settle();
  }

  void End(const Summary&) override {
    out_ << "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"guardctl audit\""
         << all_.Attributes() << ">\n";
    suites_.Drain(out_);
    out_ << "</testsuites>\n";
  }

 private:
  std::ostream& out_;
  Spool suites_;
  Counts all_;
};

}  // namespace

std::unique_ptr<Report> MakeJunitReport(std::ostream& out) { return std::make_unique<JunitReport>(out); }

}  // namespace guard
