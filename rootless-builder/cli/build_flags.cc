// The small languages inside build flags. Tested by tests/e2e/builder_run.sh and builder_build.sh.
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>

#include "rootless-builder/cli/build_command.h"

namespace guard::builder {

namespace {

std::string Lower(std::string text) {
  for (char& c : text)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return text;
}

std::unexpected<Error> Unknown(const std::string& key, const std::string& text,
                               const std::vector<std::string>& known) {
  std::string_view nearest = Nearest(key, known);
  std::string list;
  for (const std::string& name : known) list += (list.empty() ? "" : ", ") + name;
  return Fail("'" + key + "' is not known in '" + text + "'",
              nearest.empty() ? "known are " + list : "did you mean " + std::string(nearest) + "?");
}

template <class Number>
bool Read(std::string_view text, Number& value) {
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() && !text.empty();
}

}  // namespace

Result<std::vector<std::pair<std::string, std::string>>> ParseFields(const std::string& text) {
  std::vector<std::string> fields(1);
  bool quoted = false;
  for (size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (quoted) {
      if (c == '"' && i + 1 < text.size() && text[i + 1] == '"')
        fields.back() += '"', ++i;
      else if (c == '"')
        quoted = false;
      else
        fields.back() += c;
    } else if (c == '"' && fields.back().empty()) {
      quoted = true;
    } else if (c == ',') {
      fields.emplace_back();
    } else {
      fields.back() += c;
    }
  }
  if (quoted) return Fail("a quote in '" + text + "' is not closed");
  std::vector<std::pair<std::string, std::string>> result;
  for (const std::string& field : fields) {
    size_t equals = field.find('=');
    std::string key = Lower(field.substr(0, equals));
    if (key.empty())
      return Fail("'" + text + "' has an empty field", "fields are NAME=VALUE, with commas between them");
    result.emplace_back(std::move(key),
                        equals == std::string::npos ? std::string() : field.substr(equals + 1));
  }
  return result;
}

Result<std::pair<std::string, std::string>> ParseBuildArg(const std::string& text) {
  size_t equals = text.find('=');
  std::string name = text.substr(0, equals);
  if (name.empty()) return Fail("'" + text + "' is no build argument", "write it as NAME=VALUE");
  if (equals != std::string::npos) return std::pair(name, text.substr(equals + 1));
  const char* value = getenv(name.c_str());
  if (value == nullptr)
    return Fail("the build argument " + name + " has no value, and there is no such variable here",
                "write it as " + name + "=VALUE");
  return std::pair(name, std::string(value));
}

Result<void> ParseSecret(const std::string& text, RunSettings& settings) {
  std::string id, source, variable, type;
  for (auto& [key, value] : TRY(ParseFields(text))) {
    if (key == "id")
      id = value;
    else if (key == "src" || key == "source")
      source = value;
    else if (key == "env")
      variable = value;
    else if (key == "type")
      type = value;
    else
      return Unknown(key, text, {"id", "src", "env", "type"});
  }
  if (!type.empty() && type != "file" && type != "env")
    return Fail("'" + text + "': the type is file or env");
  if (id.empty())
    return Fail("the secret '" + text + "' has no id",
                "write it as id=NAME,src=FILE or id=NAME,env=VARIABLE");
  SecretSource secret;
  // As BuildKit: without a source the id names a variable, or else a file.
  if (variable.empty() && source.empty())
    (type != "file" && getenv(id.c_str()) != nullptr ? variable : source) = id;
  if (type == "env" && variable.empty()) variable = source, source.clear();
  if (!variable.empty()) {
    const char* value = getenv(variable.c_str());
    if (value == nullptr) return Fail("the secret '" + id + "': there is no variable " + variable + " here");
    secret.text = value;
  } else {
    if (access(source.c_str(), R_OK) != 0)
      return Fail("the secret '" + id + "': the file " + source + " cannot be read");
    secret.file = source;
  }
  settings.secrets[id] = std::move(secret);
  return {};
}

Result<void> ParseSsh(const std::string& text, RunSettings& settings) {
  size_t equals = text.find('=');
  std::string id = text.substr(0, equals), path;
  if (equals != std::string::npos) {
    path = text.substr(equals + 1);
  } else {
    const char* agent = getenv("SSH_AUTH_SOCK");
    if (agent == nullptr)
      return Fail("--ssh " + text + ": there is no SSH_AUTH_SOCK here",
                  "start an ssh-agent, or name its socket: " + id + "=SOCKET");
    path = agent;
  }
  struct stat info;
  if (stat(path.c_str(), &info) != 0) return Fail("--ssh " + text + ": " + path + " cannot be read");
  if (!S_ISSOCK(info.st_mode))
    return Fail("--ssh " + text + ": " + path + " is no agent's socket",
                "load keys into an ssh-agent: they are never read here");
  settings.ssh[id.empty() ? "default" : id] = path;
  return {};
}

Result<std::pair<std::string, std::string>> ParseHost(const std::string& text) {
  size_t at = text.find('=');
  if (at == std::string::npos) at = text.find(':');
  if (at == 0 || at == std::string::npos || at + 1 == text.size())
    return Fail("'" + text + "' is no host entry", "write it as NAME:ADDRESS");
  std::string address = text.substr(at + 1);
  if (address.starts_with('[') && address.ends_with(']')) address = address.substr(1, address.size() - 2);
  if (address == "host-gateway")
    return Fail("'" + text + "': there is no host gateway here", "write the address");
  return std::pair(text.substr(0, at), address);
}

Result<OutputWish> ParseOutput(const std::string& text) {
  OutputWish wish;
  if (text == "-") return OutputWish{.type = "tar", .destination = "-"};
  if (text.find('=') == std::string::npos) return OutputWish{.type = "local", .destination = text};
  bool push = false;
  for (auto& [key, value] : TRY(ParseFields(text))) {
    if (key == "type")
      wish.type = value;
    else if (key == "dest" || key == "destination")
      wish.destination = value;
    else if (key == "name") {
      for (size_t at = 0; at <= value.size();) {
        size_t comma = std::min(value.find(',', at), value.size());
        wish.names.push_back(value.substr(at, comma - at));
        at = comma + 1;
      }
    } else if (key == "push" || key == "tar") {
      if (value != "true" && value != "false" && !value.empty())
        return Fail("'" + key + "=" + value + "' in '" + text + "' is neither true nor false");
      if (key == "push")
        push = value != "false";
      else
        wish.directory = value == "false";
    } else
      return Unknown(key, text, {"type", "dest", "name", "push", "tar"});
  }
  if (wish.type == "image") wish.type = push ? "registry" : "image";
  std::vector<std::string> types = {"image", "registry", "oci", "docker", "local", "tar"};
  if (std::find(types.begin(), types.end(), wish.type) == types.end()) return Unknown(wish.type, text, types);
  bool file = wish.type != "image" && wish.type != "registry";
  if (file && wish.destination.empty()) return Fail("'" + text + "' does not say where to", "add dest=PATH");
  return wish;
}

Result<uint64_t> ParseSize(const std::string& text) {
  std::string lower = Lower(text);
  uint64_t factor = 1;
  if (lower.ends_with('b')) lower.pop_back();
  if (!lower.empty()) {
    size_t unit = std::string_view("kmgt").find(lower.back());
    if (unit != std::string_view::npos) factor <<= 10 * (unit + 1), lower.pop_back();
  }
  uint64_t value = 0;
  if (!Read(lower, value) || value > UINT64_MAX / factor)
    return Fail("'" + text + "' is no size", "write it as 64m or 1g");
  return value * factor;
}

Result<std::pair<std::string, std::pair<uint64_t, uint64_t>>> ParseLimit(const std::string& text) {
  size_t equals = text.find('=');
  std::string values = equals == std::string::npos ? "" : text.substr(equals + 1);
  size_t colon = values.find(':');
  auto read = [](std::string_view part, uint64_t& value) {
    if (part == "-1" || part == "unlimited") return value = UINT64_MAX, true;
    return Read(part, value);
  };
  uint64_t soft = 0, hard = 0;
  if (!read(std::string_view(values).substr(0, colon), soft) ||
      !read(colon == std::string::npos ? values : values.substr(colon + 1), hard))
    return Fail("'" + text + "' is no limit", "write it as nofile=1024 or nofile=1024:2048");
  return std::pair(text.substr(0, equals), std::pair(soft, hard));
}

Result<int64_t> ParseEpoch(const std::string& text) {
  int64_t value = 0;
  if (!Read(text, value) || value < 0)
    return Fail("'" + text + "' is no time", "SOURCE_DATE_EPOCH is seconds since 1970");
  return value;
}

}  // namespace guard::builder
