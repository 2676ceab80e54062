// Reading JSON strictly.
//
// Tested by config_test.cc and manifest_test.cc.
#include "rootless-builder/image/json.h"

#include <set>

namespace guard::builder {
namespace {

constexpr int kDepth = 64;

std::string Folded(std::string_view key) {
  std::string folded(key);
  for (char& c : folded) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return folded;
}

// Stops at what the parser itself would take: doubled keys, too many levels.
class Checks {
 public:
  bool operator()(int depth, Json::parse_event_t event, Json& parsed) {
    if (!problem_.empty()) return false;
    switch (event) {
      case Json::parse_event_t::object_start:
        if (depth >= kDepth) problem_ = "is nested too deeply";
        keys_.emplace_back();
        break;
      case Json::parse_event_t::array_start:
        if (depth >= kDepth) problem_ = "is nested too deeply";
        break;
      case Json::parse_event_t::object_end: keys_.pop_back(); break;
      case Json::parse_event_t::key: {
        const auto& key = parsed.get_ref<const std::string&>();
        if (!keys_.back().insert(key).second) problem_ = "has the key '" + key.substr(0, 100) + "' twice";
        break;
      }
      default: break;
    }
    return problem_.empty();
  }
  const std::string& problem() const { return problem_; }

 private:
  std::vector<std::set<std::string>> keys_;
  std::string problem_;
};

}  // namespace

Result<Json> ParseObject(std::string_view text, size_t limit, std::string_view what) {
  const std::string subject(what);
  if (text.size() > limit) {
    return Fail(subject + " has " + std::to_string(text.size()) + " bytes; " + std::to_string(limit) +
                " are the limit");
  }
  Checks checks;
  try {
    Json value = Json::parse(text, [&](int depth, Json::parse_event_t event, Json& parsed) {
      // An exception is the one way to stop the parser early.
      if (!checks(depth, event, parsed)) throw std::length_error(checks.problem());
      return true;
    });
    if (!value.is_object()) return Fail(subject + " is no JSON object");
    return value;
  } catch (const std::length_error& problem) {
    return Fail(subject + " " + problem.what());
  } catch (const Json::exception& error) {
    std::string reason = error.what();
    if (const size_t end = reason.find("] "); end != reason.npos) reason = reason.substr(end + 2);
    return Fail(subject + " is no valid JSON: " + reason.substr(0, 200));
  }
}

Result<const Json*> Reader::Find(const char* key) const {
  const std::string folded = Folded(key);
  const Json* found = nullptr;
  for (const auto& [name, value] : object_.items()) {
    if (name.size() != folded.size()) continue;
    if (name == key) {
      found = value.is_null() ? nullptr : &value;
    } else if (Folded(name) == folded) {
      return Fail(where_ + " has '" + name + "', which is not written as '" + key + "'");
    }
  }
  return found;
}

std::unexpected<Error> Reader::Wrong(const char* key, const char* expected) const {
  return Fail(Where(key) + " is no " + expected);
}

Result<const Json*> Reader::Object(const char* key) const {
  const Json* value = TRY(Find(key));
  if (value && !value->is_object()) return Wrong(key, "object");
  return value;
}

Result<const Json*> Reader::Array(const char* key, size_t most) const {
  const Json* value = TRY(Find(key));
  if (!value) return value;
  if (!value->is_array()) return Wrong(key, "list");
  if (value->size() > most) {
    return Fail(Where(key) + " has " + std::to_string(value->size()) + " items; " + std::to_string(most) +
                " are the limit");
  }
  return value;
}

Result<std::string> TextOf(const Json& value, const std::string& where) {
  if (!value.is_string()) return Fail(where + " is no string");
  const auto& text = value.get_ref<const std::string&>();
  if (text.find('\0') != text.npos) return Fail(where + " has a NUL byte");
  return text;
}

Result<std::string> Reader::String(const char* key) const {
  const Json* value = TRY(Find(key));
  if (!value) return std::string();
  return TextOf(*value, Where(key));
}

Result<int64_t> Reader::Integer(const char* key) const {
  const Json* value = TRY(Find(key));
  if (!value) return 0;
  if (!value->is_number_integer() ||
      (value->is_number_unsigned() && value->get<uint64_t>() > static_cast<uint64_t>(INT64_MAX))) {
    return Wrong(key, "whole number");
  }
  return value->get<int64_t>();
}

Result<bool> Reader::Boolean(const char* key) const {
  const Json* value = TRY(Find(key));
  if (!value) return false;
  if (!value->is_boolean()) return Wrong(key, "boolean");
  return value->get<bool>();
}

Result<std::optional<std::vector<std::string>>> Reader::Strings(const char* key) const {
  const Json* value = TRY(Array(key, 100'000));
  if (!value) return std::nullopt;
  std::vector<std::string> texts;
  texts.reserve(value->size());
  for (const Json& item : *value) texts.push_back(TRY(TextOf(item, "an item of " + Where(key))));
  return texts;
}

Result<std::map<std::string, std::string>> Reader::StringMap(const char* key) const {
  const Json* value = TRY(Object(key));
  std::map<std::string, std::string> map;
  if (!value) return map;
  for (const auto& [name, item] : value->items()) {
    map[name] = TRY(TextOf(item, Where(key) + " '" + name.substr(0, 100) + "'"));
  }
  return map;
}

Result<Descriptor> ReadDescriptor(const Json& value, const std::string& where) {
  if (!value.is_object()) return Fail(where + " is no object");
  const Reader reader(value, where);
  Descriptor descriptor;
  descriptor.media_type = TRY(reader.String("mediaType"));
  if (descriptor.media_type.empty()) return Fail(reader.Where("mediaType") + " is missing");
  const std::string digest = TRY(reader.String("digest"));
  auto parsed = Digest::Parse(digest);
  if (!parsed) return Fail(where + ": " + parsed.error().message, parsed.error().hint);
  descriptor.digest = std::move(*parsed);
  if (!TRY(reader.Find("size"))) return Fail(reader.Where("size") + " is missing");
  const int64_t size = TRY(reader.Integer("size"));
  if (size < 0) return Fail(reader.Where("size") + " is negative");
  descriptor.size = static_cast<uint64_t>(size);
  descriptor.annotations = TRY(reader.StringMap("annotations"));
  descriptor.artifact_type = TRY(reader.String("artifactType"));
  if (const Json* platform = TRY(reader.Object("platform"))) {
    const Reader fields(*platform, where + " 'platform'");
    Platform read;
    read.os = TRY(fields.String("os"));
    read.architecture = TRY(fields.String("architecture"));
    read.variant = TRY(fields.String("variant"));
    read.os_version = TRY(fields.String("os.version"));
    descriptor.platform = std::move(read);
  }
  return descriptor;
}

Result<std::vector<Descriptor>> ReadDescriptors(const Reader& reader, const char* key, size_t most) {
  const Json* list = TRY(reader.Array(key, most));
  if (!list) return Fail(reader.Where(key) + " is missing");
  std::vector<Descriptor> descriptors;
  descriptors.reserve(list->size());
  for (size_t i = 0; i < list->size(); ++i) {
    descriptors.push_back(
        TRY(ReadDescriptor((*list)[i], reader.Where(key) + ", item " + std::to_string(i + 1))));
  }
  return descriptors;
}

nlohmann::ordered_json ToJson(const Descriptor& descriptor) {
  nlohmann::ordered_json json;
  json["mediaType"] = descriptor.media_type;
  json["digest"] = descriptor.digest.ToString();
  json["size"] = descriptor.size;
  if (!descriptor.annotations.empty()) json["annotations"] = descriptor.annotations;
  if (descriptor.platform) {
    auto& platform = json["platform"];
    platform["architecture"] = descriptor.platform->architecture;
    platform["os"] = descriptor.platform->os;
    if (!descriptor.platform->os_version.empty()) platform["os.version"] = descriptor.platform->os_version;
    if (!descriptor.platform->variant.empty()) platform["variant"] = descriptor.platform->variant;
  }
  if (!descriptor.artifact_type.empty()) json["artifactType"] = descriptor.artifact_type;
  return json;
}

std::string Dump(const nlohmann::ordered_json& value) {
  return value.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace guard::builder
