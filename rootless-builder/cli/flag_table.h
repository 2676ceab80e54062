// Command lines of programs that are written in Go: what we stand in for reads flags as pflag does, and
// scripts rely on it (-q=false, --push=true, -tNAME, --rm false is no value of --rm).
//
// A flag is in one of three ways: it does something; it is taken and changes nothing, for a reason that is
// written down; or it is refused, with what to do instead. Every other flag is an error.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "policies/base/error.h"

namespace guard::builder {

enum class FlagEffect : uint8_t { kSome, kNone, kRefused };

struct Flag {
  std::string name;
  char letter = 0;
  std::string value;  // what the value is called in help; empty: a boolean
  // What it is without "=VALUE"; for booleans "true". A flag that has it never takes the next word.
  std::string lone;
  std::string about;  // help; of a flag without effect the reason, of a refused one what to do instead
  FlagEffect effect = FlagEffect::kSome;
  std::function<Result<void>(const std::string& value)> take;
  bool hidden = false;

  bool boolean() const { return value.empty(); }
};

// Go's strconv.ParseBool.
Result<bool> ParseGoBool(const std::string& text);

class FlagTable {
 public:
  using Take = std::function<Result<void>(const std::string& value)>;
  using TakeBool = std::function<Result<void>(bool value)>;

  // `command` as people call it: "docker build".
  explicit FlagTable(std::string command, std::string usage = "", std::string about = "")
      : command_(std::move(command)), usage_(std::move(usage)), about_(std::move(about)) {}

  // `names`: "file", "file,f", or ",q" where there is a letter only.
  void Text(std::string_view names, std::string_view value, std::string_view about, Take take);
  void Text(std::string_view names, std::string_view value, std::string_view about, std::string& into);
  void List(std::string_view names, std::string_view value, std::string_view about,
            std::vector<std::string>& into);
  void Bool(std::string_view names, std::string_view about, bool& into);
  void Bool(std::string_view names, std::string_view about, TakeBool take);
  // A text that may be left out: --pull, --pull=always.
  void Maybe(std::string_view names, std::string_view value, std::string_view lone, std::string_view about,
             Take take);
  // `value` empty: a boolean.
  void NoEffect(std::string_view names, std::string_view value, std::string_view reason);
  // Booleans may still be said to be false.
  void Refuse(std::string_view names, std::string_view value, std::string_view instead);
  // Taken without effect with these values, refused with others.
  void Only(std::string_view names, std::string_view value, std::vector<std::string> harmless,
            std::string_view instead);
  // Another spelling; not in the help.
  void Alias(std::string_view name, std::string_view of);

  // After the first word that is no flag, everything is a word: for commands that run others.
  void StopAtFirstWord() { interspersed_ = false; }

  struct Parsed {
    std::vector<std::string> words;
    bool help = false;
  };
  Result<Parsed> Parse(const std::vector<std::string>& arguments) const;

  std::string Help() const;
  const std::string& command() const { return command_; }
  const std::vector<Flag>& flags() const { return flags_; }
  const Flag* Find(std::string_view name) const;

 private:
  Flag& Add(std::string_view names, std::string_view value, std::string_view about);
  const Flag* Find(char letter) const;
  Result<void> Accept(const Flag& flag, const std::string& written, const std::string& value) const;
  std::unexpected<Error> Unknown(const std::string& written, std::string_view name) const;

  std::string command_, usage_, about_;
  bool interspersed_ = true;
  std::vector<Flag> flags_;
};

}  // namespace guard::builder
