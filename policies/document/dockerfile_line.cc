// Keyword, flags and words of one instruction, each kind of keyword in its own way, from a table. Tested by
// tests/unit/document/dockerfile_test.cc.
#include "policies/document/dockerfile_line.h"

#include <algorithm>

#include "policies/document/dockerfile_chars.h"

namespace guard {

namespace {

constexpr std::string_view kBlanks = "\t\v\f\r ";
constexpr uint32_t kDeepestOnbuild = 8;

// How an instruction's arguments are written.
enum class Grammar : uint8_t {
  kText,
  kWords,
  kQuoted,
  kPairs,
  kTextOrJson,
  kWordsOrJson,
  kHealthcheck,
  kOnbuild
};

struct Keyword {
  std::string_view name;
  Grammar grammar;
};

constexpr Keyword kKeywords[] = {
    {"ADD", Grammar::kWordsOrJson},
    {"ARG", Grammar::kQuoted},
    {"CMD", Grammar::kTextOrJson},
    {"COPY", Grammar::kWordsOrJson},
    {"ENTRYPOINT", Grammar::kTextOrJson},
    {"ENV", Grammar::kPairs},
    {"EXPOSE", Grammar::kWords},
    {"FROM", Grammar::kWords},
    {"HEALTHCHECK", Grammar::kHealthcheck},
    {"LABEL", Grammar::kPairs},
    {"MAINTAINER", Grammar::kText},
    {"ONBUILD", Grammar::kOnbuild},
    {"RUN", Grammar::kTextOrJson},
    {"SHELL", Grammar::kTextOrJson},
    {"STOPSIGNAL", Grammar::kText},
    {"USER", Grammar::kText},
    {"VOLUME", Grammar::kWordsOrJson},
    {"WORKDIR", Grammar::kText},
};

bool IsBlank(char c) { return kBlanks.find(c) != std::string_view::npos; }

class Splitter {
 public:
  Splitter(const Source& source, const JoinedLine& line, char escape)
      : source_(source), line_(line), escape_(escape) {}

  Result<DockerfileInstruction> Split(std::string_view text, uint32_t depth) {
    DockerfileInstruction instruction;
    text = TrimSpace(text);
    instruction.text = text;
    instruction.span = line_.InSource(text);
    size_t end = std::min(text.find_first_of(kBlanks), text.size());
    instruction.keyword = Word(text.substr(0, end));
    for (char c : instruction.keyword.text)
      instruction.name += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    std::string_view rest = text.substr(end);
    rest.remove_prefix(std::min(rest.find_first_not_of(kBlanks), rest.size()));
    rest = TrimSpace(Flags(rest, instruction.flags));
    instruction.arguments = Word(rest);
    const Keyword* keyword = std::find_if(std::begin(kKeywords), std::end(kKeywords),
                                          [&](const Keyword& k) { return k.name == instruction.name; });
    if (keyword != std::end(kKeywords)) TRY_VOID(Arguments(rest, keyword->grammar, depth, instruction));
    return instruction;
  }

 private:
  DockerfileWord Word(std::string_view part) { return {std::string(part), line_.InSource(part)}; }

  Error ErrorAt(std::string_view part, std::string message, std::string hint = {}) {
    return source_.ErrorAt(line_.InSource(part), std::move(message), std::move(hint));
  }

  // Takes the words that begin with "--" until one does not, or is "--" alone; returns what is left. Quotes
  // and backslashes are resolved here, whatever the escape character is.
  std::string_view Flags(std::string_view text, std::vector<DockerfileWord>& flags) {
    size_t at = 0;
    for (;;) {
      at += LeadingSpace(text.substr(at));
      if (!text.substr(at).starts_with("--")) return text.substr(at);
      size_t begin = at;
      std::string word;
      char quote = 0;
      while (at < text.size()) {
        CodePoint point = DecodeCodePoint(text, at);
        if (quote == 0 && IsUnicodeSpace(point.value)) break;
        if (quote == 0 && (point.value == '\'' || point.value == '"')) {
          quote = text[at++];
          continue;
        }
        if (quote != 0 && text[at] == quote) {
          quote = 0;
          ++at;
          continue;
        }
        if (text[at] == '\\') {
          if (++at == text.size()) break;
          point = DecodeCodePoint(text, at);
        }
        word += text.substr(at, point.size);
        at += point.size;
      }
      if (word == "--") return text.substr(at);
      flags.push_back({std::move(word), line_.InSource(text.substr(begin, at - begin))});
    }
  }

  Result<void> Arguments(std::string_view rest, Grammar grammar, uint32_t depth, DockerfileInstruction& to) {
    switch (grammar) {
      case Grammar::kText:
        to.form = DockerfileForm::kText;
        if (!rest.empty()) to.words.push_back(Word(rest));
        return {};
      case Grammar::kWords: return Blanks(rest, to), Result<void>();
      case Grammar::kQuoted:
        to.form = DockerfileForm::kWords;
        for (Piece& piece : Pieces(rest)) to.words.push_back(std::move(piece.word));
        return {};
      case Grammar::kPairs: return Pairs(rest, to);
      case Grammar::kTextOrJson:
      case Grammar::kWordsOrJson: return MaybeJson(rest, grammar, to);
      case Grammar::kHealthcheck: {
        size_t end = 0;
        while (end < rest.size() && LeadingSpace(rest.substr(end)) == 0) ++end;
        to.form = DockerfileForm::kText;
        if (rest.empty()) return {};
        to.words.push_back(Word(rest.substr(0, end)));
        rest.remove_prefix(end);
        return MaybeJson(rest.substr(LeadingSpace(rest)), Grammar::kTextOrJson, to);
      }
      case Grammar::kOnbuild: {
        to.form = DockerfileForm::kNested;
        if (rest.empty()) return {};
        if (depth == kDeepestOnbuild) return Fail(ErrorAt(rest, "ONBUILD is nested too deep"));
        to.nested = std::make_unique<DockerfileInstruction>(TRY(Split(rest, depth + 1)));
        return {};
      }
    }
    return {};
  }

  void Blanks(std::string_view rest, DockerfileInstruction& to) {
    to.form = DockerfileForm::kWords;
    for (size_t at = 0; at < rest.size();) {
      size_t end = at;
      while (end < rest.size() && !IsBlank(rest[end])) ++end;
      to.words.push_back(Word(rest.substr(at, end - at)));
      while (end < rest.size() && IsBlank(rest[end])) ++end;
      at = end;
    }
  }

  Result<void> MaybeJson(std::string_view rest, Grammar grammar, DockerfileInstruction& to) {
    std::vector<JsonString> strings;
    switch (rest.starts_with('[') ? ReadJsonStrings(rest, strings) : JsonStrings::kNotJson) {
      case JsonStrings::kNotStrings:
        return Fail(ErrorAt(rest, "an array in JSON form must hold strings only",
                            "put each argument in double quotes: [\"a\", \"1\"]"));
      case JsonStrings::kStrings:
        to.form = DockerfileForm::kJson;
        for (JsonString& string : strings)
          to.words.push_back({std::move(string.value), line_.InSource(string.written)});
        return {};
      case JsonStrings::kNotJson: break;
    }
    if (grammar == Grammar::kWordsOrJson) return Blanks(rest, to), Result<void>();
    to.form = DockerfileForm::kText;
    if (!rest.empty()) to.words.push_back(Word(rest));
    return {};
  }

  // A word in which quotes and escapes protect spaces; both are kept.
  struct Piece {
    DockerfileWord word;
    std::string_view written;
  };
  std::vector<Piece> Pieces(std::string_view text) {
    std::vector<Piece> pieces;
    size_t at = 0;
    for (;;) {
      at += LeadingSpace(text.substr(at));
      if (at == text.size()) return pieces;
      size_t begin = at;
      std::string word;
      char quote = 0;
      while (at < text.size()) {
        CodePoint point = DecodeCodePoint(text, at);
        if (quote == 0 && IsUnicodeSpace(point.value)) break;
        if (text[at] == escape_ && quote != '\'') {
          if (at + 1 == text.size()) {  // an escape at the very end says nothing
            ++at;
            break;
          }
          word += text[at++];
          point = DecodeCodePoint(text, at);
        } else if (quote == 0 && (text[at] == '\'' || text[at] == '"')) {
          quote = text[at];
        } else if (text[at] == quote) {
          quote = 0;
        }
        word += text.substr(at, point.size);
        at += point.size;
      }
      std::string_view written = text.substr(begin, at - begin);
      if (!word.empty()) pieces.push_back({{std::move(word), line_.InSource(written)}, written});
    }
  }

  Result<void> Pairs(std::string_view rest, DockerfileInstruction& to) {
    to.form = DockerfileForm::kPairs;
    std::vector<Piece> pieces = Pieces(rest);
    if (pieces.empty()) return {};
    if (pieces.front().word.text.find('=') == std::string::npos) {
      size_t end = rest.find_first_of(kBlanks);
      if (end == std::string_view::npos) {
        return Fail(ErrorAt(rest, to.name + " needs a name and a value",
                            "write " + to.name + " " + std::string(rest.substr(0, 60)) + "=value"));
      }
      std::string_view value = rest.substr(end);
      value.remove_prefix(std::min(value.find_first_not_of(kBlanks), value.size()));
      to.pairs.push_back({Word(rest.substr(0, end)), Word(value), false});
      return {};
    }
    for (const Piece& piece : pieces) {
      const std::string& word = piece.word.text;
      size_t equals = word.find('=');
      if (equals == std::string::npos) {
        return Fail(ErrorAt(piece.written, "there is no '=' in \"" + word.substr(0, 80) + "\"",
                            "write " + to.name + " name=value, and quote values that hold spaces"));
      }
      // Up to the first '=' nothing is dropped, so that offsets are the same in the word and in what was
      // written.
      to.pairs.push_back({{word.substr(0, equals), line_.InSource(piece.written.substr(0, equals))},
                          {word.substr(equals + 1), line_.InSource(piece.written.substr(equals + 1))}});
    }
    return {};
  }

  const Source& source_;
  const JoinedLine& line_;
  char escape_;
};

}  // namespace

void JoinedLine::Append(std::string_view piece, size_t source_offset) {
  pieces_.push_back({static_cast<uint32_t>(text_.size()), static_cast<uint32_t>(source_offset)});
  text_ += piece;
}

uint32_t JoinedLine::SourceOffset(size_t joined) const {
  auto after = std::upper_bound(pieces_.begin(), pieces_.end(), joined,
                                [](size_t offset, const Piece& piece) { return offset < piece.joined; });
  if (after == pieces_.begin()) return 0;
  const Piece& piece = *(after - 1);
  return piece.source + static_cast<uint32_t>(joined - piece.joined);
}

Span JoinedLine::InSource(std::string_view part) const {
  size_t begin = part.data() == nullptr ? 0 : static_cast<size_t>(part.data() - text_.data());
  uint32_t first = SourceOffset(begin);
  if (part.empty()) return {first, first};
  return {first, SourceOffset(begin + part.size() - 1) + 1};
}

Result<DockerfileInstruction> SplitInstruction(const Source& source, const JoinedLine& line, char escape) {
  return Splitter(source, line, escape).Split(line.text(), 0);
}

}  // namespace guard
