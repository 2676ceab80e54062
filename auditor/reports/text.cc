// The report for people: each finding with the lines it is about, what is wrong, why it matters and what to
// do, then a summary that says at a glance whether this is good or bad.
//
// Findings of several guardrails at one place are one block (they are one thing to repair), led by the most
// severe. Why and what to do are told in full the first time a guardrail speaks, and by name after that.
// Tested by tests/unit/reports/reports_test.cc and tests/golden/audit.
#include <algorithm>
#include <map>
#include <set>

#include "auditor/reports/report.h"
#include "auditor/reports/terminal.h"

namespace guard {

namespace {

std::string Count(uint64_t n, std::string_view one, std::string_view many = {}) {
  std::string digits = std::to_string(n);
  for (int i = static_cast<int>(digits.size()) - 3; i > 0; i -= 3) digits.insert(static_cast<size_t>(i), ",");
  if (one.empty()) return digits;
  return digits + ' ' +
         (n == 1         ? std::string(one)
          : many.empty() ? std::string(one) + 's'
                         : std::string(many));
}

class TextReport final : public Report {
 public:
  explicit TextReport(std::ostream& out) : out_(out) {}

  bool wants_excerpts() const override { return true; }

  void Begin(const RunInfo& info) override {
    info_ = &info;
    paint_ = Painter(info.colour);
  }

  void Add(const FileReport& file) override {
    if (file.input.status == InputStatus::kSkipped) ++skipped_[file.input.note];
    if (file.input.error) Failure(file.input);
    std::vector<bool> told(file.findings.size());
    for (size_t i = 0; i < file.findings.size(); ++i) {
      if (told[i]) continue;
      std::vector<const FindingRow*> block;
      for (size_t j = i; j < file.findings.size(); ++j) {
        const FindingRow &a = file.findings[i], &b = file.findings[j];
        if (a.line != b.line) break;  // findings are sorted by line
        if (told[j] || a.subject != b.subject || a.column != b.column) continue;
        told[j] = true;
        block.push_back(&b);
      }
      std::stable_sort(block.begin(), block.end(), [](const FindingRow* a, const FindingRow* b) {
        return a->guardrail->severity > b->guardrail->severity;
      });
      Block(file, block);
    }
  }

  void End(const Summary& summary) override {
    for (const auto& [note, count] : skipped_)
      out_ << paint_(Style::kDim, "skipped " + Count(count, "file") + ": " + Printable(note)) << '\n';
    if (!skipped_.empty()) out_ << '\n';
    out_ << paint_(Style::kBold, "Summary") << ": " << Count(summary.files_audited, "file") << " audited";
    if (summary.files_skipped) out_ << ", " << Count(summary.files_skipped, "") << " skipped";
    if (summary.files_failed)
      out_ << ", " << paint_(Style::kRed, Count(summary.files_failed, "") + " failed");
    out_ << "; " << Count(summary.subjects_with_findings, "") << " of " << Count(summary.subjects, "object")
         << (summary.subjects_with_findings == 1 ? " has" : " have") << " findings\n";
    uint64_t decisive = 0;
    for (int i = kSeverities - 1; i >= 0; --i) {
      Severity severity = static_cast<Severity>(i);
      uint64_t count = summary.by_severity[static_cast<size_t>(i)];
      if (severity >= info_->fail_on) decisive += count;
      if (count == 0) continue;
      std::string name(ToString(severity));
      std::string number = Count(count, "");
      out_ << "  " << paint_.Severe(severity, name) << std::string(10 - name.size(), ' ')
           << std::string(number.size() < 6 ? 6 - number.size() : 0, ' ') << number << "  "
           << Wrap(Rules(severity), 20, info_->width) << '\n';
    }
    if (summary.waived) out_ << "  waived    " << summary.waived << '\n';
    Verdict(summary, decisive);
    if (!counts_.empty())
      out_ << paint_(Style::kDim, "guardctl explain RULE tells more about any of them") << '\n';
    out_.flush();
  }

 private:
  void Failure(const InputRow& input) {
    const Error& error = *input.error;
    out_ << paint_(Style::kRed, "error") << paint_(Style::kBold, ": " + Printable(error.message)) << '\n';
    std::string place = ToString(error.place);
    std::string number = error.place.line ? std::to_string(error.place.line) : "";
    std::string margin(std::max<size_t>(number.size(), 1), ' ');
    out_ << margin << paint_(Style::kBlue, "--> ") << Printable(place.empty() ? input.file : place) << '\n';
    if (!error.line_text.empty() && error.place.column != 0) {
      out_ << margin << paint_(Style::kBlue, " |") << '\n';
      SourceLine(number, error.line_text);
      Carets(margin, error.line_text, error.place.column, error.place.column + error.caret_length,
             Style::kRed);
    }
    if (!error.hint.empty()) Note(margin, "help", error.hint);
    if (input.documents)
      Note(margin, "note",
           Count(input.documents, "document") + " before it " + (input.documents == 1 ? "was" : "were") +
               " audited");
    out_ << '\n';
  }

  void Block(const FileReport& file, const std::vector<const FindingRow*>& block) {
    const FindingRow& first = *block.front();
    const Guardrail& rule = *first.guardrail;
    for (const FindingRow* finding : block) ++counts_[finding->guardrail];
    out_ << paint_.Severe(rule.severity, std::string(ToString(rule.severity)) + "[" + rule.name + "]")
         << paint_(Style::kBold, ": " + Printable(first.message)) << (first.waived ? " (waived)" : "")
         << '\n';
    uint32_t last = first.excerpt_line + static_cast<uint32_t>(first.excerpt.size());
    std::string margin(std::to_string(std::max(last, first.line)).size(), ' ');
    out_ << margin << paint_(Style::kBlue, "--> ") << Printable(file.input.file) << ':' << first.line << ':'
         << first.column << '\n';
    Excerpt(margin, first);
    Note(margin, "in", file.subjects[first.subject].id + (first.path.empty() ? "" : ", " + first.path));
    Others(margin, block);
    if (explained_.insert(&rule).second) {
      Note(margin, "why", rule.description);
      Note(margin, "help", rule.remediation);
    }
    std::set<std::string> fixes;  // several guardrails may ask for the same change
    for (const FindingRow* finding : block) {
      std::string change;
      for (const FixEdit& edit : finding->fix)
        change += std::to_string(edit.offset) + '+' + std::to_string(edit.length) + edit.text + '\0';
      if (!change.empty() && fixes.insert(std::move(change)).second) Fix(margin, *finding);
    }
    out_ << '\n';
  }

  // What other guardrails say about the same place; a guardrail is named once, and the tail of a long list
  // counted.
  void Others(const std::string& margin, const std::vector<const FindingRow*>& block) {
    constexpr size_t kShown = 6;
    std::vector<std::string> notes;
    const FindingRow& first = *block.front();
    for (const FindingRow* other : block) {
      std::string note =
          std::string(ToString(other->guardrail->severity)) + "[" + other->guardrail->name + "]";
      if (other->message != first.message) note += ": " + other->message;
      bool told = other->guardrail == first.guardrail && other->message == first.message;
      if (!told && std::find(notes.begin(), notes.end(), note) == notes.end())
        notes.push_back(std::move(note));
    }
    for (size_t i = 0; i < notes.size() && i < kShown; ++i) Note(margin, "also", notes[i]);
    if (notes.size() > kShown) Note(margin, "also", Count(notes.size() - kShown, "other guardrail"));
  }

  void Excerpt(const std::string& margin, const FindingRow& finding) {
    if (finding.excerpt.empty()) return;
    out_ << margin << paint_(Style::kBlue, " |") << '\n';
    for (size_t i = 0; i < finding.excerpt.size(); ++i) {
      uint32_t number = finding.excerpt_line + static_cast<uint32_t>(i);
      std::string digits = std::to_string(number);
      SourceLine(std::string(margin.size() - std::min(margin.size(), digits.size()), ' ') + digits,
                 finding.excerpt[i]);
      if (number != finding.line) continue;
      uint32_t end = finding.end_line == finding.line ? finding.end_column : UINT32_MAX;
      Carets(margin, finding.excerpt[i], finding.column, end,
             finding.guardrail->severity >= Severity::kHigh ? Style::kRed : Style::kYellow);
    }
    out_ << margin << paint_(Style::kBlue, " |") << '\n';
  }

  void SourceLine(const std::string& number, std::string_view line) {
    std::string text = Printable(line.substr(0, 4 * info_->width));
    out_ << paint_(Style::kBlue, number + " |") << (text.empty() ? "" : " ") << text << '\n';
  }

  // Underlines columns [begin, end) of a line; columns are code points, carets are terminal columns.
  void Carets(const std::string& margin, std::string_view line, uint32_t begin, uint32_t end, Style style) {
    std::string text = Printable(line.substr(0, 4 * info_->width));
    size_t at = 0, first = text.size(), last = text.size();
    for (uint32_t column = 1; at <= text.size(); ++column) {
      if (column == begin) first = at;
      if (column == end) last = at;
      if (at == text.size()) break;
      ++at;
      while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80) ++at;
    }
    while (last > first + 1 && text[last - 1] == ' ') --last;
    uint32_t before = DisplayWidth(std::string_view(text).substr(0, first));
    uint32_t width = std::max(1u, DisplayWidth(std::string_view(text).substr(first, last - first)));
    out_ << margin << paint_(Style::kBlue, " |") << ' ' << std::string(before, ' ')
         << paint_(style, std::string(width, '^')) << '\n';
  }

  void Note(const std::string& margin, std::string_view label, std::string_view text) {
    uint32_t indent = static_cast<uint32_t>(margin.size() + 5 + label.size());
    out_ << margin << paint_(Style::kBlue, " = ") << paint_(Style::kBold, label) << ": "
         << Wrap(Printable(text), indent, info_->width) << '\n';
  }

  // The change itself, where it is short enough to read.
  void Fix(const std::string& margin, const FindingRow& finding) {
    Note(margin, finding.fix_safe ? "fix" : "fix, to be reviewed", finding.fix_title);
    constexpr size_t kLongest = 8;
    if (finding.fix_preview.size() > kLongest) return;
    for (const FixLine& line : finding.fix_preview) {
      std::string text =
          (line.added ? "+ " : "- ") + Printable(std::string_view(line.text).substr(0, 4 * info_->width));
      out_ << margin << "   " << paint_(line.added ? Style::kGreen : Style::kRed, text) << '\n';
    }
  }

  std::string Rules(Severity severity) const {
    std::vector<std::pair<std::string, uint64_t>> rules;
    for (const auto& [rule, count] : counts_)
      if (rule->severity == severity) rules.emplace_back(rule->name, count);
    std::sort(rules.begin(), rules.end(), [](const auto& a, const auto& b) {
      return a.second != b.second ? a.second > b.second : a.first < b.first;
    });
    std::string text;
    constexpr size_t kShown = 6;
    for (size_t i = 0; i < rules.size() && i < kShown; ++i) {
      text += (i ? ", " : "") + rules[i].first;
      if (rules[i].second > 1) text += " ×" + Count(rules[i].second, "");
    }
    if (rules.size() > kShown) text += " and " + Count(rules.size() - kShown, "other rule");
    return text;
  }

  void Verdict(const Summary& summary, uint64_t decisive) {
    std::string floor(ToString(info_->fail_on));
    if (summary.files_failed)
      out_ << paint_(Style::kRed, "FAIL") << ": " << Count(summary.files_failed, "input")
           << " could not be read, so nothing is known about " << (summary.files_failed == 1 ? "it" : "them")
           << '\n';
    else if (decisive)
      out_ << paint_(Style::kRed, "FAIL") << ": " << Count(decisive, "finding") << " at or above " << floor
           << '\n';
    else if (summary.files_audited)
      out_ << paint_(Style::kGreen, "PASS") << ": nothing at or above " << floor << '\n';
    else
      out_ << paint_(Style::kRed, "NOTHING AUDITED") << ": no input here is of a kind that guardctl judges\n";
  }

  std::ostream& out_;
  const RunInfo* info_ = nullptr;
  Painter paint_{false};
  std::map<std::string, uint64_t> skipped_;
  std::map<const Guardrail*, uint64_t> counts_;
  std::set<const Guardrail*> explained_;
};

}  // namespace

std::unique_ptr<Report> MakeTextReport(std::ostream& out) { return std::make_unique<TextReport>(out); }

}  // namespace guard
