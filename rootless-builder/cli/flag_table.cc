// Tested by tests/unit/cli/flag_table_test.cc.
#include "rootless-builder/cli/flag_table.h"

#include <algorithm>
#include <cstddef>

namespace guard::builder {

Result<bool> ParseGoBool(const std::string& text) {
  for (const char* yes : {"1", "t", "T", "TRUE", "true", "True"})
    if (text == yes) return true;
  for (const char* no : {"0", "f", "F", "FALSE", "false", "False"})
    if (text == no) return false;
  return Fail("'" + text + "' is neither true nor false");
}

Flag& FlagTable::Add(std::string_view names, std::string_view value, std::string_view about) {
  Flag flag;
  size_t comma = names.find(',');
  flag.name = names.substr(0, comma);
  if (comma != std::string_view::npos) flag.letter = names[comma + 1];
  flag.value = value;
  flag.about = about;
  if (value.empty()) flag.lone = "true";
  flags_.push_back(std::move(flag));
  return flags_.back();
}

void FlagTable::Text(std::string_view names, std::string_view value, std::string_view about, Take take) {
  Add(names, value, about).take = std::move(take);
}

void FlagTable::Text(std::string_view names, std::string_view value, std::string_view about,
                     std::string& into) {
  Text(names, value, about,
       [&into](const std::string& text) -> Result<void> { return into = text, Result<void>(); });
}

void FlagTable::List(std::string_view names, std::string_view value, std::string_view about,
                     std::vector<std::string>& into) {
  Text(names, value, about, [&into](const std::string& text) -> Result<void> {
    into.push_back(text);
    return {};
  });
}

void FlagTable::Bool(std::string_view names, std::string_view about, TakeBool take) {
  Add(names, "", about).take = [take = std::move(take)](const std::string& text) -> Result<void> {
    return take(TRY(ParseGoBool(text)));
  };
}

void FlagTable::Bool(std::string_view names, std::string_view about, bool& into) {
  Bool(names, about, [&into](bool value) -> Result<void> { return into = value, Result<void>(); });
}

void FlagTable::Maybe(std::string_view names, std::string_view value, std::string_view lone,
                      std::string_view about, Take take) {
  Flag& flag = Add(names, value, about);
  flag.lone = lone;
  flag.take = std::move(take);
}

void FlagTable::NoEffect(std::string_view names, std::string_view value, std::string_view reason) {
  Flag& flag = Add(names, value, reason);
  flag.effect = FlagEffect::kNone;
  bool boolean = value.empty();
  flag.take = [boolean](const std::string& text) -> Result<void> {
    if (boolean) TRY(ParseGoBool(text));
    return {};
  };
}

void FlagTable::Refuse(std::string_view names, std::string_view value, std::string_view instead) {
  Flag& flag = Add(names, value, instead);
  flag.effect = FlagEffect::kRefused;
  std::string what = command_ + ": " +
                     (flag.name.empty() ? "-" + std::string(1, flag.letter) : "--" + flag.name) +
                     " cannot be honoured here";
  flag.take = [what, hint = flag.about, boolean = flag.boolean()](const std::string& text) -> Result<void> {
    if (boolean && !TRY(ParseGoBool(text))) return {};
    return Fail(what, hint);
  };
}

void FlagTable::Only(std::string_view names, std::string_view value, std::vector<std::string> harmless,
                     std::string_view instead) {
  Flag& flag = Add(names, value, instead);
  flag.effect = FlagEffect::kRefused;
  std::string what = command_ + ": --" + flag.name;
  flag.take = [what, hint = flag.about,
               harmless = std::move(harmless)](const std::string& text) -> Result<void> {
    if (std::find(harmless.begin(), harmless.end(), text) != harmless.end()) return {};
    return Fail(what + "=" + text + " cannot be honoured here", hint);
  };
}

void FlagTable::Alias(std::string_view name, std::string_view of) {
  const Flag* original = Find(of);
  Flag copy = *original;
  copy.name = name;
  copy.letter = 0;
  copy.hidden = true;
  flags_.push_back(std::move(copy));
}

const Flag* FlagTable::Find(std::string_view name) const {
  if (name.empty()) return nullptr;
  for (const Flag& flag : flags_)
    if (flag.name == name) return &flag;
  return nullptr;
}

const Flag* FlagTable::Find(char letter) const {
  for (const Flag& flag : flags_)
    if (flag.letter == letter) return &flag;
  return nullptr;
}

std::unexpected<Error> FlagTable::Unknown(const std::string& written, std::string_view name) const {
  std::vector<std::string_view> known;
  for (const Flag& flag : flags_)
    if (!flag.hidden && flag.effect != FlagEffect::kRefused && !flag.name.empty()) known.push_back(flag.name);
  std::string_view nearest = name.size() > 1 ? Nearest(name, known) : std::string_view();
  return Fail(command_ + ": unknown flag " + written,
              nearest.empty() ? command_ + " --help lists the flags that there are"
                              : "did you mean --" + std::string(nearest) + "?");
}

Result<void> FlagTable::Accept(const Flag& flag, const std::string& written, const std::string& value) const {
  auto taken = flag.take(value);
  if (taken) return {};
  Error error = std::move(taken.error());
  // What the value's reader says does not know the flag.
  if (!error.message.starts_with(command_)) error.message = command_ + ": " + written + ": " + error.message;
  return Fail(std::move(error));
}

Result<FlagTable::Parsed> FlagTable::Parse(const std::vector<std::string>& arguments) const {
  Parsed parsed;
  for (size_t i = 0; i < arguments.size(); ++i) {
    const std::string& word = arguments[i];
    if (word.size() < 2 || word[0] != '-') {
      parsed.words.push_back(word);
      if (interspersed_) continue;
      parsed.words.insert(parsed.words.end(), arguments.begin() + static_cast<ptrdiff_t>(i) + 1,
                          arguments.end());
      break;
    }
    if (word == "--") {
      parsed.words.insert(parsed.words.end(), arguments.begin() + static_cast<ptrdiff_t>(i) + 1,
                          arguments.end());
      break;
    }
    auto next = [&](const Flag& flag, const std::string& written) -> Result<std::string> {
      if (!flag.lone.empty()) return flag.lone;
      if (i + 1 >= arguments.size())
        return Fail(command_ + ": " + written + " has no value", "write " + written + " " + flag.value);
      return arguments[++i];
    };
    if (word[1] == '-') {
      size_t equals = word.find('=');
      std::string written = word.substr(0, equals), name = written.substr(2);
      const Flag* flag = Find(name);
      if (flag == nullptr && name == "help") {
        parsed.help = true;
        return parsed;
      }
      if (flag == nullptr) return Unknown(written, name);
      std::string value = equals != std::string::npos ? word.substr(equals + 1) : TRY(next(*flag, written));
      TRY_VOID(Accept(*flag, written, value));
      continue;
    }
    // -abc: booleans in a row, the last one may have a value: -fFILE, -f=FILE, -f FILE.
    for (size_t at = 1; at < word.size(); ++at) {
      std::string written = {'-', word[at]};
      const Flag* flag = Find(word[at]);
      if (flag == nullptr && word[at] == 'h') {
        parsed.help = true;
        return parsed;
      }
      if (flag == nullptr) return Unknown(word.size() > 2 ? word : written, word.substr(1));
      std::string value;
      bool ends = true;
      if (at + 1 < word.size() && word[at + 1] == '=') {
        value = word.substr(at + 2);
      } else if (!flag->lone.empty()) {
        value = flag->lone;
        ends = false;
      } else if (at + 1 < word.size()) {
        value = word.substr(at + 1);
      } else {
        value = TRY(next(*flag, written));
      }
      TRY_VOID(Accept(*flag, written, value));
      if (ends) break;
    }
  }
  return parsed;
}

std::string FlagTable::Help() const {
  std::string text = "Usage: " + command_ + (usage_.empty() ? "" : " " + usage_) + "\n";
  if (!about_.empty()) text += "\n" + about_ + "\n";
  auto section = [&](FlagEffect effect, const char* title) {
    std::string lines;
    for (const Flag& flag : flags_) {
      if (flag.hidden || flag.effect != effect) continue;
      std::string line =
          flag.letter == 0 ? "      " : std::string("  -") + flag.letter + (flag.name.empty() ? "" : ", ");
      if (!flag.name.empty()) line += "--" + flag.name;
      if (!flag.boolean())
        line += (flag.lone.empty() ? " " : "[=") + flag.value + (flag.lone.empty() ? "" : "]");
      line += line.size() < 34 ? std::string(36 - line.size(), ' ') : "\n" + std::string(36, ' ');
      lines += line + flag.about + "\n";
    }
    if (!lines.empty()) text += std::string("\n") + title + "\n" + lines;
  };
  section(FlagEffect::kSome, "Flags:");
  section(FlagEffect::kNone, "Taken without effect:");
  section(FlagEffect::kRefused, "Refused:");
  return text;
}

}  // namespace guard::builder
