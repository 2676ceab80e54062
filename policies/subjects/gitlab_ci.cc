// Tested by gitlab_ci_test.cc and the examples of the pack ci-builds.
#include "policies/subjects/gitlab_ci.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>

#include "policies/subjects/values.h"

namespace guard {

namespace {

constexpr std::array<std::string_view, 12> kKeywords = {"default",       "include",      "stages",   "types",
                                                        "variables",     "workflow",     "image",    "cache",
                                                        "before_script", "after_script", "services", "spec"};

// GitLab allows eleven levels of extends, and ten of !reference.
constexpr size_t kMostLevels = 11;
constexpr size_t kMostTemplates = 100;              // of a job
constexpr size_t kMostCommands = 10'000;            // of a job
constexpr size_t kMostExpanded = size_t{16} << 20;  // bytes of a job that variables expand to

using Fields = std::vector<std::pair<std::string_view, Node>>;

bool IsKeyword(std::string_view name) { return std::ranges::find(kKeywords, name) != kKeywords.end(); }

// The text as the shell reads it: lines that a backslash continues are one.
std::string Continued(std::string_view command) {
  std::string joined;
  for (size_t i = 0; i < command.size(); ++i) {
    if (command[i] != '\\' || i + 1 == command.size() || command[i + 1] != '\n') {
      joined += command[i];
      continue;
    }
    const size_t next = command.find_first_not_of(" \t", i + 2);
    if (next != i + 2 && !joined.ends_with(' ')) joined += ' ';
    i = std::min(next, command.size()) - 1;
  }
  return joined;
}

// Variables are the same for every job that has them: made once, by the entry of the file.
using Variables = std::unordered_map<const Entry*, Node>;

class JobReader {
 public:
  // `text`: of the file, which alone says which lists are !reference.
  JobReader(Values values, std::string_view text, const Node& file, const Node& job, Variables& made)
      : values_(values), text_(text), file_(file), job_(job), made_(made) {
    Extend(job, 0);
  }

  Node Read(std::string_view name, Span name_span, bool first) {
    AddVariables();
    fields_.emplace_back("name", values_.Text(name, name_span));
    fields_.emplace_back("system", values_.Text("gitlab-ci", name_span));
    fields_.emplace_back("variables", values_.List(variables_, job_.span));
    AddImage();
    AddServices();
    AddCommands();
    AddTags();
    if (const Node* include = first ? file_.Find("include") : nullptr) Unread(*include);
    if (const Node* trigger = Find("trigger"))
      if (const Node* include = trigger->Find("include")) Unread(*include);
    if (const Node* steps = Find("run")) unread_.push_back(values_.Text("its run: steps", steps->span));
    fields_.emplace_back("unread", values_.List(unread_, job_.span));
    return values_.Map(fields_, job_.span);
  }

  // More than a limit allows was asked for: not all of the job is in what was read.
  bool too_large() const { return too_large_; }

 private:
  // Later templates win over earlier ones, each with what it extends itself.
  void Extend(const Node& job, size_t level) {
    if (std::ranges::find(chain_, &job) != chain_.end()) return;
    if (level > kMostLevels || chain_.size() == kMostTemplates) return void(too_large_ = true);
    chain_.push_back(&job);
    const Node* extends = job.Find("extends");
    if (extends == nullptr) return;
    if (extends->is_string()) return ExtendBy(*extends, level);
    for (size_t i = extends->list().size(); i-- > 0;) ExtendBy(extends->list()[i], level);
  }

  void ExtendBy(const Node& name, size_t level) {
    const Node* found = file_.Find(name.string());
    if (found != nullptr && found->is_map())
      Extend(*found, level + 1);
    else
      unread_.push_back(values_.Text(name.string(), name.span));
  }

  bool Inherits(std::string_view what) const {
    const Node* inherit = job_.Find("inherit");
    const Node* said = inherit ? inherit->Find(what) : nullptr;
    return said == nullptr || said->kind != NodeKind::kBool || said->boolean;
  }

  // The job's own, what it extends, `default`, the file's; an alias of a part of another job looks the same.
  const Node* Find(std::string_view key) const {
    for (const Node* job : chain_)
      if (const Node* found = job->Find(key)) return found->is_null() ? nullptr : Resolved(found);
    if (!Inherits("default")) return nullptr;
    const Node* defaults = file_.Find("default");
    const Node* found = defaults ? defaults->Find(key) : nullptr;
    if (found == nullptr && IsKeyword(key)) found = file_.Find(key);
    return found && !found->is_null() ? Resolved(found) : nullptr;
  }

  // What !reference [job, key, ...] stands for; the node itself where it is none.
  const Node* Resolved(const Node* node) const {
    for (size_t level = 0; level < kMostLevels && IsReference(*node); ++level) {
      const Node* at = &file_;
      for (const Node& part : node->list()) at = at ? at->Find(part.string()) : nullptr;
      if (at == nullptr) return node;
      node = at;
    }
    return node;
  }

  bool IsReference(const Node& node) const {
    if (!node.is_list() || node.size == 0 || node.span.begin > text_.size()) return false;
    if (text_.substr(node.span.begin).starts_with("!reference")) return true;
    std::string_view before = text_.substr(0, node.span.begin);
    const size_t end = before.find_last_not_of(" \t\r\n-");
    return end != before.npos && before.substr(0, end + 1).ends_with("!reference");
  }

  // $NAME and ${NAME} of what the file knows; the rest stays as written.
  std::string Expand(std::string_view text, int depth = 0) {
    std::string result;
    for (size_t i = 0; i < text.size(); ++i) {
      const bool braces = text[i] == '$' && i + 1 < text.size() && text[i + 1] == '{';
      const size_t begin = i + 1 + braces;
      size_t end = begin;
      while (text[i] == '$' && end < text.size() &&
             (std::isalnum(static_cast<unsigned char>(text[end])) || text[end] == '_'))
        ++end;
      const bool whole = end > begin && (!braces || (end < text.size() && text[end] == '}'));
      const std::optional<std::string_view> value =
          whole ? Known(text.substr(begin, end - begin)) : std::nullopt;
      too_large_ = too_large_ || expanded_ > kMostExpanded;
      if (!value || depth > 4 || too_large_) {
        result += text[i];
        continue;
      }
      result += Expand(*value, depth + 1);
      i = end - 1 + braces;
    }
    expanded_ += result.size();
    return result;
  }

  std::optional<std::string_view> Known(std::string_view name) const {
    for (const Node& variable : variables_)
      if (variable.FindString("name") == name && variable.Find("value")) return variable.FindString("value");
    return std::nullopt;
  }

  Node Variable(const Entry& entry) {
    const auto [slot, fresh] = made_.try_emplace(&entry);
    if (!fresh) return slot->second;
    const Node* value = Resolved(&entry.value);
    if (const Node* long_form = value->Find("value")) value = long_form;
    Fields pair = {{"name", values_.Text(entry.key(), entry.key_span)}};
    if (const auto text = ScalarText(*value))
      pair.emplace_back("value", values_.Text(*text, value->span));
    else if (!value->is_null() && !value->is_map())
      pair.emplace_back("value", *value);
    const Span span{entry.key_span.begin, std::max(entry.key_span.end, entry.value.span.end)};
    return slot->second = values_.Map(pair, span);
  }

  void AddVariables() {
    std::vector<const Node*> maps;
    for (const Node* job : chain_)
      if (const Node* variables = job->Find("variables")) maps.push_back(Resolved(variables));
    if (const Node* variables = file_.Find("variables"); variables && Inherits("variables"))
      maps.push_back(Resolved(variables));
    std::set<std::string_view> seen;
    for (const Node* map : maps) {
      for (const Entry& entry : map->map())
        if (seen.insert(entry.key()).second) variables_.push_back(Variable(entry));
      if (!map->is_map() && !map->is_null()) variables_.push_back(*map);  // for the engine to tell
    }
  }

  void AddImage() {
    const Node* image = Find("image");
    if (image == nullptr) return;
    if (image->is_map()) {
      for (const char* executor : {"docker", "kubernetes"}) {
        const Node* options = image->Find(executor);
        const Node* user = options ? options->Find("user") : nullptr;
        if (const auto text = user ? ScalarText(*user) : std::nullopt) {
          fields_.emplace_back("user", values_.Text(Expand(*text), user->span));
          break;
        }
      }
      image = image->Find("name");
    }
    if (image == nullptr) return;
    const auto text = ScalarText(*image);
    fields_.emplace_back("image", text ? values_.Text(Expand(*text), image->span) : *image);
  }

  // A command of one text or of words.
  std::string Joined(const Node& node) {
    if (const auto text = ScalarText(node)) return Expand(*text);
    std::string joined;
    for (const Node& item : node.list())
      if (const auto text = ScalarText(item)) joined.append(joined.empty() ? "" : " ").append(Expand(*text));
    return joined;
  }

  Node Service(const Node& node) {
    const Node* service = Resolved(&node);
    Fields fields;
    if (const auto text = ScalarText(*service)) {
      fields.emplace_back("image", values_.Text(Expand(*text), service->span));
      return values_.Map(fields, service->span);
    }
    if (!service->is_map()) return *service;
    for (const auto& [from, to] : {std::pair("name", "image"), std::pair("alias", "alias")}) {
      const Node* field = service->Find(from);
      if (const auto text = field ? ScalarText(*field) : std::nullopt)
        fields.emplace_back(to, values_.Text(Expand(*text), field->span));
    }
    if (const Node* command = service->Find("command"))
      fields.emplace_back("command", values_.Text(Joined(*command), command->span));
    return values_.Map(fields, service->span);
  }

  void AddServices() {
    std::vector<Node> services;
    const Node* list = Find("services");
    if (list != nullptr && !list->is_list()) services.push_back(*list);
    if (list != nullptr)
      for (const Node& item : list->list()) services.push_back(Service(item));
    fields_.emplace_back("services", values_.List(services, list ? list->span : job_.span));
  }

  // A script of several lines is a command a line, where it stands; what a backslash or a pipe continues is
  // one.
  void AddLines(std::string_view script, Span span) {
    size_t place = span.begin;
    while (!script.empty()) {
      size_t end = 0;
      do {
        end = script.find('\n', end == 0 ? 0 : end + 1);
      } while (end != script.npos && end > 0 && (script[end - 1] == '\\' || script[end - 1] == '|'));
      const std::string_view command = script.substr(0, end);
      script.remove_prefix(end == script.npos ? script.size() : end + 1);
      if (command.find_first_not_of(" \t\r\n") == command.npos) continue;
      const std::string_view first = command.substr(0, command.find('\n'));
      // After one that is written otherwise (an escape) the rest points to the whole.
      if (place != text_.npos)
        place = text_.substr(0, std::min<size_t>(span.end, text_.size())).find(first, place);
      Span at = span;
      if (place != text_.npos) {
        at = {static_cast<uint32_t>(place), static_cast<uint32_t>(place + first.size())};
        place = at.end;
      }
      if (commands_.size() == kMostCommands) return void(too_large_ = true);
      commands_.push_back(values_.Text(Continued(command), at));
    }
  }

  // Lists in lists are one list.
  void Commands(const Node& node, size_t level) {
    if (level > kMostLevels) too_large_ = true;
    if (too_large_) return;
    const Node* lines = Resolved(&node);
    if (const auto text = ScalarText(*lines)) AddLines(*text, lines->span);
    if (lines->is_map()) commands_.push_back(*lines);
    if (IsReference(*lines)) {  // to nothing in this file, or in a circle
      std::string name;
      for (const Node& part : node.list()) name.append(name.empty() ? "" : ".").append(part.string());
      return unread_.push_back(values_.Text(name, node.span));
    }
    for (const Node& item : lines->list()) Commands(item, level + 1);
  }

  void AddCommands() {
    if (const Node* hooks = Find("hooks"))
      if (const Node* script = hooks->Find("pre_get_sources_script")) Commands(*script, 0);
    for (const char* key : {"before_script", "script", "after_script"})
      if (const Node* script = Find(key)) Commands(*script, 0);
    fields_.emplace_back("commands", values_.List(commands_, job_.span));
  }

  void AddTags() {
    std::vector<Node> tags;
    const Node* list = Find("tags");
    if (list != nullptr)
      for (const Node& item : list->list()) {
        const auto text = ScalarText(*Resolved(&item));
        tags.push_back(text ? values_.Text(Expand(*text), item.span) : item);
      }
    fields_.emplace_back("tags", values_.List(tags, list ? list->span : job_.span));
  }

  // What an include names; each of a list.
  void Unread(const Node& include) {
    if (include.is_string()) unread_.push_back(values_.Text(include.string(), include.span));
    for (const char* key : {"local", "remote", "template", "component", "project"})
      if (const Node* named = include.Find(key); named && named->is_string())
        return unread_.push_back(values_.Text(named->string(), named->span));
    for (const Node& item : include.list())
      if (!item.is_list()) Unread(item);
  }

  Values values_;
  std::string_view text_;
  const Node& file_;
  const Node& job_;
  std::vector<const Node*> chain_;  // the job, then what it extends, the nearest first
  Variables& made_;
  size_t expanded_ = 0;
  bool too_large_ = false;
  std::vector<Node> variables_, commands_, unread_;
  Fields fields_;
};

std::set<std::string_view> ExtendedIn(const Node& file) {
  std::set<std::string_view> names;
  for (const Entry& entry : file.map()) {
    const Node* extends = entry.value.Find("extends");
    if (extends == nullptr) continue;
    names.insert(extends->string());
    for (const Node& name : extends->list()) names.insert(name.string());
  }
  return names;
}

bool IsJob(const Entry& entry) {
  if (IsKeyword(entry.key()) || !entry.value.is_map()) return false;
  for (const char* key : {"script", "extends", "image", "services", "before_script", "after_script",
                          "variables", "trigger", "run", "tags"})
    if (entry.value.Find(key) != nullptr) return true;
  return false;
}

void ProjectFile(Documents& documents, const Document& document, const Node& file, const std::string& below,
                 std::vector<Subject>* subjects) {
  const std::set<std::string_view> extended = ExtendedIn(file);
  bool first = true;
  Variables made;
  const size_t before = documents.arena.footprint();
  for (const Entry& entry : file.map()) {
    if (!IsJob(entry) || (entry.key().starts_with('.') && extended.contains(entry.key()))) continue;
    JobReader reader(Values(documents.arena, std::nullopt), documents.source->text(), file, entry.value,
                     made);
    Subject subject;
    subject.kind = SubjectKind::kJob;
    subject.value = reader.Read(entry.key(), entry.key_span, first);
    first = false;
    if (reader.too_large() || documents.arena.footprint() - before > kMostMade) {
      documents.error = documents.source->ErrorAt(
          entry.key_span,
          reader.too_large() ? "the job '" + std::string(entry.key()) + "' is made of too much to be judged"
                             : "the jobs up to this one come to more than 64 MiB, so the rest is not judged",
          "a job may have 10,000 commands, 100 templates, 11 levels of them, and 16 MiB of expanded "
          "variables");
      return;
    }
    subject.object = file;
    subject.document = &document, subject.source = documents.source;
    subject.object_kind = "Job";
    subject.name = entry.key();
    subject.path = below;
    AppendPathKey(&subject.path, entry.key());
    if (subject.path.starts_with('.')) subject.path.erase(0, 1);
    subject.object_path = below;
    subject.span = entry.key_span;
    subject.real_value = &entry.value, subject.real_object = &file;
    subjects->push_back(std::move(subject));
  }
}

}  // namespace

Documents ReadGitlabCi(const Source& source) {
  Documents documents = ReadYaml(source, YamlSchema::kYaml11);
  for (const Document& document : documents.all)
    if (!document.root.is_map() && !documents.error)
      documents.error =
          source.ErrorAt(document.root.span, "a GitLab CI file is a map of jobs, and this is none");
  return documents;
}

void ProjectGitlabCi(Documents& documents, const Document& document, std::vector<Subject>* subjects) {
  ProjectFile(documents, document, document.root, "", subjects);
}

void ProjectGitlabCiExample(Documents& documents, const Document& document, const Node& example,
                            std::vector<Subject>* subjects) {
  if (const Node* file = example.Find("gitlab")) ProjectFile(documents, document, *file, "gitlab", subjects);
}

}  // namespace guard
