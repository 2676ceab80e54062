// The tree in the notation of BuildKit's parser, so that its cases are ours. Tested by
// tests/unit/document/dockerfile_test.cc.
#include "policies/base/utf8.h"
#include "policies/document/dockerfile.h"
#include "policies/document/dockerfile_chars.h"

namespace guard {

namespace {

// As Go's strconv.Quote writes it.
void Quote(std::string_view text, std::string& out) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  out += '"';
  for (size_t at = 0; at < text.size();) {
    CodePoint point = DecodeCodePoint(text, at);
    std::string_view bytes = text.substr(at, point.size);
    at += point.size;
    size_t letter = std::string_view("\"\\\a\b\f\n\r\t\v").find(bytes);
    if (letter != std::string_view::npos) {
      out += '\\';
      out += "\"\\abfnrtv"[letter];
    } else if (IsPrintable(point.value)) {
      out += bytes;
    } else if (point.value < 0x80 || point.value > 0x10FFFF) {
      auto byte = static_cast<unsigned char>(bytes[0]);
      out += "\\x";
      out += kDigits[byte >> 4];
      out += kDigits[byte & 15];
    } else {
      out += point.value > 0xFFFF ? "\\U" : "\\u";
      for (int shift = point.value > 0xFFFF ? 28 : 12; shift >= 0; shift -= 4)
        out += kDigits[point.value >> shift & 15];
    }
  }
  out += '"';
}

void Print(const DockerfileInstruction& instruction, std::string& out) {
  out += '(';
  for (char c : instruction.keyword.text) out += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  if (!instruction.flags.empty()) {
    out += " [";
    for (const DockerfileWord& flag : instruction.flags) {
      if (out.back() != '[') out += ' ';
      Quote(flag.text, out);
    }
    out += ']';
  }
  for (const DockerfileWord& word : instruction.words) Quote(word.text, out += ' ');
  for (const DockerfilePair& pair : instruction.pairs) {
    Quote(pair.name.text, out += ' ');
    Quote(pair.value.text, out += ' ');
    out += pair.equals_sign ? " \"=\"" : " \"\"";
  }
  if (instruction.nested) Print(*instruction.nested, out += ' ');
  if (instruction.form == DockerfileForm::kNone) out += " \"\"";
  out += ')';
}

}  // namespace

std::string DumpSExpressions(const DockerfileTree& tree) {
  std::string out;
  for (const DockerfileInstruction& instruction : tree.instructions) {
    Print(instruction, out);
    out += '\n';
  }
  return out;
}

}  // namespace guard
