// Text from inputs as other programs' formats may hold it. File names, messages and values are a stranger's:
// none of them may end an element, a cell or a command early.
#pragma once

#include <string>
#include <string_view>

namespace guard {

// One line without control characters (Printable); line breaks become spaces.
std::string OneLine(std::string_view text);

// For XML 1.0 text and attribute values: one line; what XML cannot hold at all becomes U+FFFD.
std::string XmlText(std::string_view text);

// For GitHub's and GitLab's Markdown, also inside a table: nothing in it is markup, HTML or a mention.
std::string MarkdownText(std::string_view text);

// A cell of RFC 4180, quoted where it has to be. A text that a spreadsheet would take for a formula gets an
// apostrophe in front.
std::string CsvField(std::string_view text);

// The message of a workflow command of GitHub, and the value of one of its properties.
std::string CommandData(std::string_view text);
std::string CommandProperty(std::string_view text);

// A path as a repository names it: without "./".
std::string_view RepositoryPath(std::string_view path);

}  // namespace guard
