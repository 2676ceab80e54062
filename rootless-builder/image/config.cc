// The image configuration: reading what Docker, BuildKit, Buildah and others wrote, and writing ours.
//
// The number of history items is not compared with that of layers here: images made by Bazel, Jib or kaniko
// have fewer or none, and run. Who adds to such a history fills it up first.
//
// Tested by config_test.cc and the golden files below tests/golden/image.
#include "rootless-builder/image/config.h"

#include "rootless-builder/image/json.h"

namespace guard::builder {
namespace {

constexpr size_t kMostLayers = 4096;
constexpr size_t kMostHistory = 100'000;
constexpr const char* kWhat = "the image configuration";

// {"80/tcp": {}}: Go's way to write a set.
Result<std::set<std::string>> ReadSet(const Reader& reader, const char* key) {
  std::set<std::string> set;
  const Json* object = TRY(reader.Object(key));
  if (!object) return set;
  for (const auto& [name, value] : object->items()) {
    if (!value.is_null() && !value.is_object()) {
      return Fail(reader.Where(key) + " '" + name.substr(0, 100) + "' is no object");
    }
    set.insert(name);
  }
  return set;
}

Result<Healthcheck> ReadHealthcheck(const Json& json, const std::string& where) {
  const Reader reader(json, where);
  Healthcheck check;
  check.test = TRY(reader.Strings("Test")).value_or(std::vector<std::string>());
  check.interval = TRY(reader.Integer("Interval"));
  check.timeout = TRY(reader.Integer("Timeout"));
  check.start_period = TRY(reader.Integer("StartPeriod"));
  check.start_interval = TRY(reader.Integer("StartInterval"));
  const int64_t retries = TRY(reader.Integer("Retries"));
  if (retries < INT32_MIN || retries > INT32_MAX) return reader.Wrong("Retries", "32-bit number");
  check.retries = static_cast<int>(retries);
  return check;
}

Result<RuntimeConfig> ReadRuntime(const Json& json) {
  const Reader reader(json, std::string(kWhat) + "'s 'config'");
  RuntimeConfig config;
  config.user = TRY(reader.String("User"));
  config.exposed_ports = TRY(ReadSet(reader, "ExposedPorts"));
  config.env = TRY(reader.Strings("Env")).value_or(std::vector<std::string>());
  config.entrypoint = TRY(reader.Strings("Entrypoint"));
  config.cmd = TRY(reader.Strings("Cmd"));
  config.volumes = TRY(ReadSet(reader, "Volumes"));
  config.working_dir = TRY(reader.String("WorkingDir"));
  config.labels = TRY(reader.StringMap("Labels"));
  config.stop_signal = TRY(reader.String("StopSignal"));
  config.args_escaped = TRY(reader.Boolean("ArgsEscaped"));
  if (const Json* check = TRY(reader.Object("Healthcheck"))) {
    config.healthcheck = TRY(ReadHealthcheck(*check, reader.Where("Healthcheck")));
  }
  config.on_build = TRY(reader.Strings("OnBuild")).value_or(std::vector<std::string>());
  config.shell = TRY(reader.Strings("Shell")).value_or(std::vector<std::string>());
  return config;
}

Result<HistoryItem> ReadHistory(const Json& json, const std::string& where) {
  if (!json.is_object()) return Fail(where + " is no object");
  const Reader reader(json, where);
  HistoryItem item;
  item.created = TRY(reader.String("created"));
  item.created_by = TRY(reader.String("created_by"));
  item.author = TRY(reader.String("author"));
  item.comment = TRY(reader.String("comment"));
  item.empty_layer = TRY(reader.Boolean("empty_layer"));
  return item;
}

using Out = nlohmann::ordered_json;

void PutText(Out& json, const char* key, const std::string& text) {
  if (!text.empty()) json[key] = text;
}
void PutList(Out& json, const char* key, const std::vector<std::string>& list) {
  if (!list.empty()) json[key] = list;
}
void PutSet(Out& json, const char* key, const std::set<std::string>& set) {
  for (const std::string& name : set) json[key][name] = Out::object();
}
void PutNumber(Out& json, const char* key, int64_t number) {
  if (number != 0) json[key] = number;
}

Out RuntimeJson(const RuntimeConfig& config) {
  Out json = Out::object();
  PutText(json, "User", config.user);
  PutSet(json, "ExposedPorts", config.exposed_ports);
  PutList(json, "Env", config.env);
  if (config.entrypoint) json["Entrypoint"] = *config.entrypoint;
  if (config.cmd) json["Cmd"] = *config.cmd;
  PutSet(json, "Volumes", config.volumes);
  PutText(json, "WorkingDir", config.working_dir);
  if (!config.labels.empty()) json["Labels"] = config.labels;
  PutText(json, "StopSignal", config.stop_signal);
  if (config.args_escaped) json["ArgsEscaped"] = true;
  if (config.healthcheck) {
    Out& check = json["Healthcheck"] = Out::object();
    PutList(check, "Test", config.healthcheck->test);
    PutNumber(check, "Interval", config.healthcheck->interval);
    PutNumber(check, "Timeout", config.healthcheck->timeout);
    PutNumber(check, "StartPeriod", config.healthcheck->start_period);
    PutNumber(check, "StartInterval", config.healthcheck->start_interval);
    PutNumber(check, "Retries", config.healthcheck->retries);
  }
  PutList(json, "OnBuild", config.on_build);
  PutList(json, "Shell", config.shell);
  return json;
}

}  // namespace

const std::string* RuntimeConfig::FindEnv(std::string_view name, std::string& scratch) const {
  for (const std::string& item : env) {
    const size_t equals = std::min(item.find('='), item.size());
    if (std::string_view(item).substr(0, equals) != name) continue;
    scratch = equals < item.size() ? item.substr(equals + 1) : std::string();
    return &scratch;
  }
  return nullptr;
}

void RuntimeConfig::SetEnv(std::string_view name, std::string_view value) {
  std::string text(name);
  text += '=';
  text += value;
  for (std::string& item : env) {
    if (std::string_view(item).substr(0, item.find('=')) != name) continue;
    item = std::move(text);
    return;
  }
  env.push_back(std::move(text));
}

Result<ImageConfig> ParseImageConfig(std::string_view text) {
  const Json json = TRY(ParseObject(text, kLargestConfig, kWhat));
  const Reader reader(json, kWhat);
  ImageConfig image;
  image.created = TRY(reader.String("created"));
  image.author = TRY(reader.String("author"));
  image.platform.os = TRY(reader.String("os"));
  image.platform.architecture = TRY(reader.String("architecture"));
  image.platform.variant = TRY(reader.String("variant"));
  image.platform.os_version = TRY(reader.String("os.version"));
  if (image.platform.os.empty()) return Fail(reader.Where("os") + " is missing");
  if (image.platform.architecture.empty()) return Fail(reader.Where("architecture") + " is missing");
  if (const Json* config = TRY(reader.Object("config"))) image.config = TRY(ReadRuntime(*config));

  const Json* rootfs = TRY(reader.Object("rootfs"));
  if (!rootfs) {
    return Fail(reader.Where("rootfs") + " is missing",
                "this is an artifact or an index, not a container image");
  }
  const Reader rootfs_reader(*rootfs, reader.Where("rootfs"));
  if (const std::string type = TRY(rootfs_reader.String("type")); type != "layers") {
    return Fail(rootfs_reader.Where("type") + " is '" + type.substr(0, 100) + "', not 'layers'");
  }
  if (const Json* diff_ids = TRY(rootfs_reader.Array("diff_ids", kMostLayers))) {
    for (const Json& item : *diff_ids) {
      const std::string where = "an item of " + rootfs_reader.Where("diff_ids");
      auto digest = Digest::Parse(TRY(TextOf(item, where)));
      if (!digest) return Fail(where + ": " + digest.error().message, digest.error().hint);
      image.diff_ids.push_back(std::move(*digest));
    }
  }
  if (const Json* history = TRY(reader.Array("history", kMostHistory))) {
    for (size_t i = 0; i < history->size(); ++i) {
      image.history.push_back(
          TRY(ReadHistory((*history)[i], reader.Where("history") + ", item " + std::to_string(i + 1))));
    }
  }
  return image;
}

std::string Serialize(const ImageConfig& image) {
  Out json;
  PutText(json, "created", image.created);
  PutText(json, "author", image.author);
  json["architecture"] = image.platform.architecture;
  PutText(json, "variant", image.platform.variant);
  json["os"] = image.platform.os;
  PutText(json, "os.version", image.platform.os_version);
  json["config"] = RuntimeJson(image.config);
  Out& rootfs = json["rootfs"];
  rootfs["type"] = "layers";
  rootfs["diff_ids"] = Out::array();
  for (const Digest& digest : image.diff_ids) rootfs["diff_ids"].push_back(digest.ToString());
  for (const HistoryItem& item : image.history) {
    Out line = Out::object();
    PutText(line, "created", item.created);
    PutText(line, "created_by", item.created_by);
    PutText(line, "author", item.author);
    PutText(line, "comment", item.comment);
    if (item.empty_layer) line["empty_layer"] = true;
    json["history"].push_back(std::move(line));
  }
  return Dump(json);
}

Digest ChainId(const std::vector<Digest>& diff_ids) {
  Digest chain;
  for (const Digest& diff_id : diff_ids) {
    chain = chain.empty() ? diff_id : Digest::Of(chain.ToString() + " " + diff_id.ToString());
  }
  return chain;
}

}  // namespace guard::builder
