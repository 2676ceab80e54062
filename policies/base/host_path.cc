// Every text has one or more readings as an absolute path (host_path.h says which); a verdict is "yes" as
// soon as one reading says so. Paths from a cluster have one reading, and that is the fast way through.
//
// Tested by host_path_test.cc, fuzzed by host_path_fuzz.cc.
#include "policies/base/host_path.h"

#include <algorithm>
#include <span>
#include <vector>

#include "policies/base/host_path_tables.h"

namespace guard {
namespace {

// Longer ones than the kernel takes (PATH_MAX) are cut: what is behind cannot be reached anyway.
constexpr size_t kLongestPath = 4096;

using Segments = std::vector<std::string_view>;

bool IsSpace(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
bool IsNameChar(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}
bool IsVariable(std::string_view segment) { return segment.find('$') != std::string_view::npos; }

std::string Lower(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

// Calls `visit` with each segment of a path that is neither empty nor ".".
template <class Visit>
void EachSegment(std::string_view path, Visit visit) {
  while (!path.empty()) {
    size_t end = std::min(path.find('/'), path.size());
    std::string_view segment = path.substr(0, end);
    if (!segment.empty() && segment != ".") visit(segment);
    path.remove_prefix(std::min(end + 1, path.size()));
  }
}

// The segments of a path from the root.
Segments Resolve(std::string_view path) {
  Segments segments;
  EachSegment(path, [&](std::string_view segment) {
    if (segment != "..") {
      segments.push_back(segment);
    } else if (!segments.empty()) {
      segments.pop_back();
    }
  });
  return segments;
}

// What is behind the last "..", or npos when there is none.
size_t BehindLastClimb(std::string_view path) {
  for (size_t at = path.rfind(".."); at != std::string_view::npos && at != 0; at = path.rfind("..", at - 1))
    if (path[at - 1] == '/' && (at + 2 == path.size() || path[at + 2] == '/')) return at + 2;
  return path.starts_with("../") || path == ".." ? 2 : std::string_view::npos;
}

// The segments of one reading, and whether a variable is among them: it could be anything.
struct Path {
  std::span<const std::string_view> segments;
  bool variables = false;

  size_t size() const { return segments.size(); }
  std::string_view operator[](size_t i) const { return segments[i]; }
  Path From(size_t first) const { return {segments.subspan(first), variables}; }
};

Path PathOf(const Segments& segments) {
  return {segments, std::any_of(segments.begin(), segments.end(), IsVariable)};
}

// Where a path lies relative to a pattern of a table ("/run/user/*/docker.sock").
enum class Relation : uint8_t { kElsewhere, kAbove, kSame, kBelow };

// Hundreds of patterns are asked for every path, so what differs in its first letters must be quick.
Relation Relate(const Path& path, std::string_view pattern) {
  size_t i = 0;
  for (; !pattern.empty(); ++i) {
    pattern.remove_prefix(1);  // the slash
    if (i == path.size()) return Relation::kAbove;
    std::string_view segment = path[i];
    if (pattern.front() == segment.front() && pattern.starts_with(segment) &&
        (pattern.size() == segment.size() || pattern[segment.size()] == '/')) {
      pattern.remove_prefix(segment.size());
    } else if (pattern.front() == '*' || (path.variables && IsVariable(segment))) {
      pattern.remove_prefix(std::min(pattern.find('/'), pattern.size()));
    } else {
      return Relation::kElsewhere;
    }
  }
  return i == path.size() ? Relation::kSame : Relation::kBelow;
}

// The same, with /run found under /var/run too.
Relation RelateAliased(const Path& path, std::string_view pattern) {
  Relation relation = Relate(path, pattern);
  if (relation != Relation::kElsewhere || path.size() == 0 || path[0] != "var" ||
      !pattern.starts_with("/run"))
    return relation;
  return path.size() == 1 ? Relation::kAbove : Relate(path.From(1), pattern);
}

// ---- Verdicts on one reading
// ----------------------------------------------------------------------------------

// /proc/PID/root and /proc/PID/cwd of the init process are the root again. `again` is set to what follows
// them; the result tells whether this reading is one of them or above one.
bool IsRootAgain(Path path, Path* again) {
  *again = {};
  if (path.size() == 0 || path[0] != "proc") return false;
  if (path.size() == 1) return true;
  auto is_process = [](std::string_view name) {
    return name == "self" || name == "thread-self" || IsVariable(name) ||
           std::all_of(name.begin(), name.end(), [](char c) { return c >= '0' && c <= '9'; });
  };
  if (!is_process(path[1])) return false;
  path = path.From(2);
  if (path.size() > 0 && path[0] == "task") path = path.From(std::min<size_t>(2, path.size()));
  if (path.size() == 0) return true;
  if (path[0] != "root" && path[0] != "cwd") return false;
  *again = path.From(1);
  return true;
}

bool IsSocketName(std::string_view name) {
  return std::find(std::begin(kRuntimeSocketNames), std::end(kRuntimeSocketNames), name) !=
         std::end(kRuntimeSocketNames);
}

bool SocketVerdict(Path path) {
  if (path.size() > 0 && IsSocketName(path.segments.back())) return true;
  for (Path again; IsRootAgain(path, &again); path = again)
    if (again.size() == 0) return true;
  for (std::string_view socket : kRuntimeSockets) {
    Relation relation = RelateAliased(path, socket);
    if (relation == Relation::kAbove || relation == Relation::kSame) return true;
  }
  return false;
}

bool SecretVerdict(Path path) {
  if (!path.variables)
    for (std::string_view harmless : kHarmlessPaths)
      if (Relation r = Relate(path, harmless); r == Relation::kSame || r == Relation::kBelow) return false;
  for (const SensitivePath& sensitive : kSensitivePaths) {
    Relation relation = RelateAliased(path, sensitive.path);
    if (relation == Relation::kAbove || relation == Relation::kSame) return true;
    if (relation == Relation::kBelow && sensitive.below) return true;
  }
  return false;
}

using Verdict = bool (*)(Path);

// Homes lie in more than one place: /root, /Users/x and /var/home/x are judged as /home/x too.
bool JudgeSegments(Segments segments, Verdict verdict) {
  if (verdict(PathOf(segments))) return true;
  if (segments.empty()) return false;
  if (segments.size() >= 2 && segments[0] == "var" && (segments[1] == "home" || segments[1] == "roothome")) {
    segments.erase(segments.begin());
    if (segments[0] == "roothome") segments[0] = "root";
    if (verdict(PathOf(segments))) return true;
  }
  if (segments[0] == "Users") {
    segments[0] = "home";
  } else if (segments[0] == "root") {
    segments.insert(segments.begin(), "home");
  } else {
    return false;
  }
  return verdict(PathOf(segments));
}

// One absolute path, and what it could be if a segment before ".." is a symbolic link.
bool JudgeAbsolute(std::string_view path, Verdict verdict) {
  if (JudgeSegments(Resolve(path), verdict)) return true;
  size_t behind = BehindLastClimb(path);
  if (behind == std::string_view::npos) return false;
  Segments segments = Resolve(path.substr(behind));
  return !segments.empty() && JudgeSegments(std::move(segments), verdict);
}

// ---- Readings
// -------------------------------------------------------------------------------------------------

// $NAME, ${NAME}, ${NAME:-default} at the beginning of `text`.
struct LeadingVariable {
  std::string_view name, default_value, rest;
  bool has_default = false;
};

bool TakeVariable(std::string_view text, LeadingVariable* variable) {
  if (!text.starts_with('$')) return false;
  text.remove_prefix(1);
  bool braced = text.starts_with('{');
  if (braced) text.remove_prefix(1);
  size_t end = 0;
  while (end < text.size() && IsNameChar(text[end])) ++end;
  variable->name = text.substr(0, end);
  text.remove_prefix(end);
  if (!braced) {
    variable->rest = text;
    return end > 0;
  }
  // To the brace that closes this one.
  int depth = 1;
  size_t close = 0;
  for (; close < text.size(); ++close) {
    if (text[close] == '{') ++depth;
    if (text[close] == '}' && --depth == 0) break;
  }
  std::string_view inside = text.substr(0, close);
  variable->rest = text.substr(std::min(close + 1, text.size()));
  if (inside.starts_with(':')) inside.remove_prefix(1);
  if (inside.starts_with('-') || inside.starts_with('=')) {
    variable->has_default = true;
    variable->default_value = inside.substr(1);
  }
  return true;
}

// Below the project's folder, which is not the host's: only what climbs out of it counts, as if from the
// root.
bool JudgeProject(std::string_view path, Verdict verdict) {
  int depth = 0;
  bool out = false;
  Segments segments;
  EachSegment(path, [&](std::string_view segment) {
    depth += segment == ".." ? -1 : 1;
    out |= depth < 0;
    segments.push_back(segment);
  });
  if (out) return JudgeAbsolute(path, verdict);
  return verdict == SocketVerdict && !segments.empty() && IsSocketName(segments.back());
}

bool Judge(std::string_view path, Verdict verdict, int nesting);

bool JudgeVariable(std::string_view path, Verdict verdict, int nesting) {
  LeadingVariable variable;
  if (!TakeVariable(path, &variable)) return JudgeAbsolute(path, verdict);
  if (variable.has_default && nesting < 4 &&
      Judge(std::string(variable.default_value) + std::string(variable.rest), verdict, nesting + 1))
    return true;
  auto in = [&](std::string_view folder) {
    return JudgeAbsolute(std::string(folder) + "/" + std::string(variable.rest), verdict);
  };
  if (variable.name == "HOME" || variable.name == "USERPROFILE") return in("/home/~");
  if (variable.name == "XDG_RUNTIME_DIR") return in("/run/user/~");
  if (variable.name == "XDG_CONFIG_HOME") return in("/home/~/.config");
  if (variable.name == "XDG_DATA_HOME") return in("/home/~/.local/share");
  if (std::find(std::begin(kProjectVariables), std::end(kProjectVariables), variable.name) !=
      std::end(kProjectVariables))
    return JudgeProject(variable.rest, verdict);
  // Anything else may be empty, and then what follows is the path.
  Segments rest = Resolve(variable.rest);
  return !rest.empty() && JudgeAbsolute(variable.rest, verdict);
}

// Named pipes and drives. `path` has forward slashes and is in lower case; nothing when it is neither.
enum class Windows : uint8_t { kNo, kReaches, kHarmless };

Windows JudgeWindows(std::string_view path, Verdict verdict) {
  if (path.starts_with("npipe:")) path.remove_prefix(6);
  Segments segments;
  EachSegment(path, [&](std::string_view segment) {
    if (segment != "?") segments.push_back(segment);
  });
  auto answer = [](bool reaches) { return reaches ? Windows::kReaches : Windows::kHarmless; };
  if (path.starts_with('/') &&
      (path.find("/./") != std::string_view::npos || path.find("/?/") != std::string_view::npos) &&
      !segments.empty() && segments[0] == "pipe") {
    if (verdict != SocketVerdict) return Windows::kHarmless;
    if (segments.size() == 1) return Windows::kReaches;
    // A mount's target may follow the pipe's name behind a colon.
    std::string_view name = segments[1].substr(0, segments[1].find(':'));
    return answer(std::find(std::begin(kRuntimePipes), std::end(kRuntimePipes), name) !=
                  std::end(kRuntimePipes));
  }
  if (segments.empty() || segments[0].size() != 2 || segments[0][1] != ':' || segments[0][0] < 'a' ||
      segments[0][0] > 'z')
    return Windows::kNo;
  if (verdict == SocketVerdict) return answer(IsSocketName(segments.back()));
  if (segments.size() == 1) return Windows::kReaches;
  Path below = PathOf(segments).From(1);
  for (std::string_view sensitive : kSensitiveWindowsPaths)
    if (Relate(below, sensitive) != Relation::kElsewhere) return Windows::kReaches;
  return Windows::kHarmless;
}

bool Judge(std::string_view path, Verdict verdict, int nesting) {
  if (path.starts_with('/')) return JudgeAbsolute(path, verdict);
  if (path.starts_with('$')) return JudgeVariable(path, verdict, nesting);
  if (path.starts_with('~')) {
    size_t slash = std::min(path.find('/'), path.size());
    std::string home = slash == 1 ? "/home/~" : "/home/" + std::string(path.substr(1, slash - 1));
    return JudgeAbsolute(home + std::string(path.substr(slash)), verdict);
  }
  bool dots = path == "." || path == ".." || path.starts_with("./") || path.starts_with("../");
  if (dots) return JudgeProject(path, verdict);
  return JudgeAbsolute(path, verdict);
}

bool Reaches(std::string_view path, Verdict verdict) {
  path = path.substr(0, kLongestPath);
  while (!path.empty() && IsSpace(path.front())) path.remove_prefix(1);
  while (!path.empty() && IsSpace(path.back())) path.remove_suffix(1);
  if (path.empty()) return false;
  if (path.starts_with("unix:")) path.remove_prefix(5);
  if (path.find_first_of("\\:?") != std::string_view::npos || path.starts_with("//./")) {
    std::string flipped = Lower(path);
    std::replace(flipped.begin(), flipped.end(), '\\', '/');
    Windows windows = JudgeWindows(flipped, verdict);
    if (windows != Windows::kNo) return windows == Windows::kReaches;
  }
  if (Judge(path, verdict, 0)) return true;
  // With a mount's target and options still on. A colon inside ${...} is not one of those.
  size_t from = path.starts_with("${") ? path.find('}') : 0;
  size_t colon = from == std::string_view::npos ? from : path.find(':', from);
  return colon != std::string_view::npos && colon > 0 && Judge(path.substr(0, colon), verdict, 0);
}

}  // namespace

HostPath NormalizeHostPath(std::string_view path) {
  HostPath out;
  out.absolute = path.starts_with('/');
  Segments segments;
  EachSegment(path, [&](std::string_view segment) {
    if (segment != "..") {
      segments.push_back(segment);
      return;
    }
    out.climbs = true;
    if (!segments.empty() && segments.back() != "..") {
      segments.pop_back();
    } else if (!out.absolute) {
      segments.push_back(segment);
    }
  });
  for (std::string_view segment : segments) {
    if (out.absolute || !out.text.empty()) out.text += '/';
    out.text += segment;
  }
  if (out.text.empty()) out.text = out.absolute ? "/" : ".";
  return out;
}

bool IsSameOrAbove(std::string_view ancestor, std::string_view path) {
  auto canonical = [](std::string_view text) {
    std::string out = NormalizeHostPath(text).text;
    if (out == "/var/run" || out.starts_with("/var/run/")) out.erase(0, 4);
    return out;
  };
  std::string above = canonical(ancestor), below = canonical(path);
  // The root, and /var as the folder of /var/run, are above what the alias has moved.
  if (above == "/") return below.starts_with('/');
  if (above == "/var" && NormalizeHostPath(path).text.starts_with("/var/")) return true;
  return below == above || (below.starts_with(above) && below[above.size()] == '/');
}

bool ReachesRuntimeSocket(std::string_view path) { return Reaches(path, SocketVerdict); }
bool ReachesHostSecrets(std::string_view path) { return Reaches(path, SecretVerdict); }

}  // namespace guard
