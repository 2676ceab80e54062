// The fields of a guardrail's file and of a pack's, docs/guardrails.md.
//
// Tested by tests/unit/engine/load_test.cc and the cases below tests/golden/engine/load.
#include <algorithm>

#include "policies/engine/load.h"

namespace guard {

namespace {

constexpr std::string_view kApiVersion = "guardctl.dev/v1";

// The head that both kinds of file have: apiVersion, kind and metadata.name, which is the file's name.
const Node* ReadHead(const LoadedFile& file, std::string_view kind, std::string_view name, Errors* errors) {
  Fields top(file.root(), *file.source, "the file", errors);
  if (!file.root().is_map()) return nullptr;
  const Node* version = top.Require("apiVersion");
  if (version && version->string() != kApiVersion)
    top.Fail(version->span, "apiVersion must be " + std::string(kApiVersion));
  const Node* is = top.Require("kind");
  if (is && is->string() != kind) top.Fail(is->span, "kind must be " + std::string(kind));
  const Node* spec = top.Require("spec");
  if (const Node* metadata = top.Require("metadata")) {
    Fields fields(*metadata, *file.source, "metadata", errors);
    const Node* own = fields.Require("name");
    if (own && own->string() != name)
      fields.Fail(own->span, "the name must be that of the " +
                                 std::string(kind == "Pack" ? "folder" : "file") + ", '" + std::string(name) +
                                 "'");
    fields.Finish();
  }
  top.Finish();
  return spec;
}

void ReadFixStep(const Node& node, const Source& source, Errors* errors, Guardrail* guardrail,
                 ExpressionNodes* nodes) {
  Fields fields(node, source, "a step of the fix", errors);
  if (!node.is_map()) return;
  FixStep step;
  ExpressionNodes::Fix from;
  int actions = 0;
  auto action = [&](std::string_view key, FixStep::Op op) {
    const Node* path = fields.Find(key);
    if (path == nullptr) return;
    ++actions, step.op = op, from.path = path;
    if (!path->is_string()) fields.Fail(path->span, "'" + std::string(key) + "' must be a path");
    step.path = path->string();
  };
  action("remove", FixStep::Op::kRemove);
  action("set", FixStep::Op::kSet);
  action("add", FixStep::Op::kAdd);
  const Node* value = fields.Find("value");
  from.expression = fields.Find("expression");
  from.where = fields.Find("where");
  fields.Finish();
  if (actions != 1) {
    fields.Fail(fields.begin(), "a step of the fix is one of remove, set and add");
    return;
  }
  if (step.op == FixStep::Op::kRemove && (value || from.expression))
    fields.Fail((value ? value : from.expression)->span, "remove takes no value");
  if (step.op != FixStep::Op::kRemove && (value != nullptr) == (from.expression != nullptr))
    fields.Fail(from.path->span, "set and add take either a value or an expression");
  if (step.op != FixStep::Op::kRemove && from.where)
    fields.Fail(from.where->span, "only remove takes a 'where'");
  if (value) step.value = *value;
  guardrail->fix.push_back(std::move(step));
  nodes->fix.push_back(from);
}

void ReadExampleList(const Node* list, std::string_view what, Fields& examples, const Source& source,
                     const VersionRange& range, Errors* errors, std::vector<Example>* into) {
  if (list == nullptr) return;
  if (!list->is_list()) return examples.Fail(list->span, "'" + std::string(what) + "' must be a list");
  for (const Node& item : list->list()) {
    Example example{&item, std::nullopt};
    if (!item.is_map()) {
      examples.Fail(item.span, "an example must be a map");
      continue;
    }
    if (item.Find("object") && item.Find("kind") == nullptr) {
      Fields fields(item, source, "the example", errors);
      example.object = fields.Find("object");
      std::string version = fields.RequireText("kubernetes");
      auto parsed = ParseKubernetesVersion(version);
      if (!version.empty() && !parsed)
        fields.Fail(item.Find("kubernetes")->span, parsed.error().message, parsed.error().hint);
      if (parsed) example.kubernetes = *parsed;
      // A good one may show where the guardrail ends.
      if (parsed && what == "bad" && !range.Contains(*parsed))
        fields.Fail(item.Find("kubernetes")->span, "the guardrail is not for this version");
      if (!example.object->is_map()) fields.Fail(example.object->span, "an example must be a map");
      fields.Finish();
    }
    into->push_back(example);
  }
}

std::vector<ResourceKind> ReadResources(std::span<const Node> items, const Source& source, Errors* errors) {
  std::vector<ResourceKind> resources;
  for (const Node& item : items) {
    Fields fields(item, source, "a resource", errors);
    const Node* group = fields.Find("group");
    resources.push_back({std::string(group ? group->string() : ""), fields.RequireText("kind")});
    fields.Finish();
  }
  return resources;
}

std::vector<std::string_view> SeverityNames() {
  std::vector<std::string_view> names;
  for (int i = 0; i <= static_cast<int>(Severity::kCritical); ++i)
    names.push_back(ToString(static_cast<Severity>(i)));
  return names;
}

void ReadSubject(Fields& spec, const Node& node, Guardrail* guardrail) {
  std::string subject = spec.RequireText("subject");
  if (subject.empty()) return;
  std::optional<SubjectKind> kind = ParseSubjectKind(subject);
  if (kind && SubjectEnvironments::Has(*kind)) {
    guardrail->subject = *kind;
    return;
  }
  std::string known;
  for (std::string_view name : SubjectEnvironments::Names())
    known.append(known.empty() ? "" : ", ").append(name);
  std::string hint = DidYouMean(subject, SubjectEnvironments::Names());
  spec.Fail(node.Find("subject")->span, "no guardrails are about '" + subject + "'",
            hint.empty() ? "one of " + known : hint);
}

// The text up to the examples, where they are the last key of the spec in the form that packs have.
std::string_view WithoutExamples(std::string_view text) {
  constexpr std::string_view kKey = "\n  examples:\n";
  size_t at = text.find(kKey);
  if (at == text.npos) return text;
  for (size_t line = at + kKey.size(); line < text.size();) {
    if (!text.substr(line).starts_with("    ")) return text;  // another key
    size_t end = text.find('\n', line);
    line = end == text.npos ? end : end + 1;
  }
  return text.substr(0, at + 1);
}

}  // namespace

LoadedFile ReadPolicyFile(const PolicyFile& file, Errors* errors, ReadExamples examples) {
  LoadedFile loaded;
  size_t slash = file.path.find('/');
  loaded.pack = file.path.substr(0, slash);
  loaded.name = file.path.substr(slash + 1);
  loaded.name.resize(loaded.name.size() - std::string_view(".yaml").size());
  bool whole = examples == ReadExamples::kAll || !file.tested;
  loaded.source = std::make_unique<Source>(file.shown.empty() ? file.path : file.shown,
                                           whole ? file.text : std::string(WithoutExamples(file.text)));
  loaded.documents = std::make_unique<Documents>(*loaded.source);
  if (auto sound = CheckText(*loaded.source); !sound) {
    errors->push_back(sound.error());
    return loaded;
  }
  *loaded.documents = ReadYaml(*loaded.source, YamlSchema::kKubernetes);
  if (loaded.documents->error) {
    errors->push_back(*loaded.documents->error);
    loaded.documents->all.clear();
  } else if (loaded.documents->all.size() != 1) {
    bool none = loaded.documents->all.empty();
    Span at = none ? Span{} : loaded.documents->all[1].root.span;
    errors->push_back(loaded.source->ErrorAt(at, none ? "the file is empty" : "one document a file"));
    loaded.documents->all.clear();
  }
  return loaded;
}

std::vector<ControlMapping> ReadControls(const Node* node, Fields& fields) {
  std::vector<ControlMapping> controls;
  if (node == nullptr) return controls;
  if (!node->is_map()) fields.Fail(node->span, "'controls' must be a map of catalogues to lists of ids");
  for (const Entry& entry : node->map()) {
    ControlMapping mapping{std::string(entry.key()), {}};
    if (!entry.value.is_list() || entry.value.size == 0) {
      fields.Fail(entry.key_span, "the ids of a catalogue must be a list");
      continue;
    }
    for (const Node& id : entry.value.list()) {
      if (!id.is_string()) fields.Fail(id.span, "a control's id must be a string", "put it in quotes");
      mapping.ids.emplace_back(id.string());
    }
    controls.push_back(std::move(mapping));
  }
  return controls;
}

void MergeControls(const std::vector<ControlMapping>& from, std::vector<ControlMapping>* to) {
  for (const ControlMapping& mapping : from) {
    auto same = std::find_if(to->begin(), to->end(),
                             [&](const ControlMapping& own) { return own.catalogue == mapping.catalogue; });
    if (same == to->end()) {
      to->push_back(mapping);
      continue;
    }
    for (const std::string& id : mapping.ids)
      if (std::find(same->ids.begin(), same->ids.end(), id) == same->ids.end()) same->ids.push_back(id);
  }
}

PackFile LoadPack(const LoadedFile& file, Errors* errors) {
  PackFile loaded;
  loaded.pack.name = file.pack;
  const Node* node = ReadHead(file, "Pack", file.pack, errors);
  if (node == nullptr) return loaded;
  Fields spec(*node, *file.source, "the pack's spec", errors);
  loaded.pack.title = spec.RequireText("title");
  loaded.pack.description = spec.RequireText("description");
  loaded.pack.enabled_by_default = spec.Flag("default", false);
  for (const Node& include : spec.List("includes")) {
    if (!include.is_string()) spec.Fail(include.span, "an included pack is a name");
    loaded.pack.includes.emplace_back(include.string());
    loaded.include_spans.push_back(include.span);
  }
  loaded.controls = ReadControls(spec.Find("controls"), spec);
  spec.Finish();
  return loaded;
}

std::unique_ptr<Guardrail> LoadGuardrail(const LoadedFile& file, const std::vector<ControlMapping>& controls,
                                         SubjectEnvironments& environments, Errors* errors) {
  size_t errors_before = errors->size();
  const Node* node = ReadHead(file, "Guardrail", file.name, errors);
  if (node == nullptr) return nullptr;
  auto guardrail = std::make_unique<Guardrail>();
  guardrail->name = file.name;
  guardrail->pack = file.pack;
  guardrail->file = file.source->name();
  guardrail->source = file.source.get();
  guardrail->document = &file.documents->all.front();

  Fields spec(*node, *file.source, "the guardrail's spec", errors);
  if (!node->is_map()) return nullptr;
  guardrail->title = spec.RequireText("title");
  guardrail->description = spec.RequireText("description");
  guardrail->remediation = spec.RequireText("remediation");
  if (std::string severity = spec.RequireText("severity"); !severity.empty()) {
    std::optional<Severity> parsed = ParseSeverity(severity);
    std::string hint = DidYouMean(severity, SeverityNames());
    if (!parsed)
      spec.Fail(node->Find("severity")->span, "'" + severity + "' is no severity",
                hint.empty() ? "one of critical, high, medium, low, info" : hint);
    guardrail->severity = parsed.value_or(Severity::kMedium);
  }
  guardrail->controls = ReadControls(spec.Find("controls"), spec);
  MergeControls(controls, &guardrail->controls);
  if (guardrail->controls.empty())
    spec.Fail(spec.begin(), "the guardrail's spec has no 'controls', and neither has its pack");
  ReadSubject(spec, *node, guardrail.get());
  if (const Node* range = spec.Find("kubernetes")) {
    auto parsed = ParseVersionRange(range->string());
    if (!parsed) spec.Fail(range->span, parsed.error().message, parsed.error().hint);
    if (parsed) guardrail->kubernetes = *parsed;
  }
  guardrail->resources = ReadResources(spec.List("resources"), *file.source, errors);
  if (!guardrail->resources.empty() && guardrail->subject != SubjectKind::kResource)
    spec.Fail(node->Find("resources")->span, "'resources' is for guardrails with 'subject: resource'");
  guardrail->deprecated = spec.Flag("deprecated", false);

  ExpressionNodes nodes;
  for (const Node& item : spec.List("variables")) {
    Fields variable(item, *file.source, "a variable", errors);
    const Node* name = variable.Require("name");
    const Node* expression = variable.Require("expression");
    variable.Finish();
    if (name && expression) nodes.variables.push_back({name, expression});
  }
  nodes.when = spec.Find("when");
  nodes.each = spec.Find("each");
  nodes.require = spec.Require("require");
  nodes.message = spec.Find("message");
  nodes.at = spec.Find("at");
  for (const Node& step : spec.List("fix")) ReadFixStep(step, *file.source, errors, guardrail.get(), &nodes);
  guardrail->fix_is_safe = spec.Flag("fix_is_safe", true);
  if (const Node* examples = spec.Find("examples")) {
    Fields fields(*examples, *file.source, "the examples", errors);
    ReadExampleList(fields.Find("good"), "good", fields, *file.source, guardrail->kubernetes, errors,
                    &guardrail->good);
    ReadExampleList(fields.Find("bad"), "bad", fields, *file.source, guardrail->kubernetes, errors,
                    &guardrail->bad);
    fields.Finish();
  }
  spec.Finish();
  // Without a subject there is nothing to check expressions against.
  if (errors->size() == errors_before || node->Find("subject"))
    CompileGuardrail(nodes, *file.source, environments.Get(guardrail->subject), guardrail.get(), errors);
  return guardrail;
}

}  // namespace guard
