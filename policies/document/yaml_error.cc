// Tested by tests/unit/document/yaml_error_test.cc.
#include "policies/document/yaml_error.h"

#include <string_view>
#include <utility>

namespace guard {

namespace {

constexpr const char* kNoTabs = "YAML indents with spaces only";

// What libyaml says, what we say, and what to do about it. Matched by equality; what is not here stays as it
// is.
struct Translation {
  std::string_view problem;
  const char* message;
  const char* hint;
};

constexpr Translation kTranslations[] = {
    {"mapping values are not allowed in this context", "a key and its ':' are not possible here",
     "check the indentation, or quote a value that contains ': '"},
    {"could not find expected ':'", "a key without ':'", "a key is followed by ':' and a space"},
    {"did not find expected key", "expected a key here", "keys of one map begin in the same column"},
    {"did not find expected '-' indicator", "expected a list item ('- ') here",
     "items of one list begin in the same column"},
    {"did not find expected ',' or '}'", "expected ',' or '}' here", "a '{' before it is still open"},
    {"did not find expected ',' or ']'", "expected ',' or ']' here", "a '[' before it is still open"},
    {"did not find expected node content", "expected a value here", ""},
    {"did not find expected <document start>", "expected '---' or the end of the file here",
     "is this line indented less than the rest?"},
    {"found unexpected end of stream", "a quoted string is never closed", ""},
    {"found unexpected document indicator", "a quoted string is never closed",
     "'---' or '...' inside a quoted string"},
    {"block sequence entries are not allowed in this context", "a list item is not possible here",
     "begin the list on a line of its own"},
    {"block mapping entries are not allowed in this context", "a map is not possible here", ""},
    {"found unknown escape character", "unknown escape in a double-quoted string",
     "write \\\\ for a backslash, or use single quotes"},
    {"found a tab character where an indentation space is expected", "a tab is used for indentation",
     kNoTabs},
    {"found a tab character that violates indentation", "a tab is used for indentation", kNoTabs},
    {"found undefined tag handle", "a tag with an unknown prefix", ""},
    {"control characters are not allowed", "control characters are not allowed", ""},
    {"found incompatible YAML document", "this version of YAML is not supported", ""},
};

constexpr std::pair<std::string_view, std::string_view> kContexts[] = {
    {"a block mapping", "a map"},
    {"a block collection", "a list"},
    {"a flow mapping", "a map in braces"},
    {"a flow sequence", "a list in brackets"},
    {"a node", "a value"},
    {"a block node", "a value"},
    {"a flow node", "a value"},
};

bool LineIndentedByTab(std::string_view line) {
  size_t first = line.find_first_not_of(' ');
  return first != std::string_view::npos && line[first] == '\t';
}

// A template action; not an expression of GitHub (${{ .. }}), which is YAML as it stands.
bool HoldsAction(std::string_view line) {
  for (size_t at = line.find("{{"); at != std::string_view::npos; at = line.find("{{", at + 2))
    if (at == 0 || line[at - 1] != '$') return true;
  return false;
}

}  // namespace

std::string TemplateHint(const Source& source, uint32_t offset) {
  uint32_t line = source.Locate(offset).line;
  // An action often breaks the line after its own.
  if (!HoldsAction(source.Line(line)) && (line == 1 || !HoldsAction(source.Line(line - 1)))) return {};
  return "this looks like a template: render it first (helm template), then read the result";
}

Error TranslateYamlError(const Source& source, const yaml_parser_t& parser, YamlMark problem,
                         YamlMark context) {
  if (parser.error == YAML_MEMORY_ERROR) return source.ErrorAt({}, "out of memory while reading YAML");
  std::string_view said = parser.problem != nullptr ? parser.problem : "not valid YAML";
  uint32_t size = static_cast<uint32_t>(source.text().size());
  // Some complaints about quoted strings carry no mark but that of their context.
  uint32_t at = problem.known ? problem.offset : context.offset;
  char found = at < size ? source.text()[at] : '\0';
  uint32_t line = source.Locate(at).line;

  std::string message(said), hint;
  for (const Translation& translation : kTranslations)
    if (said == translation.problem) message = translation.message, hint = translation.hint;
  if (said == "found character that cannot start any token") {
    message = std::string("a value cannot begin with '") + found + "'";
    hint = "quote it";
    if (found == '\t') message = "a tab is used for indentation", hint = kNoTabs;
  } else if (said == "found unexpected end of stream" || said == "found unexpected document indicator" ||
             said == "could not find expected ':'") {
    if (context.known) at = context.offset;  // where it begins says more than where reading gave up
  } else if (LineIndentedByTab(source.Line(line))) {
    message = "a tab is used for indentation", hint = kNoTabs;
  }
  bool elsewhere = context.known && source.Locate(context.offset).line != source.Locate(at).line;
  if (elsewhere && parser.context != nullptr &&
      std::string_view(parser.context).starts_with("while parsing")) {
    std::string_view what(parser.context);
    for (const auto& [theirs, ours] : kContexts)
      if (what.ends_with(theirs)) what = ours;
    message += " (in " + std::string(what) + " that begins at line " +
               std::to_string(source.Locate(context.offset).line) + ")";
  }
  if (std::string template_hint = TemplateHint(source, at); !template_hint.empty()) hint = template_hint;
  return source.ErrorAt({at, at < size ? at + 1 : at}, std::move(message), std::move(hint));
}

}  // namespace guard
