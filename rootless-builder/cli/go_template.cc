// Tested by tests/unit/cli/stand_ins_test.cc.
#include "rootless-builder/cli/go_template.h"

#include <charconv>
#include <nlohmann/json.hpp>
#include <vector>

namespace guard::builder {

namespace {

using Json = nlohmann::json;

std::unexpected<Error> Unknown(const std::string& action) {
  return Fail("the template {{" + action + "}} is not known here",
              "known are {{.Field.Field}}, {{json .Field}} and {{index .List 0}}");
}

Result<Json> Walk(const std::string& path, const Json& data, const std::string& action) {
  if (path.empty() || path[0] != '.') return Unknown(action);
  const Json* at = &data;
  for (size_t begin = 1; begin < path.size();) {
    size_t end = std::min(path.find('.', begin), path.size());
    std::string name = path.substr(begin, end - begin);
    if (name.empty() ||
        name.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_") !=
            std::string::npos)
      return Unknown(action);
    if (!at->is_object() || !at->contains(name))
      return Fail("there is no " + path.substr(0, end) + " here", "{{json .}} shows what there is");
    at = &(*at)[name];
    begin = end + 1;
  }
  return *at;
}

Result<std::string> Fill(const std::string& action, const Json& data) {
  std::vector<std::string> words;
  for (size_t begin = 0; begin < action.size();) {
    size_t end = std::min(action.find(' ', begin), action.size());
    if (end > begin) words.push_back(action.substr(begin, end - begin));
    begin = end + 1;
  }
  auto dump = [](const Json& value) { return value.dump(-1, ' ', false, Json::error_handler_t::replace); };
  auto plain = [&](const Json& value) { return value.is_string() ? value.get<std::string>() : dump(value); };
  if (words.size() == 1) return plain(TRY(Walk(words[0], data, action)));
  if (words.size() == 2 && words[0] == "json") return dump(TRY(Walk(words[1], data, action)));
  if (words.size() == 3 && words[0] == "index") {
    Json of = TRY(Walk(words[1], data, action));
    const std::string& key = words[2];
    if (key.size() >= 2 && key.front() == '"' && key.back() == '"') {
      std::string name = key.substr(1, key.size() - 2);
      // As Go: what a map has not is its zero value.
      return of.is_object() && of.contains(name) ? plain(of[name]) : std::string();
    }
    size_t number = 0;
    auto [end, error] = std::from_chars(key.data(), key.data() + key.size(), number);
    if (error != std::errc() || end != key.data() + key.size()) return Unknown(action);
    if (!of.is_array() || number >= of.size())
      return Fail(words[1] + " has no item " + key, "{{json " + words[1] + "}} shows what it has");
    return plain(of[number]);
  }
  return Unknown(action);
}

}  // namespace

Result<std::string> FillTemplate(const std::string& text, const Json& data) {
  std::string out;
  for (size_t at = 0; at < text.size();) {
    if (text.compare(at, 2, "{{") == 0) {
      size_t end = text.find("}}", at);
      if (end == std::string::npos) return Fail("the template '" + text + "' has no }} for its {{");
      out += TRY(Fill(text.substr(at + 2, end - at - 2), data));
      at = end + 2;
    } else if (text.compare(at, 2, "\\n") == 0 || text.compare(at, 2, "\\t") == 0) {
      out += text[at + 1] == 'n' ? '\n' : '\t';
      at += 2;
    } else {
      out += text[at++];
    }
  }
  return out;
}

}  // namespace guard::builder
