// Tested by tests/unit/admission/steer_test.cc.
#include "webhook/admission/build_translate.h"

#include <algorithm>
#include <iterator>
#include <string_view>

namespace guard::steering {

namespace {

using Words = std::vector<std::string>;

std::string_view Program(const std::string& word) {
  return std::string_view(word).substr(word.rfind('/') + 1);
}

// One option after another, `--name value` or `--name=value`.
class Options {
 public:
  Options(const Words& words, size_t at) : words_(words), at_(at) {}
  bool Next() {
    if (at_ >= words_.size()) return false;
    const std::string& word = words_[at_++];
    size_t equals = word.starts_with('-') ? word.find('=') : std::string::npos;
    name = word.substr(0, equals);
    has_value_ = equals != std::string::npos;
    value_ = has_value_ ? word.substr(equals + 1) : std::string();
    return true;
  }
  Result<std::string> Value() {
    if (has_value_) return value_;
    if (at_ >= words_.size()) return Fail("calls buildctl with " + name + " and no value");
    return words_[at_++];
  }

  std::string name;

 private:
  const Words& words_;
  size_t at_;
  bool has_value_ = false;
  std::string value_;
};

constexpr std::string_view kOtherwise = "; write it as `docker buildx build` with the builder's image";

std::unexpected<Error> NoCounterpart(std::string_view option) {
  return Fail("calls buildctl with " + std::string(option.substr(0, 60)) +
              ", which `docker buildx build` has nothing for" + std::string(kOtherwise));
}

class BuildctlLine {
 public:
  Result<Words> Translate(const Words& words) {
    size_t build = 1;
    while (build < words.size() && words[build] == "--debug") ++build;
    if (build < words.size() && words[build].starts_with("--addr"))
      return Fail("sends its build to a BuildKit daemon" + std::string(kOtherwise));
    if (build == words.size() || words[build] != "build")
      return NoCounterpart(build == words.size() ? "no command" : words[build]);
    Options options(words, build + 1);
    while (options.Next()) TRY_VOID(Option(options));
    if (frontend_ != "dockerfile.v0") return NoCounterpart("a frontend other than dockerfile.v0");
    if (context_.empty()) return NoCounterpart("no context");
    Words line = {"docker", "buildx", "build"};
    if (!folder_.empty() || !filename_.empty()) {
      std::string file = filename_.empty() ? "Dockerfile" : filename_;
      if (!folder_.empty()) file = folder_ + (folder_.ends_with('/') ? "" : "/") + file;
      line.insert(line.end(), {"--file", file});
    }
    line.insert(line.end(), passed_.begin(), passed_.end());
    line.push_back(context_);
    return line;
  }

 private:
  Result<void> Option(Options& options) {
    struct Row {
      std::string_view from, to;
    };
    constexpr Row kPassed[] = {{"--output", "--output"},         {"-o", "--output"},
                               {"--export-cache", "--cache-to"}, {"--import-cache", "--cache-from"},
                               {"--secret", "--secret"},         {"--ssh", "--ssh"},
                               {"--progress", "--progress"},     {"--metadata-file", "--metadata-file"}};
    if (options.name == "--no-cache") {
      passed_.push_back("--no-cache");
      return {};
    }
    for (const Row& row : kPassed)
      if (options.name == row.from) {
        std::string value = TRY(options.Value());
        Pass(std::string(row.to), std::move(value));
        return {};
      }
    std::string name = options.name;
    if (name != "--frontend" && name != "--local" && name != "--opt") return NoCounterpart(name);
    std::string value = TRY(options.Value());
    if (name == "--local") return Local(value);
    if (name == "--opt") return Opt(value);
    frontend_ = std::move(value);
    return {};
  }

  Result<void> Local(const std::string& value) {
    if (value.starts_with("context="))
      context_ = value.substr(8);
    else if (value.starts_with("dockerfile="))
      folder_ = value.substr(11);
    else
      return NoCounterpart("--local " + value);
    return {};
  }

  Result<void> Opt(const std::string& value) {
    size_t equals = value.find('=');
    std::string key = value.substr(0, equals);
    std::string text = equals == std::string::npos ? std::string() : value.substr(equals + 1);
    if (key == "filename")
      filename_ = text;
    else if (key == "context")
      context_ = text;
    else if (key == "no-cache" && text.empty())
      passed_.push_back("--no-cache");
    else if (key == "target" || key == "platform")
      Pass("--" + key, text);
    else if (key.starts_with("build-arg:"))
      Pass("--build-arg", key.substr(10) + '=' + text);
    else if (key.starts_with("label:"))
      Pass("--label", key.substr(6) + '=' + text);
    else
      return NoCounterpart("--opt " + key);
    return {};
  }

  void Pass(std::string option, std::string value) {
    passed_.push_back(std::move(option));
    passed_.push_back(std::move(value));
  }

  std::string frontend_, context_, folder_, filename_;
  Words passed_;
};

}  // namespace

Result<Words> TranslateBuildctl(const Words& words) {
  std::string_view program = words.empty() ? std::string_view() : Program(words[0]);
  if (program == "buildctl" || program == "buildctl-daemonless.sh") return BuildctlLine().Translate(words);
  if (program.empty() || program == "buildkitd" || program == "rootlesskit" || program.starts_with('-'))
    return Fail("is a BuildKit daemon, which rootless-builder does not replace");
  return Fail("calls buildctl in a script" + std::string(kOtherwise));
}

Result<Words> TranslateImg(const Words& words) {
  constexpr std::string_view kCommands[] = {"build",  "push", "pull", "login",
                                            "logout", "tag",  "save", "version"};
  constexpr std::string_view kOwn[] = {"--state", "-s", "--backend", "-b", "--no-console", "-d", "--debug"};
  if (words.size() < 2 || Program(words[0]) != "img")
    return Fail("calls img in a script; call `docker build` and use the builder's image");
  if (std::find(std::begin(kCommands), std::end(kCommands), words[1]) == std::end(kCommands))
    return Fail("calls img " + words[1].substr(0, 40) + ", which `docker` has nothing for");
  for (const std::string& word : words)
    if (std::find(std::begin(kOwn), std::end(kOwn), word.substr(0, word.find('='))) != std::end(kOwn))
      return Fail("calls img with " + word.substr(0, 40) + ", which `docker` has nothing for");
  Words line = words;
  line[0] = "docker";
  return line;
}

}  // namespace guard::steering
