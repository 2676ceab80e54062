// A look at a file's first bytes and at the beginnings of its lines; the readers do the rest.
//
// Tested by tests/unit/subjects/recognise_test.cc.
#include "policies/subjects/recognise.h"

#include <algorithm>
#include <array>

namespace guard {

namespace {

constexpr size_t kHead = 8192;  // where a NUL means "binary", as git and grep have it
constexpr std::string_view kSpaces = " \t\r\n";

std::string_view FileName(std::string_view path) {
  size_t slash = path.find_last_of("/\\");
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

bool HasFolder(std::string_view path, std::string_view folder) {
  for (size_t at = path.find(folder); at != std::string_view::npos; at = path.find(folder, at + 1)) {
    bool begins = at == 0 || path[at - 1] == '/' || path[at - 1] == '\\';
    size_t end = at + folder.size();
    if (begins && end < path.size() && (path[end] == '/' || path[end] == '\\')) return true;
  }
  return false;
}

bool HasExtension(std::string_view name, std::initializer_list<std::string_view> extensions) {
  return std::any_of(extensions.begin(), extensions.end(), [name](std::string_view extension) {
    if (name.size() <= extension.size()) return false;
    std::string_view end = name.substr(name.size() - extension.size());
    return std::equal(end.begin(), end.end(), extension.begin(),
                      [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a + 32 : a) == b; });
  });
}

bool IsManifestName(std::string_view name) { return HasExtension(name, {".yaml", ".yml", ".json"}); }

// Texts that quote manifests without being one.
bool IsOtherLanguage(std::string_view name, std::string_view text) {
  return text.starts_with("#!") ||
         HasExtension(
             name,
             {".md",   ".markdown",   ".rst",     ".adoc",      ".html",   ".htm",        ".sh",    ".bash",
              ".zsh",  ".py",         ".go",      ".js",        ".ts",     ".jsx",        ".tsx",   ".java",
              ".kt",   ".rb",         ".rs",      ".c",         ".cc",     ".cpp",        ".h",     ".hpp",
              ".cs",   ".php",        ".pl",      ".lua",       ".sql",    ".tf",         ".hcl",   ".toml",
              ".ini",  ".cfg",        ".xml",     ".css",       ".scss",   ".csv",        ".diff",  ".patch",
              ".rego", ".cue",        ".jsonnet", ".libsonnet", ".proto",  ".groovy",     ".ps1",   ".bat",
              ".log",  ".dockerfile", ".mk",      ".cmake",     ".gradle", ".properties", ".swift", ".scala",
              ".nix"});
}

// Dockerfiles have no mark of their own within. What a template engine has yet to fill in is none yet.
bool IsDockerfileName(std::string_view name) {
  for (std::string_view known : {"Dockerfile", "Containerfile"}) {
    if (name == known) return true;
    if (name.starts_with(known) && name[known.size()] == '.')
      return !HasExtension(
          name, {".dockerignore", ".containerignore", ".md", ".j2", ".jinja", ".jinja2", ".tmpl", ".tpl",
                 ".template", ".erb", ".in", ".orig", ".rej", ".bak", ".swp"});
  }
  return HasExtension(name, {".dockerfile", ".containerfile"});
}

// compose.yaml, compose.override.yml, docker-compose.ci.yml, podman-compose.yaml, app-compose.yml.
bool IsComposeName(std::string_view name) {
  if (!HasExtension(name, {".yaml", ".yml"})) return false;
  const std::string_view stem = name.substr(0, name.find('.'));
  return stem == "compose" || stem.ends_with("-compose") || stem.ends_with("_compose") ||
         name.find(".compose.") != name.npos;
}

bool IsGitlabCiName(std::string_view path, std::string_view name) {
  if (!HasExtension(name, {".yaml", ".yml"})) return false;
  const std::string_view stem = name.substr(0, name.rfind('.'));
  return stem.ends_with("gitlab-ci") || HasFolder(path, ".gitlab/ci") || HasFolder(path, ".gitlab-ci");
}

// Calls visit(line) until it returns false.
template <class Visit>
void ForEachLine(std::string_view text, const Visit& visit) {
  while (!text.empty()) {
    size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (!visit(line)) return;
    if (end == std::string_view::npos) return;
    text.remove_prefix(end + 1);
  }
}

// A line that begins with this key: kind:, "kind": or 'kind':.
bool BeginsWithKey(std::string_view line, std::string_view key) {
  char quote = line.starts_with('"') || line.starts_with('\'') ? line[0] : '\0';
  if (quote) line.remove_prefix(1);
  if (!line.starts_with(key)) return false;
  line.remove_prefix(key.size());
  if (quote) {
    if (!line.starts_with(quote)) return false;
    line.remove_prefix(1);
  }
  line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
  return line.starts_with(':') && (line.size() == 1 || line[1] == ' ' || line[1] == '\t');
}

bool HasQuotedKey(std::string_view text, std::string_view quoted) {
  for (size_t at = text.find(quoted); at != std::string_view::npos; at = text.find(quoted, at + 1)) {
    size_t after = text.find_first_not_of(kSpaces, at + quoted.size());
    if (after != std::string_view::npos && text[after] == ':') return true;
  }
  return false;
}

// JSON, or YAML written like it; a template's action is neither.
bool BeginsWithBraces(std::string_view text) {
  return text.starts_with('[') || (text.starts_with('{') && !text.starts_with("{{"));
}

// Whether a document of the text says its apiVersion and its kind where an object does: at the beginning of a
// line, as far in as the first line of all.
bool LooksLikeManifest(std::string_view text) {
  if (BeginsWithBraces(text)) {
    if (HasQuotedKey(text, "\"apiVersion\"") && HasQuotedKey(text, "\"kind\"")) return true;
    return text.find("apiVersion:") != text.npos && text.find("kind:") != text.npos;  // YAML in braces
  }
  bool version = false, kind = false;
  size_t indent = std::string_view::npos;
  ForEachLine(text, [&](std::string_view line) {
    size_t begin = line.find_first_not_of(' ');
    if (begin == line.npos || line[begin] == '#') return true;
    if (line.starts_with("--- ")) begin = line.find_first_not_of(' ', 4);
    if (begin == line.npos) return true;
    std::string_view rest = line.substr(begin);
    // An object after the mark, or at a document's beginning, in braces.
    if (rest.starts_with('{') && rest.find("apiVersion") != rest.npos && rest.find("kind") != rest.npos)
      version = kind = true;
    if (line.starts_with("---") || line.starts_with('%')) {
      indent = std::string_view::npos;
      return !(version && kind);
    }
    if (indent == std::string_view::npos) indent = begin;
    if (begin != indent) return true;
    version |= BeginsWithKey(rest, "apiVersion");
    kind |= BeginsWithKey(rest, "kind");
    return !(version && kind);
  });
  return version && kind;
}

// Whether the text says services: or include: at the beginning of a line.
bool LooksLikeCompose(std::string_view text) {
  bool found = false;
  ForEachLine(text, [&](std::string_view line) {
    found = BeginsWithKey(line, "services") || BeginsWithKey(line, "include");
    return !found;
  });
  return found;
}

// {{ .Values.x }}, {{- if ... }}, {{ $x }}, {{/* ... */}}: Go's template language. The placeholders of Argo
// Workflows, Ansible and others ({{inputs.parameters.x}}) are not.
bool IsTemplateAction(std::string_view after_braces) {
  if (after_braces.starts_with("- ")) after_braces.remove_prefix(1);
  after_braces.remove_prefix(std::min(after_braces.find_first_not_of(" \t"), after_braces.size()));
  if (after_braces.empty()) return false;
  if (after_braces[0] == '.' || after_braces[0] == '$' || after_braces.starts_with("/*")) return true;
  size_t end = after_braces.find_first_of(" \t}()");
  std::string_view word = after_braces.substr(0, end);
  static constexpr std::array<std::string_view, 20> kWords = {
      "if",      "else",   "end",    "range",  "with",  "define", "template", "block",   "include", "tpl",
      "default", "toYaml", "toJson", "printf", "quote", "lookup", "required", "nindent", "not",     "list"};
  return std::find(kWords.begin(), kWords.end(), word) != kWords.end();
}

bool HasTemplateAction(std::string_view text) {
  for (size_t at = text.find("{{"); at != text.npos; at = text.find("{{", at + 2))
    if (IsTemplateAction(text.substr(at + 2))) return true;
  return false;
}

// A template action where YAML expects a key or a value. Inside quotes, comments and block scalars it is text
// like any other.
bool HasUnreadableAction(std::string_view text) {
  if (text.find("{{") == text.npos) return false;
  bool found = false;
  size_t scalar_indent = std::string_view::npos;  // a block scalar's parent; deeper lines are its text
  ForEachLine(text, [&](std::string_view line) {
    size_t begin = line.find_first_not_of(' ');
    if (begin == line.npos) return true;
    if (scalar_indent != std::string_view::npos && begin > scalar_indent) return true;
    scalar_indent = std::string_view::npos;
    std::string_view rest = line.substr(begin);
    while (rest.starts_with("- ")) rest.remove_prefix(std::min(rest.find_first_not_of(' ', 1), rest.size()));
    if (rest.starts_with('#')) return true;
    size_t colon = rest.find(": ");
    std::string_view value = colon == rest.npos ? rest : rest.substr(colon + 2);
    value.remove_prefix(std::min(value.find_first_not_of(' '), value.size()));
    for (std::string_view place : {rest, value})
      if (place.starts_with("{{") && IsTemplateAction(place.substr(2))) found = true;
    if (value.starts_with('|') || value.starts_with('>')) scalar_indent = begin;
    return !found;
  });
  return found;
}

// `cut`: the text may end inside a letter.
bool IsUtf8(std::string_view text, bool cut) {
  for (size_t i = 0; i < text.size();) {
    unsigned char lead = static_cast<unsigned char>(text[i]);
    size_t length = lead < 0x80                   ? 1
                    : lead >= 0xF0 && lead < 0xF5 ? 4
                    : lead >= 0xE0                ? 3
                    : lead >= 0xC2                ? 2
                                                  : 0;
    if (length == 0 || lead >= 0xF5) return false;
    if (i + length > text.size() && !cut) return false;
    for (size_t k = 1; k < length && i + k < text.size(); ++k)
      if ((static_cast<unsigned char>(text[i + k]) & 0xC0) != 0x80) return false;
    i += length;
  }
  return true;
}

// A manifest that some editor or shell has written as UTF-16: the reader refuses it, and says what to do.
bool IsWideManifest(std::string_view text) {
  if (!text.starts_with("\xFF\xFE") && !text.starts_with("\xFE\xFF")) return false;
  constexpr std::string_view kWideKind("k\0i\0n\0d\0", 7);
  return text.find(kWideKind) != text.npos;
}

// Whether the first line that says anything looks like YAML.
bool BeginsLikeYaml(std::string_view text) {
  bool yaml = false;
  ForEachLine(text, [&](std::string_view line) {
    size_t begin = line.find_first_not_of(" \t");
    if (begin == line.npos || line[begin] == '#') return true;
    std::string_view rest = line.substr(begin);
    if (rest.starts_with("---") || rest.starts_with('%')) return yaml = true, false;
    size_t colon = rest.find(':');
    bool key = colon != rest.npos && colon > 0 && (colon + 1 == rest.size() || rest[colon + 1] == ' ') &&
               rest.substr(0, colon).find(' ') == rest.npos;
    yaml = key || rest.starts_with("- ") || rest.starts_with('{') || rest.starts_with('[');
    return false;
  });
  return yaml;
}

// Nothing but space, comments and document marks.
bool SaysNothing(std::string_view text) {
  bool nothing = true;
  ForEachLine(text, [&](std::string_view line) {
    size_t begin = line.find_first_not_of(" \t");
    nothing = begin == line.npos || line[begin] == '#' || line == "---" || line == "...";
    return nothing;
  });
  return nothing;
}

constexpr std::string_view kKindNames[] = {"kubernetes", "helm-template", "helm-chart", "kustomization",
                                           "dockerfile", "compose",       "gitlab-ci",  "unknown-yaml",
                                           "empty",      "binary",        "other"};
constexpr std::string_view kWhySkipped[] = {
    "",
    "a Helm template is not auditable as it stands: use --render, or audit what `helm template` makes",
    "a Helm chart is not auditable as it stands: use --render, or audit what `helm template` makes",
    "a kustomization: audit what `kubectl kustomize` makes of it",
    "",
    "",
    "",
    "no Kubernetes object (apiVersion and kind) in it",
    "empty",
    "binary",
    "no kind of file that is audited",
};

}  // namespace

std::string_view ToString(FileKind kind) { return kKindNames[static_cast<int>(kind)]; }
std::string_view WhySkipped(FileKind kind) { return kWhySkipped[static_cast<int>(kind)]; }
std::string_view WhyNothing(FileKind kind) {
  switch (kind) {
    case FileKind::kCompose: return "no service in it; what it includes is not read from here";
    case FileKind::kGitlabCi: return "no job in it; what it includes is not read from here";
    default: return WhySkipped(FileKind::kUnknownYaml);
  }
}

FileKind Recognise(std::string_view path, std::string_view text) {
  std::string_view name = FileName(path);
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  if (IsWideManifest(text)) return FileKind::kKubernetes;
  std::string_view head = text.substr(0, kHead);
  if (head.find('\0') != head.npos) return FileKind::kBinary;
  if (SaysNothing(text)) return FileKind::kEmpty;

  if (IsDockerfileName(name)) return FileKind::kDockerfile;

  std::string_view body = text.substr(std::min(text.find_first_not_of(kSpaces), text.size()));
  bool braces = BeginsWithBraces(body);
  bool manifest_name = IsManifestName(name);
  bool readable = manifest_name || (!IsOtherLanguage(name, text) && (braces || BeginsLikeYaml(text)));
  if (HasFolder(path, "templates") && (readable || HasExtension(name, {".tpl"})) && HasTemplateAction(text))
    return FileKind::kHelmTemplate;
  bool manifest = readable && LooksLikeManifest(braces ? body : text);
  // A damaged manifest is one that cannot be read, which is told; not a file to pass over.
  if (!manifest && !IsUtf8(head, head.size() < text.size())) return FileKind::kBinary;
  if (name == "Chart.yaml") return FileKind::kHelmChart;
  if (name == "kustomization.yaml" || name == "kustomization.yml" || name == "Kustomization" ||
      (manifest && text.find("apiVersion: kustomize.config.k8s.io/") != text.npos))
    return FileKind::kKustomization;
  if (readable && !braces && HasUnreadableAction(text)) return FileKind::kHelmTemplate;
  if (manifest) return FileKind::kKubernetes;
  if (IsComposeName(name) && LooksLikeCompose(text)) return FileKind::kCompose;
  if (IsGitlabCiName(path, name)) return FileKind::kGitlabCi;
  return readable ? FileKind::kUnknownYaml : FileKind::kOther;
}

Documents ReadManifest(const Source& source, const ReadLimits& limits) {
  std::string_view text = source.text();
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  size_t begin = text.find_first_not_of(kSpaces);
  if (begin == text.npos || (text[begin] != '{' && text[begin] != '['))
    return ReadYaml(source, YamlSchema::kKubernetes, limits);
  Documents json = ReadJson(source, limits);
  if (!json.error) return json;
  // Braces are YAML too, and so are JSON objects between document marks.
  Documents yaml = ReadYaml(source, YamlSchema::kKubernetes, limits);
  return yaml.error ? std::move(json) : std::move(yaml);
}

}  // namespace guard
