// The tables of the host's sensitive paths as regular expressions, which is how a policy of Kubernetes can
// ask them: CEL has no loops that could take a path apart as host_path.cc does.
//
// The patterns read doubled slashes, "." segments and trailing slashes themselves. Tested against
// host_path.cc by tests/unit/engine/vap_path_pattern_test.cc.
#include <map>
#include <memory>
#include <span>

#include "policies/base/host_path_tables.h"
#include "policies/engine/vap_rewrite.h"

namespace guard {

namespace {

// How paths are written: the way from one segment to the next, the end, any segment, and all that is below.
struct Style {
  std::string_view separator, end, any, below;
};
constexpr Style kUnix{"/+(?:\\./+)*", "(?:/+\\.?)*$", "[^/]+", "(?:/.*)?$"};
constexpr Style kWindows{"[/\\\\]+(?:\\.[/\\\\]+)*", "(?:[/\\\\]+\\.?)*$", "[^/\\\\]+", "(?:[/\\\\].*)?$"};

// A leading slash may be missing.
constexpr std::string_view kRoot = "(?:\\.?/+)*";
// ".." or a variable: what it leads to is not known, so it is the worst that it could be.
constexpr std::string_view kUnknown = ".*\\$.*$|(?:.*[/\\\\])?\\.\\.(?:[/\\\\].*)?$";
constexpr std::string_view kRootItself = "/(?:\\.?/)*\\.?$";

std::string Quoted(std::string_view text) {
  std::string quoted;
  for (char c : text) {
    if (std::string_view(".$+*()[]{}|^\\?").find(c) != std::string_view::npos) quoted += '\\';
    quoted += c;
  }
  return quoted;
}

std::string OneOf(std::span<const std::string_view> names) {
  std::string all;
  for (std::string_view name : names) all.append(all.empty() ? "" : "|").append(Quoted(name));
  return all;
}

// Paths by their segments, so that what they share is written once.
class Tree {
 public:
  // `and_below`: what is below the path is meant, too.
  void Add(std::string_view path, bool and_below) {
    Tree* tree = this;
    while (!path.empty()) {
      path.remove_prefix(1);
      size_t end = std::min(path.find('/'), path.size());
      auto& next = tree->children_[std::string(path.substr(0, end))];
      if (!next) next = std::make_unique<Tree>();
      tree = next.get();
      path.remove_prefix(end);
    }
    tree->ends_ = true;
    tree->and_below_ = tree->and_below_ || and_below;
  }

  // The same at every place that host_path.cc reads as this one.
  void AddEverywhere(std::string_view path, bool and_below) {
    Add(path, and_below);
    std::string text(path);
    if (text.starts_with("/run")) Add("/var" + text, and_below);
    if (text == "/root") Add("/var/roothome", and_below);
    constexpr std::string_view kHome = "/home/*";
    if (!text.starts_with(kHome)) return;
    for (const char* home : {"/root", "/Users/*", "/var/home/*", "/var/roothome", "/~"})
      Add(home + text.substr(kHome.size()), and_below);
  }

  // What may follow where this tree begins. `above`: folders above a path match, too.
  std::string Alternatives(const Style& style, bool above) const {
    std::string all;
    for (const auto& [segment, child] : children_) {
      all += all.empty() ? "" : "|";
      all += segment == "*" ? std::string(style.any) : Quoted(segment);
      all += child->Behind(style, above);
    }
    return all;
  }

 private:
  std::string Behind(const Style& style, bool above) const {
    if (and_below_) return std::string(style.below);
    std::string inner;
    if (!children_.empty()) inner = std::string(style.separator) + "(?:" + Alternatives(style, above) + ")";
    if (!above && !ends_) return inner;
    return inner.empty() ? std::string(style.end) : "(?:" + std::string(style.end) + "|" + inner + ")";
  }

  std::map<std::string, std::unique_ptr<Tree>, std::less<>> children_;
  bool ends_ = false, and_below_ = false;
};

}  // namespace

std::string RuntimeSocketPattern() {
  Tree places;
  for (std::string_view socket : kRuntimeSockets) places.AddEverywhere(socket, false);
  // Through /proc/PID/root everything is there once more.
  std::string next(kUnix.separator), process = "proc" + next + "(?:self|thread-self|[0-9]+)";
  std::string task = next + "task(?:" + next + "[^/]+)?", again = next + "(?:root|cwd)";
  std::string root = std::string(kRoot) + "(?:" + process + "(?:" + task + ")?" + again + next + ")*";
  std::string pattern = "^(?:unix:)?(?:";
  pattern.append(kUnknown).append("|").append(kRootItself);
  pattern += "|" + root + "(?:" + places.Alternatives(kUnix, true) + "|proc(?:" + next +
             "(?:self|thread-self|[0-9]+)(?:" + task + ")?(?:" + again + ")?)?" + std::string(kUnix.end) +
             ")";
  pattern += "|(?:.*[/\\\\])?(?:" + OneOf(kRuntimeSocketNames) + ")" + std::string(kWindows.end);
  pattern +=
      "|(?i:(?:npipe:)?[/\\\\]+[.?][/\\\\]+pipe(?:[/\\\\]+(?:" + OneOf(kRuntimePipes) + "))?[/\\\\]*)$";
  return pattern + ")";
}

std::string HostSecretsPattern() {
  Tree places, windows;
  for (const SensitivePath& path : kSensitivePaths) places.AddEverywhere(path.path, path.below);
  for (std::string_view path : kSensitiveWindowsPaths) windows.Add(path, true);
  std::string pattern = "^(?:unix:)?(?:";
  pattern.append(kUnknown).append("|").append(kRootItself);
  pattern += "|" + std::string(kRoot) + "(?:" + places.Alternatives(kUnix, true) + ")";
  pattern += "|(?i:[a-z]:(?:[/\\\\]*$|" + std::string(kWindows.separator) +
             "(?:" + windows.Alternatives(kWindows, true) + ")))";
  return pattern + ")";
}

std::string HarmlessPathPattern() {
  Tree places;
  for (std::string_view path : kHarmlessPaths) places.Add(path, true);
  return "^" + std::string(kRoot) + "(?:" + places.Alternatives(kUnix, false) + ")";
}

}  // namespace guard
