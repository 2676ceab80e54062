// Tested by compose_test.cc and the examples of the pack compose.
#include "policies/subjects/compose.h"

#include <algorithm>
#include <optional>
#include <string>

#include "policies/subjects/compose_text.h"
#include "policies/subjects/values.h"

namespace guard {

namespace {

// Services that extend each other: Compose refuses a circle, and nobody has written more levels.
constexpr size_t kMostLevels = 20;

using Fields = std::vector<std::pair<std::string_view, Node>>;

bool SaysTrue(std::string_view text) {
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? char(c + 32) : c; });
  return lower == "true" || lower == "yes" || lower == "on" || lower == "y" || lower == "1" || lower == "t";
}

std::optional<std::string> TextOf(const Node& node) {
  if (node.is_string()) return InterpolateCompose(node.string());
  return ScalarText(node);
}

class ServiceReader {
 public:
  // `file` is the document's root; `service` its own map, or one of an example.
  ServiceReader(Values values, const Node& file, const Node& service) : values_(values), file_(file) {
    FollowExtends(service);
  }

  Node Read(std::string_view name, Span name_span) {
    fields_.emplace_back("name", values_.Text(name, name_span));
    for (const char* key : {"image", "user"}) AddText(key, Find(key), &fields_);
    for (const char* key : {"privileged", "use_api_socket"}) AddTruth(key, Find(key), &fields_);
    AddNamespaces();
    AddTexts("capabilities", "cap_add");
    AddTexts("security_options", "security_opt");
    AddDevices();
    AddTexts("groups", "group_add");
    AddMounts();
    AddVariables();
    AddBuild();
    // What a file includes is told once.
    const Node* services = file_.Find("services");
    const Node* include = file_.Find("include");
    if (include && services && services->map().front().key() == name) Unread(*include, "path");
    fields_.emplace_back("unread", values_.List(unread_, Whole()));
    return values_.Map(fields_, Whole());
  }

 private:
  Span Whole() const { return chain_.front()->span; }

  void FollowExtends(const Node& service) {
    for (const Node* at = &service; at != nullptr;) {
      if (std::ranges::find(chain_, at) != chain_.end()) break;
      if (chain_.size() == kMostLevels) {
        unread_.push_back(values_.Text("what stands behind 20 levels of extends", chain_.back()->span));
        break;
      }
      chain_.push_back(at);
      if (const Node* more = at->Find("env_file")) Unread(*more, "path");
      const Node* extends = at->Find("extends");
      if (extends == nullptr) break;
      if (extends->Find("file") != nullptr) {
        Unread(*extends, "file");
        break;
      }
      const std::string_view name = extends->is_string() ? extends->string() : extends->FindString("service");
      const Node* services = file_.Find("services");
      at = services ? services->Find(name) : nullptr;
      if (at == nullptr) unread_.push_back(values_.Text(name, extends->span));
    }
  }

  // A path, a list of paths, or of maps with one under `key`.
  void Unread(const Node& node, std::string_view key) {
    if (node.is_string()) unread_.push_back(values_.Text(node.string(), node.span));
    if (const Node* inner = node.Find(key)) Unread(*inner, key);
    for (const Node& item : node.list())
      if (!item.is_list()) Unread(item, key);
  }

  // What a service says itself counts before what it extends.
  const Node* Find(std::string_view key) const {
    for (const Node* service : chain_)
      if (const Node* found = service->Find(key); found && !found->is_null()) return found;
    return nullptr;
  }

  void AddText(std::string_view key, const Node* node, Fields* fields) {
    if (node == nullptr) return;
    const auto text = TextOf(*node);
    fields->emplace_back(key, text ? values_.Text(*text, node->span) : *node);
  }

  void AddTruth(std::string_view key, const Node* node, Fields* fields) {
    if (node == nullptr) return;
    const auto text = TextOf(*node);
    fields->emplace_back(key, text ? values_.Truth(SaysTrue(*text), node->span) : *node);
  }

  Node Pair(std::string_view name, Span name_span, const Node* value, Span span) {
    Fields pair = {{"name", values_.Text(name, name_span)}};
    if (value != nullptr && !value->is_null()) AddText("value", value, &pair);
    return values_.Map(pair, span);
  }

  void AddNamespaces() {
    std::vector<Node> all;
    for (const char* key : {"network_mode", "pid", "ipc", "uts", "userns_mode", "cgroup"})
      if (const Node* value = Find(key)) all.push_back(Pair(key, value->span, value, value->span));
    fields_.emplace_back("namespaces", values_.List(all, Whole()));
  }

  // Lists add up over what a service extends. Something that is no list is kept, for the engine to tell.
  template <class Visit>
  void ForEachItem(std::string_view key, std::vector<Node>* items, const Visit& visit) {
    for (const Node* service : chain_) {
      const Node* list = service->Find(key);
      if (list == nullptr || list->is_null()) continue;
      if (!list->is_list()) items->push_back(*list);
      for (const Node& item : list->list()) items->push_back(visit(item));
    }
  }

  Node TextOrSelf(const Node& node) {
    const auto text = TextOf(node);
    return text ? values_.Text(*text, node.span) : node;
  }

  void AddTexts(std::string_view field, std::string_view key) {
    std::vector<Node> items;
    ForEachItem(key, &items, [&](const Node& item) { return TextOrSelf(item); });
    fields_.emplace_back(field, values_.List(items, Whole()));
  }

  void AddDevices() {
    std::vector<Node> items;
    ForEachItem("devices", &items, [&](const Node& item) {
      if (const Node* source = item.Find("source")) return TextOrSelf(*source);
      const auto text = TextOf(item);
      return text ? values_.Text(SplitComposeVolume(*text)[0], item.span) : item;
    });
    ForEachItem("device_cgroup_rules", &items, [&](const Node& item) { return TextOrSelf(item); });
    fields_.emplace_back("devices", values_.List(items, Whole()));
  }

  Node Mount(std::string_view type, std::string_view source, std::string_view target, Span span) {
    // A named volume may be a path of the host by its driver's options.
    std::string device;
    if (type == "volume" && !source.empty()) {
      const Node* volumes = file_.Find("volumes");
      const Node* volume = volumes ? volumes->Find(source) : nullptr;
      const Node* options = volume ? volume->Find("driver_opts") : nullptr;
      if (options) device = InterpolateCompose(options->FindString("device"));
    }
    if (device.starts_with('/')) type = "bind", source = device;
    return values_.Map({{"type", values_.Text(type, span)},
                        {"source", values_.Text(source, span)},
                        {"target", values_.Text(target, span)}},
                       span);
  }

  void AddMounts() {
    std::vector<Node> items;
    ForEachItem("volumes", &items, [&](const Node& item) -> Node {
      if (item.is_map()) {
        const Node* type = item.Find("type");
        const std::string source = InterpolateCompose(item.FindString("source"));
        const std::string of = type ? InterpolateCompose(type->string())
                                    : std::string(source.find('/') == source.npos ? "volume" : "bind");
        return Mount(of, source, InterpolateCompose(item.FindString("target")), item.span);
      }
      const auto text = TextOf(item);
      if (!text) return item;
      const std::vector<std::string_view> parts = SplitComposeVolume(*text);
      if (parts.size() == 1) return Mount("volume", "", parts[0], item.span);
      const bool path = parts[0].find_first_of("/\\~") != parts[0].npos || parts[0].starts_with('.') ||
                        parts[0].starts_with('$');
      return Mount(path ? "bind" : "volume", parts[0], parts[1], item.span);
    });
    fields_.emplace_back("mounts", values_.List(items, Whole()));
  }

  void AddVariables() {
    std::vector<Node> items;
    for (const Node* service : chain_) {
      const Node* environment = service->Find("environment");
      if (environment == nullptr || environment->is_null()) continue;
      for (const Entry& entry : environment->map())
        items.push_back(
            Pair(entry.key(), entry.key_span, &entry.value, {entry.key_span.begin, entry.value.span.end}));
      for (const Node& item : environment->list()) {
        const auto text = TextOf(item);
        const size_t sign = text ? text->find('=') : std::string::npos;
        if (!text) {
          items.push_back(item);
        } else if (sign == text->npos) {
          items.push_back(Pair(*text, item.span, nullptr, item.span));
        } else {
          const Node value = values_.Text(std::string_view(*text).substr(sign + 1), item.span);
          items.push_back(values_.Map(
              {{"name", values_.Text(std::string_view(*text).substr(0, sign), item.span)}, {"value", value}},
              item.span));
        }
      }
      if (!environment->is_map() && !environment->is_list()) items.push_back(*environment);
    }
    fields_.emplace_back("variables", values_.List(items, Whole()));
  }

  void AddBuild() {
    const Node* build = Find("build");
    if (build == nullptr) return;
    Fields fields;
    AddTruth("privileged", build->Find("privileged"), &fields);
    AddText("network", build->Find("network"), &fields);
    if (const Node* entitlements = build->Find("entitlements")) {
      std::vector<Node> items;
      if (!entitlements->is_list()) items.push_back(TextOrSelf(*entitlements));
      for (const Node& item : entitlements->list()) items.push_back(TextOrSelf(item));
      fields.emplace_back("entitlements", values_.List(items, entitlements->span));
    }
    const bool known = build->is_map() || build->is_string();
    fields_.emplace_back("build", known ? values_.Map(fields, build->span) : *build);
  }

  Values values_;
  const Node& file_;
  std::vector<const Node*> chain_;  // the service, what it extends, what that extends
  std::vector<Node> unread_;
  Fields fields_;
};

void AddSubject(Documents& documents, const Document& document, const Node& file, const Node& service,
                std::string_view name, Span name_span, std::string path, std::vector<Subject>* subjects) {
  Subject subject;
  subject.kind = SubjectKind::kService;
  subject.value = ServiceReader(Values(documents.arena, std::nullopt), file, service).Read(name, name_span);
  subject.object = file;
  subject.document = &document, subject.source = documents.source;
  subject.object_kind = "Service";
  subject.name = name;
  subject.path = std::move(path);
  subject.span = name_span;
  subject.real_value = &service, subject.real_object = &file;
  subjects->push_back(std::move(subject));
}

void ProjectFile(Documents& documents, const Document& document, const Node& file,
                 std::vector<Subject>* subjects) {
  const Node* services = file.Find("services");
  if (services == nullptr) return;
  const size_t before = documents.arena.footprint();
  for (const Entry& entry : services->map()) {
    if (!entry.value.is_map()) continue;
    if (documents.arena.footprint() - before > kMostMade) {
      documents.error = documents.source->ErrorAt(
          entry.key_span, "the services before this one come to more than 64 MiB, so the rest is not judged",
          "let fewer services extend long ones, or split the file");
      return;
    }
    std::string path = "services";
    AppendPathKey(&path, entry.key());
    AddSubject(documents, document, file, entry.value, entry.key(), entry.key_span, std::move(path),
               subjects);
  }
}

}  // namespace

Documents ReadCompose(const Source& source) {
  Documents documents = ReadYaml(source, YamlSchema::kCore12);
  if (documents.error) return documents;
  for (const Document& document : documents.all) {
    const Node* services = document.root.Find("services");
    if (services == nullptr && document.root.Find("include") != nullptr) continue;
    const Node& blamed = services ? *services : document.root;
    if (services == nullptr || !services->is_map()) {
      documents.error =
          source.ErrorAt(blamed.span, "a compose file has a map of services, and this has none");
      break;
    }
    for (const Entry& entry : services->map())
      if (!entry.value.is_map() && !documents.error)
        documents.error = source.ErrorAt(entry.value.span, "the service '" + std::string(entry.key()) +
                                                               "' is no map of what it is made of");
  }
  return documents;
}

void ProjectCompose(Documents& documents, const Document& document, std::vector<Subject>* subjects) {
  ProjectFile(documents, document, document.root, subjects);
}

void ProjectComposeExample(Documents& documents, const Document& document, const Node& example,
                           std::vector<Subject>* subjects) {
  if (example.Find("services") != nullptr) return ProjectFile(documents, document, example, subjects);
  AddSubject(documents, document, example, example, "example", example.span, "", subjects);
}

}  // namespace guard
