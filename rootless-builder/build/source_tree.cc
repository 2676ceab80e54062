// Symlinks that a source word names are followed, inside the tree; symlinks found below a directory are
// copied as links. Tested by tests/unit/build/source_tree_test.cc.
#include "rootless-builder/build/source_tree.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <set>

#include "rootless-builder/build/glob.h"

namespace guard::builder {

namespace {

constexpr size_t kDeepest = 1000;

std::string Join(const std::string& directory, const std::string& name) {
  return directory.empty() ? name : directory + "/" + name;
}

Result<std::string> ReadLink(int dir, const std::string& name) {
  char buffer[PATH_MAX];
  ssize_t size = readlinkat(dir, name.c_str(), buffer, sizeof buffer);
  if (size < 0) return FailErrno("read link", name);
  return std::string(buffer, static_cast<size_t>(size));
}

class Selector {
 public:
  Selector(const SourceTree& tree, const SourceWish& wish) : tree_(tree), wish_(wish) {}

  Result<std::vector<SourceRoot>> Select() {
    for (const std::string& source : wish_.sources) {
      const std::string& word = source;
      std::string kept;  // --parents: the part that stays in the name
      if (wish_.parents) {
        size_t pivot = ("/" + word).find("/./");
        // A leading "./" is the context itself, not a pivot that drops nothing.
        std::string before = pivot == std::string::npos || pivot == 0 ? "" : word.substr(0, pivot);
        kept = CleanRelative(before);
      }
      size_t had = roots_.size();
      hidden_match_ = false;
      std::string clean = CleanRelative(word);
      if (!HasGlob(clean)) {
        TRY_VOID(AddRoot(clean, clean, kept, source));
      } else {
        std::vector<std::string> matches;
        TRY_VOID(Expand("", clean, 0, matches));
        std::sort(matches.begin(), matches.end());
        for (const std::string& match : matches) TRY_VOID(AddRoot(match, match, kept, source));
      }
      if (roots_.size() == had) return NotFound(source);
    }
    return std::move(roots_);
  }

 private:
  std::unexpected<Error> NotFound(const std::string& source) {
    if (hidden_match_) {
      return Fail("'" + source + "' is not in " + tree_.label + ": .dockerignore excludes it",
                  "take it out of .dockerignore, or except it with a line !" + CleanRelative(source));
    }
    return Fail("'" + source + "' is not in " + tree_.label,
                HasGlob(source) ? "the pattern matches nothing" : "paths are relative to its root");
  }

  bool Hidden(const std::string& path, bool directory) {
    if (!tree_.hidden || path.empty() || !tree_.hidden(path, directory)) return false;
    hidden_match_ = true;
    return !directory || !tree_.may_hold_visible || !tree_.may_hold_visible(path);
  }

  // The paths that a pattern matches; "**" stands for any number of directories where --parents is given.
  Result<void> Expand(const std::string& directory, const std::string& pattern, size_t depth,
                      std::vector<std::string>& matches) {
    if (depth > kDeepest) return Fail("directories in " + tree_.label + " are nested too deep");
    size_t slash = pattern.find('/');
    std::string part = pattern.substr(0, slash);
    std::string rest = slash == std::string::npos ? "" : pattern.substr(slash + 1);
    if (!HasGlob(part)) {
      std::string path = Join(directory, part);
      if (!rest.empty()) return Expand(path, rest, depth + 1, matches);
      if (OpenInRoot(tree_.root, path, O_PATH | O_NOFOLLOW)) matches.push_back(path);
      return {};
    }
    Fd dir = OpenInRoot(tree_.root, directory, O_RDONLY | O_DIRECTORY);
    if (!dir) return {};
    bool any_depth = part == "**" && wish_.parents;
    if (any_depth) TRY_VOID(Expand(directory, rest.empty() ? "*" : rest, depth + 1, matches));
    for (const std::string& name : TRY(ListDirectory(dir.get()))) {
      std::string path = Join(directory, name);
      struct stat info;
      bool follow = !any_depth;
      if (fstatat(dir.get(), name.c_str(), &info, follow ? 0 : AT_SYMLINK_NOFOLLOW) != 0 &&
          fstatat(dir.get(), name.c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0)
        continue;
      if (any_depth) {
        if (S_ISDIR(info.st_mode) && !rest.empty()) TRY_VOID(Expand(path, pattern, depth + 1, matches));
        continue;
      }
      if (!TRY(GlobMatch(part, name))) continue;
      if (rest.empty())
        matches.push_back(path);
      else if (S_ISDIR(info.st_mode))
        TRY_VOID(Expand(path, rest, depth + 1, matches));
    }
    return {};
  }

  Result<void> AddRoot(const std::string& path, const std::string& written, const std::string& dropped,
                       const std::string& source) {
    Fd file = OpenInRoot(tree_.root, path, O_PATH);
    if (!file) {
      if (errno == ENOENT || errno == ENOTDIR) return NotFound(source);
      return FailErrno("read", "'" + source + "' in " + tree_.label);
    }
    struct stat info;
    if (fstat(file.get(), &info) != 0) return FailErrno("read", source);
    bool directory = S_ISDIR(info.st_mode);
    if (Hidden(written, directory)) return {};
    SourceRoot root;
    size_t slash = written.rfind('/');
    root.name = slash == std::string::npos ? written : written.substr(slash + 1);
    root.directory = directory;
    if (directory) {
      SourceFile self{.path = path, .relative = "", .on_disk = info};
      Fd dir = OpenInRoot(tree_.root, path, O_RDONLY | O_DIRECTORY);
      if (!dir) return FailErrno("open", "'" + source + "' in " + tree_.label);
      self.attributes = TRY(AttributesOf(dir.get(), ".", info));
      root.files.push_back(std::move(self));
      TRY_VOID(Walk(dir.get(), path, "", 0, root.files));
    } else {
      if (wish_.excluded && (wish_.excluded(root.name) || wish_.excluded(written))) {
        roots_.push_back({.name = root.name});  // matched, nothing to copy
        return {};
      }
      // The file itself, behind whatever symlink names it.
      TRY_VOID(AddFile(path, root));
    }
    if (wish_.parents) Reparent(root, written, dropped);
    roots_.push_back(std::move(root));
    return {};
  }

  Result<void> AddFile(const std::string& path, SourceRoot& root) {
    std::string now = path;
    for (int follows = 0; follows < 40; ++follows) {
      size_t slash = now.rfind('/');
      std::string parent = slash == std::string::npos ? "" : now.substr(0, slash);
      std::string name = slash == std::string::npos ? now : now.substr(slash + 1);
      Fd dir = OpenInRoot(tree_.root, parent, O_RDONLY | O_DIRECTORY);
      SourceFile file{.path = now, .relative = ""};
      if (!dir || fstatat(dir.get(), name.c_str(), &file.on_disk, AT_SYMLINK_NOFOLLOW) != 0)
        return FailErrno("read", path);
      if (!S_ISLNK(file.on_disk.st_mode)) {
        file.attributes = TRY(AttributesOf(dir.get(), name, file.on_disk));
        root.files.push_back(std::move(file));
        return {};
      }
      auto target = ReadLink(dir.get(), name);
      if (!target) return Fail(std::move(target.error()));
      now = CleanRelative(target->starts_with('/') ? *target : Join(parent, *target));
    }
    return FailErrno("read", path, ELOOP);
  }

  // --parents: the directories on the way become part of the selection, with their own attributes.
  void Reparent(SourceRoot& root, const std::string& written, const std::string& dropped) {
    std::string kept = written;
    if (!dropped.empty() && kept.starts_with(dropped + "/")) kept.erase(0, dropped.size() + 1);
    std::vector<SourceFile> files;
    SourceFile top{.path = dropped, .relative = ""};
    AddParent(top, files);
    for (size_t slash = kept.find('/'); slash != std::string::npos; slash = kept.find('/', slash + 1)) {
      std::string below = kept.substr(0, slash);
      SourceFile parent{.path = Join(dropped, below), .relative = below};
      AddParent(parent, files);
    }
    for (SourceFile& file : root.files) {
      file.relative = file.relative.empty() ? kept : Join(kept, file.relative);
      files.push_back(std::move(file));
    }
    root.files = std::move(files);
    root.directory = true;
  }

  void AddParent(SourceFile& parent, std::vector<SourceFile>& files) {
    Fd dir = OpenInRoot(tree_.root, parent.path, O_RDONLY | O_DIRECTORY);
    if (!dir || fstat(dir.get(), &parent.on_disk) != 0) return;
    if (auto attributes = AttributesOf(dir.get(), ".", parent.on_disk)) parent.attributes = *attributes;
    files.push_back(std::move(parent));
  }

  Result<Attributes> AttributesOf(int dir, const std::string& name, const struct stat& info) {
    if (tree_.ownership != nullptr) return tree_.ownership->Get(dir, name, info);
    Attributes attributes;
    attributes.mode = info.st_mode;
    attributes.rdev = info.st_rdev;
    return attributes;
  }

  Result<void> Walk(int dir, const std::string& path, const std::string& relative, size_t depth,
                    std::vector<SourceFile>& files) {
    if (depth > kDeepest) return Fail("directories in " + tree_.label + " are nested too deep");
    for (const std::string& name : TRY(ListDirectory(dir))) {
      SourceFile file{.path = Join(path, name), .relative = Join(relative, name)};
      if (fstatat(dir, name.c_str(), &file.on_disk, AT_SYMLINK_NOFOLLOW) != 0) {
        if (errno == ENOENT) continue;
        return FailErrno("read", file.path);
      }
      bool directory = S_ISDIR(file.on_disk.st_mode);
      bool shown = !tree_.hidden || !tree_.hidden(file.path, directory);
      if (!shown && (!directory || !tree_.may_hold_visible || !tree_.may_hold_visible(file.path))) continue;
      if (shown && wish_.excluded && wish_.excluded(file.relative)) {
        if (!directory) continue;
        shown = false;
      }
      file.attributes = TRY(AttributesOf(dir, name, file.on_disk));
      mode_t type = file.attributes.mode & S_IFMT;
      if (type == S_IFLNK) file.link = TRY(ReadLink(dir, name));
      if (type == S_IFSOCK) continue;  // no archive can hold one
      if (tree_.ownership == nullptr && (type == S_IFCHR || type == S_IFBLK || type == S_IFIFO))
        return Fail(
            "'" + file.path + "' in " + tree_.label + " is a device or a pipe, which cannot be copied",
            "exclude it with .dockerignore");
      std::string below = file.path, below_relative = file.relative;
      size_t at = files.size();
      files.push_back(std::move(file));
      if (!directory) continue;
      Fd inside(openat(dir, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
      if (!inside) return FailErrno("open", "'" + below + "' in " + tree_.label);
      TRY_VOID(Walk(inside.get(), below, below_relative, depth + 1, files));
      // A hidden directory is there only for what is visible in it.
      if (!shown && files.size() == at + 1) files.pop_back();
    }
    return {};
  }

  const SourceTree& tree_;
  const SourceWish& wish_;
  std::vector<SourceRoot> roots_;
  bool hidden_match_ = false;
};

}  // namespace

std::string CleanRelative(std::string_view path) {
  std::vector<std::string_view> parts;
  while (!path.empty()) {
    size_t slash = path.find('/');
    std::string_view part = path.substr(0, slash);
    path = slash == std::string_view::npos ? std::string_view() : path.substr(slash + 1);
    if (part.empty() || part == ".") continue;
    if (part == "..") {
      if (!parts.empty()) parts.pop_back();
    } else {
      parts.push_back(part);
    }
  }
  std::string clean;
  for (std::string_view part : parts) {
    if (!clean.empty()) clean += '/';
    clean += part;
  }
  return clean;
}

Result<std::vector<SourceRoot>> SelectSources(const SourceTree& tree, const SourceWish& wish) {
  return Selector(tree, wish).Select();
}

}  // namespace guard::builder
