// Tested by tests/unit/reports/escape_test.cc.
#include "auditor/reports/escape.h"

#include "auditor/reports/terminal.h"

namespace guard {

std::string OneLine(std::string_view text) {
  std::string line(text);
  while (!line.empty() && (line.back() == '\n' || line.back() == '\r')) line.pop_back();
  for (char& c : line)
    if (c == '\n' || c == '\r' || c == '\t') c = ' ';
  return Printable(line);
}

std::string XmlText(std::string_view text) {
  constexpr std::string_view kReplacement = "\xEF\xBF\xBD";
  std::string line = OneLine(text), xml;
  xml.reserve(line.size());
  for (size_t i = 0; i < line.size(); ++i) {
    switch (line[i]) {
      case '&': xml += "&amp;"; break;
      case '<': xml += "&lt;"; break;
      case '>': xml += "&gt;"; break;
      case '"': xml += "&quot;"; break;
      default: {
        // U+FFFE and U+FFFF are characters that XML has no way to write.
        std::string_view three = std::string_view(line).substr(i, 3);
        if (three == "\xEF\xBF\xBE" || three == "\xEF\xBF\xBF")
          xml += kReplacement, i += 2;
        else
          xml += line[i];
      }
    }
  }
  return xml;
}

std::string MarkdownText(std::string_view text) {
  std::string markdown;
  for (char c : OneLine(text)) {
    switch (c) {
      case '&': markdown += "&amp;"; break;
      case '<': markdown += "&lt;"; break;
      case '>': markdown += "&gt;"; break;
      case '@': markdown += "&#64;"; break;
      default:
        if (std::string_view("\\`*_{}[]()#+!|~$").find(c) != std::string_view::npos) markdown += '\\';
        markdown += c;
    }
  }
  return markdown;
}

std::string CsvField(std::string_view text) {
  std::string line = OneLine(text);
  if (!line.empty() && std::string_view("=+-@").find(line.front()) != std::string_view::npos)
    line.insert(0, 1, '\'');
  if (line.find_first_of(",\"'; ") == std::string::npos) return line;
  std::string cell = "\"";
  for (char c : line) {
    if (c == '"') cell += '"';
    cell += c;
  }
  return cell + '"';
}

std::string CommandData(std::string_view text) {
  std::string data;
  for (char c : text) {
    switch (c) {
      case '%': data += "%25"; break;
      case '\r': data += "%0D"; break;
      case '\n': data += "%0A"; break;
      default: data += c;
    }
  }
  return data;
}

std::string CommandProperty(std::string_view text) {
  std::string property;
  for (char c : CommandData(text)) {
    if (c == ':')
      property += "%3A";
    else if (c == ',')
      property += "%2C";
    else
      property += c;
  }
  return property;
}

std::string_view RepositoryPath(std::string_view path) {
  while (path.starts_with("./")) path.remove_prefix(2);
  return path;
}

}  // namespace guard
