// guardctl evidence: what can be shown later about what was decided.
// Tested by tests/e2e/decision_log.sh.
#include <cstdio>
#include <iostream>

#include "auditor/commands/commands.h"
#include "auditor/reports/json_text.h"
#include "auditor/reports/terminal.h"
#include "webhook/decisions/verify.h"

namespace guard {

namespace {

constexpr std::string_view kOther = "other";
constexpr size_t kMostPrintedBreaks = 20;

std::string_view VerdictName(size_t i) { return i < kLogVerdicts.size() ? kLogVerdicts[i] : kOther; }

std::string Count(uint64_t count, std::string_view one, std::string_view many) {
  return std::to_string(count) + ' ' + std::string(count == 1 ? one : many);
}

void PrintText(const LogFiles& log, const LogSummary& summary) {
  std::cout << Printable(log.name) << ": " << Count(summary.files.size(), "file", "files") << ", "
            << Count(summary.lines, "line", "lines") << ", " << Count(summary.records, "record", "records");
  if (summary.records)
    std::cout << " (" << summary.first_seq << " to " << summary.last_seq << ")\n  from " << summary.first_time
              << " to " << summary.last_time;
  std::cout << "\n  " << Count(summary.decisions, "decision", "decisions");
  for (size_t i = 0; i < summary.verdicts.size(); ++i)
    if (summary.verdicts[i] || i < kLogVerdicts.size())
      std::cout << (i ? ", " : ": ") << summary.verdicts[i] << ' ' << VerdictName(i);
  std::cout << '\n';
  if (summary.first_seq > 1)
    std::cout << "  records 1 to " << summary.first_seq - 1 << " are not in these files (rotated away)\n";
  if (summary.break_count) std::cout << "  " << Count(summary.break_count, "break", "breaks") << '\n';
  for (size_t i = 0; i < summary.breaks.size() && i < kMostPrintedBreaks; ++i) {
    const LogBreak& found = summary.breaks[i];
    std::cout << "    " << Printable(found.file) << ':' << found.line << ": " << found.reason << ", "
              << found.time;
    if (found.debris) std::cout << ", " << found.debris << " bytes that are no record";
    std::cout << '\n';
  }
  if (summary.break_count > kMostPrintedBreaks)
    std::cout << "    and " << summary.break_count - kMostPrintedBreaks << " more\n";
  if (summary.records)
    std::cout << "  head " << summary.head << (summary.closed ? " (closed)" : " (not closed)") << '\n';
  for (const LogFinding& finding : summary.findings)
    std::cout << Printable(finding.file) << ':' << finding.line << ": " << ToString(finding.issue) << ": "
              << Printable(finding.message) << '\n';
  if (summary.finding_count > summary.findings.size())
    std::cout << "and " << summary.finding_count - summary.findings.size() << " more findings\n";
}

void WriteJson(JsonText& json, const LogFiles& log, const LogSummary& summary) {
  json.Open('{').Field("name", log.name).Key("files").Open('[');
  for (const std::string& file : summary.files) json.String(file);
  json.Close(']')
      .Field("bytes", summary.bytes)
      .Field("lines", summary.lines)
      .Field("records", summary.records);
  json.Key("first").Open('{').Field("seq", summary.first_seq).Field("time", summary.first_time).Close('}');
  json.Key("last").Open('{').Field("seq", summary.last_seq).Field("time", summary.last_time);
  json.Field("sha256", summary.head).Key("closed").Bool(summary.closed).Close('}');
  json.Field("decisions", summary.decisions).Key("verdicts").Open('{');
  for (size_t i = 0; i < summary.verdicts.size(); ++i) json.Field(VerdictName(i), summary.verdicts[i]);
  json.Close('}').Field("breakCount", summary.break_count).Key("breaks").Open('[');
  for (const LogBreak& found : summary.breaks)
    json.Open('{')
        .Field("file", found.file)
        .Field("line", found.line)
        .Field("time", found.time)
        .Field("reason", found.reason)
        .Field("debrisBytes", found.debris)
        .Close('}');
  json.Close(']').Field("findingCount", summary.finding_count).Key("findings").Open('[');
  for (const LogFinding& finding : summary.findings)
    json.Open('{')
        .Field("file", finding.file)
        .Field("line", finding.line)
        .Field("issue", ToString(finding.issue))
        .Field("message", finding.message)
        .Close('}');
  json.Close(']').Close('}');
}

}  // namespace

int RunVerifyLog(const VerifyLogCommand& command) {
  auto logs = FindLogs(command.paths);
  if (!logs) return PrintError(logs.error()), kExitBroken;
  if (logs->empty()) {
    std::cerr << "guardctl: no decision log here; it is called NAME.jsonl, or lies beside its lock\n";
    return kExitNothing;
  }
  if (!command.head.empty() && logs->size() > 1) {
    std::cerr << "guardctl: --head is about one log, and these are " << logs->size() << '\n';
    return kExitBroken;
  }
  bool json = command.format == "json";
  std::string text;
  JsonText writer(&text);
  if (json) writer.Open('{').Field("version", uint64_t{1}).Key("logs").Open('[');
  int status = kExitFine;
  for (const LogFiles& log : *logs) {
    auto summary = VerifyLog(log, command.head);
    if (!summary) {
      PrintError(summary.error());
      status = kExitBroken;
      continue;
    }
    if (json)
      WriteJson(writer, log, *summary);
    else
      PrintText(log, *summary);
    if (summary->finding_count && status == kExitFine) status = kExitFindings;
  }
  if (json) {
    writer.Close(']').Close('}');
    std::cout << text << '\n';
  } else if (status == kExitFine) {
    std::cout << "the chain holds\n";
  }
  std::cout.flush();
  if (!std::cout) {
    std::cerr << "guardctl: cannot write the report\n";
    return kExitBroken;
  }
  return status;
}

}  // namespace guard
