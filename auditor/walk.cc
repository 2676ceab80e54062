// Tested by tests/unit/auditor/walk_test.cc.
#include "auditor/walk.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "auditor/read_file.h"

namespace guard {

namespace {

constexpr size_t kDeepest = 512;  // directories; deeper trees are made by loops or by hand to hurt

std::string Join(const std::string& folder, std::string_view name) {
  if (folder.empty()) return std::string(name);
  return folder.ends_with('/') ? folder + std::string(name) : folder + '/' + std::string(name);
}

// "./a//b/" -> "a/b"; "." -> ""; "/" stays.
std::string Tidy(std::string_view path) {
  std::string tidy = path.starts_with('/') ? "/" : "";
  while (!path.empty()) {
    size_t slash = std::min(path.find('/'), path.size());
    std::string_view segment = path.substr(0, slash);
    path.remove_prefix(std::min(slash + 1, path.size()));
    if (segment.empty() || segment == ".") continue;
    if (!tidy.empty() && !tidy.ends_with('/')) tidy += '/';
    tidy += segment;
  }
  return tidy;
}

bool IsBelow(const std::string& path, const std::string& folder) {
  if (folder.empty()) return !path.starts_with('/');
  return path.size() > folder.size() && path.starts_with(folder) &&
         (folder.ends_with('/') || path[folder.size()] == '/');
}

Error SystemError(const std::string& path, std::string_view what) {
  Error error;
  error.message = std::string(what) + ": " + std::strerror(errno);
  error.place.file = path;
  return error;
}

const char* OnDisk(const std::string& path) { return path.empty() ? "." : path.c_str(); }

}  // namespace

TreeWalk::~TreeWalk() = default;

TreeWalk::TreeWalk(const std::vector<std::string>& roots, const WalkOptions& options) : options_(options) {
  for (const std::string& root : roots) AddRoot(root);
  std::sort(roots_.begin(), roots_.end(), [](const Root& a, const Root& b) {
    return a.path != b.path ? a.path < b.path : a.glob < b.glob;
  });
  // What lies below another root is met there; a file keeps the right of a named one.
  std::vector<Root> kept;
  for (Root& root : roots_) {
    bool covered = std::any_of(kept.begin(), kept.end(), [&](const Root& other) {
      if (other.stdin_ || root.stdin_) return other.stdin_ && root.stdin_;
      if (!other.glob.empty()) return other.path == root.path && other.glob == root.glob;
      struct stat info;
      bool folder = stat(OnDisk(other.path), &info) == 0 && S_ISDIR(info.st_mode);
      return other.path == root.path ? root.glob.empty() || folder : folder && IsBelow(root.path, other.path);
    });
    if (root.glob.empty() && !root.stdin_) named_files_.insert(root.path);
    if (!covered) kept.push_back(std::move(root));
  }
  roots_ = std::move(kept);
}

void TreeWalk::AddRoot(const std::string& text) {
  Root root;
  struct stat info;
  if (text == "-") {
    root.path = "<stdin>";
    root.stdin_ = true;
  } else if (text.find_first_of("*?[") != std::string::npos && lstat(text.c_str(), &info) != 0) {
    root.glob = Tidy(text);
    std::string fixed = root.glob.substr(0, root.glob.find_first_of("*?["));
    root.path = Tidy(
        fixed.substr(0, fixed.rfind('/') == std::string::npos ? 0 : std::max<size_t>(fixed.rfind('/'), 1)));
  } else {
    root.path = Tidy(text);
  }
  roots_.push_back(std::move(root));
}

double TreeWalk::progress() const {
  double position = 0, share = 1;
  if (!roots_.empty()) {
    size_t at = frames_.empty() ? next_root_ : next_root_ - 1;
    share = 1.0 / static_cast<double>(roots_.size());
    position = static_cast<double>(at) * share;
  }
  for (const Frame& frame : frames_) {
    double size = static_cast<double>(std::max<size_t>(frame.entries.size(), 1));
    size_t done = frame.next == 0 ? 0 : frame.next - (&frame == &frames_.back() ? 0 : 1);
    position += share * static_cast<double>(done) / size;
    share /= size;
  }
  return std::min(position, 1.0);
}

bool TreeWalk::Next(WalkItem* item) {
  while (true) {
    *item = WalkItem();
    if (!queued_.empty()) {
      *item = std::move(queued_.back());
      queued_.pop_back();
      return true;
    }
    if (frames_.empty()) {
      if (next_root_ == roots_.size()) return false;
      if (OpenRoot(item)) return true;
      continue;
    }
    Frame& frame = frames_.back();
    if (frame.next == frame.entries.size()) {
      frames_.pop_back();
      continue;
    }
    const Entry& entry = frame.entries[frame.next++];
    bool directory = entry.name.ends_with('/');
    std::string name = directory ? entry.name.substr(0, entry.name.size() - 1) : entry.name;
    std::string path = Join(frame.path, name);
    const std::string& glob = roots_[next_root_ - 1].glob;
    bool named = named_files_.contains(path);
    if (!named && options_.respect_gitignore && Ignored(name, directory)) {
      if (!glob.empty()) continue;
      item->kind = WalkItem::Kind::kSkipped;
      item->path = directory ? path + '/' : path;
      item->note = "ignored by .gitignore";
      return true;
    }
    if (!directory && !glob.empty()) {
      if (!WildMatch(glob, path)) continue;
      named = true;
    }
    if (frame.in_templates && !directory && !named) {
      item->kind = WalkItem::Kind::kSkipped;
      item->path = path;
      item->note = "rendered with its chart";
      return true;
    }
    if (directory) {
      if (Enter(path, entry.symlink, false, item)) return true;
      continue;
    }
    if (Visit(path, named, entry.symlink, item)) return true;
  }
}

bool TreeWalk::OpenRoot(WalkItem* item) {
  const Root& root = roots_[next_root_++];
  item->path = root.path;
  item->named = true;
  if (root.stdin_) {
    item->kind = WalkItem::Kind::kStdin;
    return true;
  }
  struct stat info;
  if (stat(OnDisk(root.path), &info) != 0) {
    item->kind = WalkItem::Kind::kFailed;
    item->path = root.glob.empty() ? root.path : root.glob;
    item->error = SystemError(item->path, root.glob.empty() ? "cannot read" : "no file matches");
    return true;
  }
  if (!S_ISDIR(info.st_mode)) return Visit(root.path, true, false, item);
  above_ = options_.respect_gitignore ? AboveFrames(root.path) : std::vector<Frame>();
  linked_.clear();
  if (Enter(root.path, false, true, item)) return true;
  return false;
}

// A file: true when `item` is something to report.
bool TreeWalk::Visit(const std::string& path, bool named, bool symlink, WalkItem* item) {
  item->path = path;
  item->named = named;
  struct stat info;
  if (stat(path.c_str(), &info) != 0) {
    bool dangling = symlink && errno == ENOENT && !named;
    bool loop = errno == ELOOP;
    item->kind = dangling ? WalkItem::Kind::kSkipped : WalkItem::Kind::kFailed;
    item->note = "symbolic link to nothing";
    item->error = SystemError(path, loop ? "symbolic link leads back to itself" : "cannot read");
    return true;
  }
  item->size = static_cast<uint64_t>(std::max<off_t>(info.st_size, 0));
  if (!S_ISREG(info.st_mode) && !(named && S_ISFIFO(info.st_mode)) && !(named && S_ISCHR(info.st_mode))) {
    item->kind = WalkItem::Kind::kSkipped;
    item->note = "not a regular file";
  }
  return true;
}

// Opens a directory as the next frame: true when `item` reports why not.
bool TreeWalk::Enter(const std::string& path, bool through_symlink, bool named, WalkItem* item) {
  item->path = path.empty() ? "." : path;
  item->named = named;
  struct stat info;
  DIR* folder = opendir(OnDisk(path));
  if (!folder || fstat(dirfd(folder), &info) != 0) {
    item->kind = WalkItem::Kind::kFailed;
    item->error = SystemError(item->path, "cannot read the folder");
    if (folder) closedir(folder);
    return true;
  }
  auto seen = std::find_if(frames_.begin(), frames_.end(), [&](const Frame& frame) {
    return frame.device == info.st_dev && frame.inode == info.st_ino;
  });
  bool again = through_symlink && !linked_.emplace(info.st_dev, info.st_ino).second;
  if (seen != frames_.end() || again || frames_.size() >= kDeepest) {
    closedir(folder);
    if (seen == frames_.end() && again) {
      item->kind = WalkItem::Kind::kSkipped;
      item->note = "symbolic link to a folder that was audited under another name";
      return true;
    }
    item->kind = WalkItem::Kind::kFailed;
    item->error.place.file = path;
    item->error.message = seen != frames_.end()
                              ? "the symbolic link leads back to " + (seen->path.empty() ? "." : seen->path) +
                                    ", a folder it is in"
                              : "folders are nested more than " + std::to_string(kDeepest) + " deep";
    item->error.hint =
        seen != frames_.end() ? "what is below it was audited once already; remove the link" : "";
    return true;
  }
  Frame frame;
  frame.path = path;
  frame.device = info.st_dev, frame.inode = info.st_ino;
  if (!frames_.empty()) {
    std::string_view name = std::string_view(path).substr(path.rfind('/') + 1);
    frame.relative = Join(frames_.back().relative, name);
    frame.in_templates = frames_.back().in_templates;
  } else if (!above_.empty()) {
    frame.relative = above_.back().relative;
  }
  bool chart = false, kustomization = false, ignores = false, templates = false;
  while (dirent* entry = readdir(folder)) {
    std::string_view name = entry->d_name;
    if (name == "." || name == ".." || name == ".git") continue;
    bool link = entry->d_type == DT_LNK, directory = entry->d_type == DT_DIR;
    if (link || entry->d_type == DT_UNKNOWN) {
      struct stat target;
      directory = fstatat(dirfd(folder), entry->d_name, &target, 0) == 0 && S_ISDIR(target.st_mode);
      if (!link)
        link = fstatat(dirfd(folder), entry->d_name, &target, AT_SYMLINK_NOFOLLOW) == 0 &&
               S_ISLNK(target.st_mode);
    }
    chart = chart || name == "Chart.yaml";
    templates = templates || (name == "templates" && directory);
    kustomization = kustomization || name == "kustomization.yaml" || name == "kustomization.yml" ||
                    name == "Kustomization";
    ignores = ignores || name == ".gitignore";
    frame.entries.push_back({std::string(name) + (directory ? "/" : ""), link});
  }
  closedir(folder);
  std::sort(frame.entries.begin(), frame.entries.end(),
            [](const Entry& a, const Entry& b) { return a.name < b.name; });
  if (options_.respect_gitignore && ignores) {
    auto text = ReadWholeFile(Join(path, ".gitignore"), size_t{1} << 20);
    if (text) frame.rules = IgnoreRules(*text);
  }
  frame.rules_base = frame.relative.empty() ? 0 : frame.relative.size() + 1;
  if (options_.render && chart) {
    frame.in_templates = frame.in_templates || templates;
    WalkItem rendering;
    rendering.kind = WalkItem::Kind::kChart;
    rendering.path = item->path;
    queued_.push_back(std::move(rendering));
  } else if (options_.render && kustomization) {
    WalkItem rendering;
    rendering.kind = WalkItem::Kind::kKustomize;
    rendering.path = item->path;
    queued_.push_back(std::move(rendering));
  }
  frames_.push_back(std::move(frame));
  return false;
}

bool TreeWalk::Ignored(const std::string& name, bool is_directory) const {
  std::string relative = Join(frames_.back().relative, name);
  auto ask = [&](const Frame& frame) {
    if (frame.rules.empty()) return IgnoreRules::Verdict::kNone;
    return frame.rules.Judge(std::string_view(relative).substr(frame.rules_base), is_directory);
  };
  for (auto frame = frames_.rbegin(); frame != frames_.rend(); ++frame)
    if (auto verdict = ask(*frame); verdict != IgnoreRules::Verdict::kNone)
      return verdict == IgnoreRules::Verdict::kIgnore;
  for (auto frame = above_.rbegin(); frame != above_.rend(); ++frame)
    if (auto verdict = ask(*frame); verdict != IgnoreRules::Verdict::kNone)
      return verdict == IgnoreRules::Verdict::kIgnore;
  return false;
}

// The rules of the directories above a root, up to the repository's: what git would apply to it.
std::vector<TreeWalk::Frame> TreeWalk::AboveFrames(const std::string& root) const {
  std::vector<Frame> frames;
  char* real = realpath(OnDisk(root), nullptr);
  if (!real) return frames;
  std::string absolute = real;
  free(real);
  std::string top = absolute;
  struct stat info;
  while (stat((top + "/.git").c_str(), &info) != 0) {
    size_t slash = top.rfind('/');
    if (slash == std::string::npos || slash == 0) return frames;
    top.resize(slash);
  }
  std::string relative = absolute == top ? "" : absolute.substr(top.size() + 1);
  auto add = [&](const std::string& file, size_t base) {
    Frame frame;
    frame.relative = relative;
    frame.rules_base = base;
    if (auto text = ReadWholeFile(file, size_t{1} << 20)) frame.rules = IgnoreRules(*text);
    frames.push_back(std::move(frame));
  };
  add(top + "/.git/info/exclude", 0);
  for (size_t base = 0; base < relative.size();) {
    add(Join(base == 0 ? top : top + '/' + relative.substr(0, base - 1), ".gitignore"), base);
    size_t slash = relative.find('/', base);
    base = slash == std::string::npos ? relative.size() : slash + 1;
  }
  return frames;
}

}  // namespace guard
