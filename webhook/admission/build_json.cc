// Accessors, and the one check of shapes.
//
// Tested by tests/unit/admission/steer_hostile_test.cc and tests/fuzz/steer_fuzz.cc.
#include "webhook/admission/build_json.h"

#include <set>

namespace guard::steering {

namespace {

// What a value must be, where it is there at all.
enum class Kind : uint8_t { kText, kBool, kInteger, kMap, kTexts, kMaps, kTextMap };

struct Field {
  std::string_view name;
  Kind kind;
  bool required = false;
};

constexpr Field kPodFields[] = {
    {"containers", Kind::kMaps, true},
    {"initContainers", Kind::kMaps},
    {"ephemeralContainers", Kind::kMaps},
    {"volumes", Kind::kMaps},
    {"securityContext", Kind::kMap},
    {"hostPID", Kind::kBool},
    {"hostIPC", Kind::kBool},
    {"hostNetwork", Kind::kBool},
    {"hostUsers", Kind::kBool},
    {"os", Kind::kMap},
    {"nodeSelector", Kind::kTextMap},
};
constexpr Field kContainerFields[] = {
    {"name", Kind::kText, true},    {"image", Kind::kText},
    {"command", Kind::kTexts},      {"args", Kind::kTexts},
    {"env", Kind::kMaps},           {"volumeMounts", Kind::kMaps},
    {"ports", Kind::kMaps},         {"securityContext", Kind::kMap},
    {"resources", Kind::kMap},      {"lifecycle", Kind::kMap},
    {"livenessProbe", Kind::kMap},  {"readinessProbe", Kind::kMap},
    {"startupProbe", Kind::kMap},   {"restartPolicy", Kind::kText},
    {"volumeDevices", Kind::kMaps},
};
constexpr Field kContextFields[] = {
    {"privileged", Kind::kBool},    {"runAsUser", Kind::kInteger},  {"runAsNonRoot", Kind::kBool},
    {"capabilities", Kind::kMap},   {"seccompProfile", Kind::kMap}, {"appArmorProfile", Kind::kMap},
    {"seLinuxOptions", Kind::kMap}, {"procMount", Kind::kText},     {"allowPrivilegeEscalation", Kind::kBool},
    {"fsGroup", Kind::kInteger},    {"windowsOptions", Kind::kMap},
};
constexpr Field kCapabilityFields[] = {{"add", Kind::kTexts}, {"drop", Kind::kTexts}};
constexpr Field kProfileFields[] = {{"type", Kind::kText}};
constexpr Field kSeLinuxFields[] = {{"type", Kind::kText}, {"user", Kind::kText}, {"role", Kind::kText}};
constexpr Field kVolumeFields[] = {{"name", Kind::kText, true},
                                   {"hostPath", Kind::kMap},
                                   {"emptyDir", Kind::kMap},
                                   {"configMap", Kind::kMap},
                                   {"secret", Kind::kMap},
                                   {"projected", Kind::kMap},
                                   {"persistentVolumeClaim", Kind::kMap},
                                   {"ephemeral", Kind::kMap}};
constexpr Field kHostPathFields[] = {{"path", Kind::kText, true}};
constexpr Field kMountFields[] = {{"name", Kind::kText, true},
                                  {"mountPath", Kind::kText, true},
                                  {"subPath", Kind::kText},
                                  {"readOnly", Kind::kBool}};
constexpr Field kEnvFields[] = {
    {"name", Kind::kText, true}, {"value", Kind::kText}, {"valueFrom", Kind::kMap}};
constexpr Field kResourceFields[] = {{"limits", Kind::kMap}, {"requests", Kind::kMap}};
constexpr Field kOsFields[] = {{"name", Kind::kText}};
constexpr Field kMetadataFields[] = {{"name", Kind::kText},
                                     {"annotations", Kind::kTextMap},
                                     {"labels", Kind::kTextMap},
                                     {"ownerReferences", Kind::kMaps}};

bool Is(const json& value, Kind kind) {
  auto all = [&](auto test) {
    for (const json& item : value)
      if (!test(item)) return false;
    return true;
  };
  switch (kind) {
    case Kind::kText: return value.is_string();
    case Kind::kBool: return value.is_boolean();
    case Kind::kInteger: return value.is_number_integer();
    case Kind::kMap: return value.is_object();
    case Kind::kTexts: return value.is_array() && all([](const json& item) { return item.is_string(); });
    case Kind::kMaps: return value.is_array() && all([](const json& item) { return item.is_object(); });
    case Kind::kTextMap: return value.is_object() && all([](const json& item) { return item.is_string(); });
  }
  return false;
}

constexpr std::string_view Name(Kind kind) {
  constexpr std::string_view kNames[] = {"a text",          "a boolean",      "an integer",    "a map",
                                         "a list of texts", "a list of maps", "a map of texts"};
  return kNames[static_cast<size_t>(kind)];
}

// Collects the first mistake.
class ShapeCheck {
 public:
  template <size_t n>
  bool Fields(const json& map, const Field (&fields)[n], const std::string& place) {
    for (const Field& field : fields) {
      const json* value = Get(map, field.name);
      std::string at = place + '.' + std::string(field.name);
      if (value == nullptr ? field.required : !Is(*value, field.kind))
        return Fail(at + " is not " + std::string(Name(field.kind)));
    }
    return true;
  }

  bool SecurityContext(const json& holder, const std::string& place) {
    const json* context = Get(holder, "securityContext");
    if (context == nullptr) return true;
    std::string at = place + ".securityContext";
    return Fields(*context, kContextFields, at) && Below(*context, "capabilities", kCapabilityFields, at) &&
           Below(*context, "seccompProfile", kProfileFields, at) &&
           Below(*context, "appArmorProfile", kProfileFields, at) &&
           Below(*context, "seLinuxOptions", kSeLinuxFields, at);
  }

  bool Container(const json& container, const std::string& place) {
    if (!Fields(container, kContainerFields, place) || !SecurityContext(container, place)) return false;
    if (Text(container, "name").empty()) return Fail(place + ".name is empty");
    return Each(container, "env", kEnvFields, place) &&
           Each(container, "volumeMounts", kMountFields, place) &&
           Below(container, "resources", kResourceFields, place) &&
           Unique(Items(container, "volumeMounts"), "mountPath", place + ".volumeMounts");
  }

  bool Pod(const json& metadata, const json& spec) {
    if (!metadata.is_null()) {
      if (!metadata.is_object()) return Fail("metadata is not a map");
      if (!Fields(metadata, kMetadataFields, "metadata")) return false;
    }
    if (!spec.is_object()) return Fail("spec is not a map");
    if (!Fields(spec, kPodFields, "spec") || !SecurityContext(spec, "spec")) return false;
    if (!Below(spec, "os", kOsFields, "spec") || !Each(spec, "volumes", kVolumeFields, "spec")) return false;
    const json& volumes = Items(spec, "volumes");
    if (!Unique(volumes, "name", "spec.volumes")) return false;
    json names = json::array();
    for (std::string_view list : {"initContainers", "containers", "ephemeralContainers"})
      for (const json& container : Items(spec, list)) names.push_back({{"name", Text(container, "name")}});
    if (!Unique(names, "name", "spec.containers")) return false;
    for (size_t i = 0; i < volumes.size(); ++i)
      if (!Below(volumes[i], "hostPath", kHostPathFields, "spec.volumes[" + std::to_string(i) + ']'))
        return false;
    for (std::string_view list : {"initContainers", "containers"}) {
      const json& containers = Items(spec, list);
      for (size_t i = 0; i < containers.size(); ++i)
        if (!Container(containers[i], "spec." + std::string(list) + '[' + std::to_string(i) + ']'))
          return false;
    }
    return true;
  }

  std::string Take() { return std::move(mistake_); }

  bool Unique(const json& items, std::string_view key, const std::string& place) {
    std::set<std::string_view> seen;
    for (const json& item : items)
      if (Text(item, key).empty() || !seen.insert(Text(item, key)).second)
        return Fail(place + " has two items with the same " + std::string(key) + ", or one without");
    return true;
  }

 private:
  template <size_t n>
  bool Below(const json& map, std::string_view key, const Field (&fields)[n], const std::string& place) {
    const json* value = Get(map, key);
    return value == nullptr || Fields(*value, fields, place + '.' + std::string(key));
  }
  template <size_t n>
  bool Each(const json& map, std::string_view key, const Field (&fields)[n], const std::string& place) {
    const json& items = Items(map, key);
    for (size_t i = 0; i < items.size(); ++i)
      if (!Fields(items[i], fields, place + '.' + std::string(key) + '[' + std::to_string(i) + ']'))
        return false;
    return true;
  }
  bool Fail(std::string mistake) {
    mistake_ = std::move(mistake);
    return false;
  }

  std::string mistake_;
};

}  // namespace

const json* Get(const json& map, std::string_view key) {
  if (!map.is_object()) return nullptr;
  auto entry = map.find(key);
  return entry == map.end() || entry->is_null() ? nullptr : &*entry;
}

json* Get(json& map, std::string_view key) {
  return const_cast<json*>(Get(static_cast<const json&>(map), key));
}

const json* Get(const json& map, std::string_view key, std::string_view below) {
  const json* value = Get(map, key);
  return value == nullptr ? nullptr : Get(*value, below);
}

std::string_view Text(const json& map, std::string_view key) {
  const json* value = Get(map, key);
  return value == nullptr || !value->is_string() ? std::string_view() : value->get_ref<const std::string&>();
}

bool IsTrue(const json& map, std::string_view key) {
  const json* value = Get(map, key);
  return value != nullptr && value->is_boolean() && value->get<bool>();
}

bool IsFalse(const json& map, std::string_view key) {
  const json* value = Get(map, key);
  return value != nullptr && value->is_boolean() && !value->get<bool>();
}

json& MapAt(json& map, std::string_view key) {
  json& value = map[std::string(key)];
  if (value.is_null()) value = json::object();
  return value;
}

json& ListAt(json& map, std::string_view key) {
  json& value = map[std::string(key)];
  if (value.is_null()) value = json::array();
  return value;
}

const json& Items(const json& map, std::string_view key) {
  static const json kNone = json::array();
  const json* value = Get(map, key);
  return value == nullptr || !value->is_array() ? kNone : *value;
}

bool Drop(json& map, std::string_view key) {
  if (Get(map, key) == nullptr) return false;
  map.erase(std::string(key));
  return true;
}

std::string BadShape(const json& metadata, const json& spec) {
  ShapeCheck check;
  check.Pod(metadata, spec);
  return check.Take();
}

std::string Quote(std::string_view name) {
  constexpr size_t kLongest = 48;
  std::string quoted = "'";
  for (char c : name.substr(0, kLongest)) quoted += c >= 0x20 && c < 0x7f ? c : '?';
  if (name.size() > kLongest) quoted += "...";
  return quoted + '\'';
}

}  // namespace guard::steering
