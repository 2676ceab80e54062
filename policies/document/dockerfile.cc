// Lines: parser directives, comments, continuations, heredoc bodies. Tested by
// tests/unit/document/dockerfile_test.cc.
#include "policies/document/dockerfile.h"

#include <algorithm>

#include "policies/document/dockerfile_chars.h"
#include "policies/document/dockerfile_line.h"

namespace guard {

namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

bool IsLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }

std::string_view TrimLineBreak(std::string_view line) {
  while (!line.empty() && (line.back() == '\n' || line.back() == '\r')) line.remove_suffix(1);
  return line;
}

std::string_view TrimLeft(std::string_view text) { return text.substr(LeadingSpace(text)); }

bool IsComment(std::string_view line) { return TrimLeft(line).starts_with('#'); }

class Reader {
 public:
  explicit Reader(const Source& source) : source_(source), text_(source.text()) {
    if (text_.starts_with(kByteOrderMark)) at_ = kByteOrderMark.size();
  }

  Result<DockerfileTree> Read() {
    std::vector<DockerfileWord> comments;
    while (at_ < text_.size()) {
      std::string_view line = NextLine();
      std::string_view trimmed = TrimLeft(line);
      if (trimmed.starts_with('#')) {
        if (!TRY(Directive(trimmed))) comments.push_back(Comment(trimmed));
        continue;
      }
      directives_done_ = true;
      if (trimmed.empty()) {
        comments.clear();
        continue;
      }
      TRY_VOID(Instruction(trimmed, std::move(comments)));
      comments.clear();
    }
    if (tree_.instructions.empty()) {
      return Fail(source_.ErrorAt({0, 0}, "there is no instruction in this Dockerfile",
                                  "a Dockerfile begins with FROM, for instance FROM alpine:3.20"));
    }
    return std::move(tree_);
  }

 private:
  size_t Offset(std::string_view part) const { return static_cast<size_t>(part.data() - text_.data()); }
  Span SpanOf(std::string_view part) const {
    return {static_cast<uint32_t>(Offset(part)), static_cast<uint32_t>(Offset(part) + part.size())};
  }

  // The line with its break; TrimLineBreak's part of it otherwise.
  std::string_view NextRawLine() {
    size_t end = text_.find('\n', at_);
    end = end == std::string_view::npos ? text_.size() : end + 1;
    std::string_view line = text_.substr(at_, end - at_);
    at_ = end;
    ++line_number_;
    return line;
  }
  std::string_view NextLine() { return TrimLineBreak(NextRawLine()); }

  DockerfileWord Comment(std::string_view line) const {
    std::string_view comment = TrimSpace(line.substr(1));
    return {std::string(comment), SpanOf(comment)};
  }

  // "# name = value" is a directive at the very top only: the first line that is none, or names none that we
  // know, ends them.
  Result<bool> Directive(std::string_view line) {
    if (directives_done_) return false;
    directives_done_ = true;
    std::string_view rest = TrimLeft(line.substr(1));
    size_t end = 0;
    while (end < rest.size() && (IsLetter(rest[end]) || (end > 0 && IsDigit(rest[end])))) ++end;
    std::string name;
    for (char c : rest.substr(0, end)) name += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    std::string_view name_written = rest.substr(0, end);
    rest = TrimLeft(rest.substr(end));
    if (!rest.starts_with('=')) return false;
    std::string_view value = TrimSpace(rest.substr(1));
    if (value.empty() || (name != "syntax" && name != "escape" && name != "check")) return false;
    directives_done_ = false;
    for (const DockerfileDirective& other : tree_.directives) {
      if (other.name == name)
        return Fail(source_.ErrorAt(
            SpanOf(name_written), "only one " + name + " directive can be used",
            "the first one is in line " + std::to_string(source_.Locate(other.span.begin).line)));
    }
    if (name == "escape") {
      if (value != "\\" && value != "`")
        return Fail(source_.ErrorAt(SpanOf(value), "the escape character must be \\ or `"));
      tree_.escape = value[0];
    }
    tree_.directives.push_back({std::move(name), std::string(value), SpanOf(value)});
    return true;
  }

  // Takes the continuation off a line: an escape character at its end (blanks may follow), unless another one
  // is right before it.
  bool TakeContinuation(std::string_view& line) const {
    size_t last = line.find_last_not_of(" \t");
    if (last == std::string_view::npos || line[last] != tree_.escape) return false;
    if (last > 0 && line[last - 1] == tree_.escape) return false;
    line = line.substr(0, last);
    return true;
  }

  Result<void> Instruction(std::string_view line, std::vector<DockerfileWord> comments) {
    uint32_t first_line = line_number_;
    size_t begin = Offset(line);
    std::string_view last = line;
    std::optional<Span> empty_line;
    JoinedLine joined;
    bool continues = TakeContinuation(line);
    joined.Append(line, begin);
    while (continues && at_ < text_.size()) {
      line = NextLine();
      if (IsComment(line)) continue;
      if (TrimLeft(line).empty()) {
        if (!empty_line) empty_line = SpanOf(line);
        continue;
      }
      last = line;
      continues = TakeContinuation(line);
      joined.Append(line, Offset(line));
    }
    if (tree_.instructions.size() == kMostDockerfileInstructions) {
      return Fail(source_.ErrorAt(
          SpanOf(last),
          "this Dockerfile has more than " + std::to_string(kMostDockerfileInstructions) + " instructions"));
    }
    DockerfileInstruction instruction = TRY(SplitInstruction(source_, joined, tree_.escape));
    instruction.first_line = first_line;
    instruction.comments = std::move(comments);
    instruction.empty_continuation = empty_line;
    instruction.span.begin = static_cast<uint32_t>(begin);
    instruction.span.end = static_cast<uint32_t>(Offset(last) + last.size());
    const DockerfileInstruction& owner = instruction.nested ? *instruction.nested : instruction;
    bool may_open = owner.form != DockerfileForm::kJson &&
                    (owner.name == "RUN" || owner.name == "COPY" || owner.name == "ADD");
    if (may_open) {
      size_t search = 0;
      for (DockerfileHeredoc& heredoc : HeredocsOfLine(joined.text()))
        TRY_VOID(Body(joined, search, std::move(heredoc), instruction));
    }
    instruction.last_line = line_number_;
    tree_.instructions.push_back(std::move(instruction));
    return {};
  }

  Result<void> Body(const JoinedLine& joined, size_t& search, DockerfileHeredoc heredoc,
                    DockerfileInstruction& to) {
    size_t begin = at_;
    while (at_ < text_.size()) {
      size_t end = at_;
      std::string_view line = NextLine();
      if (heredoc.strip_tabs) line.remove_prefix(std::min(line.find_first_not_of('\t'), line.size()));
      if (line != heredoc.name) continue;
      heredoc.body_span = {static_cast<uint32_t>(begin), static_cast<uint32_t>(end)};
      heredoc.body = text_.substr(begin, end - begin);
      to.span.end = static_cast<uint32_t>(Offset(line) + line.size());
      search = std::min(joined.text().find("<<", search), joined.text().size() - 2) + 2;
      to.heredocs.push_back(std::move(heredoc));
      return {};
    }
    size_t opening = std::min(joined.text().find("<<", search), joined.text().size());
    return Fail(source_.ErrorAt(
        joined.InSource(joined.text().substr(opening, 2)), "the heredoc that begins here has no end",
        "end it with a line that holds " + heredoc.name.substr(0, 80) + " and nothing else"));
  }

  const Source& source_;
  std::string_view text_;
  size_t at_ = 0;
  uint32_t line_number_ = 0;
  bool directives_done_ = false;
  DockerfileTree tree_;
};

}  // namespace

Result<DockerfileTree> ParseDockerfileTree(const Source& source) {
  if (source.text().size() > kLargestDockerfile) {
    Error error;
    error.message = "the Dockerfile is larger than " + std::to_string(kLargestDockerfile >> 20) + " MiB";
    error.place.file = source.name();
    return Fail(std::move(error));
  }
  return Reader(source).Read();
}

}  // namespace guard
