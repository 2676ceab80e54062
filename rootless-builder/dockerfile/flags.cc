// Tested by tests/unit/dockerfile/parse_test.cc.
#include "rootless-builder/dockerfile/flags.h"

#include <algorithm>

namespace guard::builder {

Word FlagValue(const Word& flag, size_t begin) {
  Word value{flag.text.substr(begin), flag.span};
  if (flag.span.size() == flag.text.size() && !value.text.empty())
    value.span.begin += static_cast<uint32_t>(begin);
  return value;
}

Result<Flags> Flags::Read(const Source& source, const DockerfileInstruction& instruction,
                          std::initializer_list<FlagRule> rules) {
  Flags flags;
  for (const Word& flag : instruction.flags) {
    size_t equals = flag.text.find('=');
    bool has_value = equals != std::string::npos;
    std::string name = flag.text.substr(2, has_value ? equals - 2 : std::string::npos);
    const FlagRule* rule =
        std::find_if(rules.begin(), rules.end(), [&](const FlagRule& r) { return r.name == name; });
    if (rule == rules.end()) {
      std::vector<std::string_view> names;
      std::string known;
      for (const FlagRule& r : rules) {
        names.push_back(r.name);
        known += (known.empty() ? "--" : ", --") + std::string(r.name);
      }
      std::string_view nearest = Nearest(name, names);
      std::string hint = !nearest.empty() ? "did you mean --" + std::string(nearest) + "?"
                         : known.empty()  ? instruction.name + " takes no flags"
                                          : instruction.name + " takes " + known;
      return Fail(source.ErrorAt(
          flag.span, "unknown flag --" + name.substr(0, 80) + " of " + instruction.name, std::move(hint)));
    }
    bool is_bool = rule->kind == FlagKind::kBool;
    bool seen = std::any_of(flags.values_.begin(), flags.values_.end(),
                            [&](const Value& value) { return value.name == rule->name; });
    if (seen && rule->kind != FlagKind::kStrings)
      return Fail(source.ErrorAt(flag.span, "--" + name + " is given twice"));
    Word value = FlagValue(flag, has_value ? equals + 1 : flag.text.size());
    if (has_value ? is_bool && value.text.empty() : !is_bool)
      return Fail(source.ErrorAt(flag.span, "--" + name + " needs a value", "write --" + name + "=..."));
    if (is_bool) {
      std::string& text = value.text;
      std::transform(text.begin(), text.end(), text.begin(),
                     [](char c) { return c >= 'A' && c <= 'Z' ? c | 32 : c; });
      if (text.empty()) text = "true";
      if (text != "true" && text != "false")
        return Fail(source.ErrorAt(value.span,
                                   "--" + name + " is true or false, not \"" + text.substr(0, 80) + "\""));
    }
    flags.values_.push_back({rule->name, std::move(value)});
  }
  return flags;
}

std::vector<Word> Flags::Strings(std::string_view name) const {
  std::vector<Word> words;
  for (const Value& value : values_)
    if (value.name == name) words.push_back(value.value);
  return words;
}

std::optional<Word> Flags::String(std::string_view name) const {
  std::vector<Word> words = Strings(name);
  if (words.empty() || words.front().text.empty()) return std::nullopt;  // an empty value says nothing
  return words.front();
}

std::optional<bool> Flags::Bool(std::string_view name) const {
  std::vector<Word> words = Strings(name);
  if (words.empty()) return std::nullopt;
  return words.front().text == "true";
}

}  // namespace guard::builder
