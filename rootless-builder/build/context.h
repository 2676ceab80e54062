// The build context: the directory, archive, repository or address that COPY reads from.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "policies/base/files.h"
#include "rootless-builder/build/source_tree.h"
#include "rootless-builder/build/trees.h"
#include "rootless-builder/dockerfile/ignore.h"
#include "rootless-builder/http/client.h"

namespace guard::builder {

// An opened context. Its tree's callbacks refer to it: it stays where it is.
class Context {
 public:
  const SourceTree& tree() const { return tree_; }
  const std::string& path() const { return path_; }
  // Reads rules: those of <Dockerfile>.dockerignore beside the Dockerfile, or of .dockerignore in the root.
  Result<void> UseIgnoreFile(const std::string& dockerfile_path);
  void UseIgnoreRules(IgnoreRules rules);
  const IgnoreRules& ignore() const { return ignore_; }

 private:
  friend Result<std::unique_ptr<Context>> OpenContext(const std::string&, const struct ContextWishes&);
  std::string path_;
  Fd root_;
  ScratchDirectory scratch_;  // of what had to be unpacked or fetched
  IgnoreRules ignore_;
  SourceTree tree_;
};

struct ContextWishes {
  std::string work_directory;    // where what is fetched goes
  http::Client* http = nullptr;  // for addresses; null: they are refused
  std::string sub_path;          // kaniko's --context-sub-path
  std::string label = "the build context";
  bool keep_git_dir = false;
  std::map<std::string, std::string> git_options;  // kaniko's --git: branch, recurse-submodules, ...
};

// "DIR", "dir://DIR", "FILE.tar[.gz]", "tar://FILE", "tar://stdin", "-" (an archive on standard input),
// "https://....tar.gz", "git@host:x", "git://", "https://....git[#ref[:dir]]". Other schemes (s3, gs, azblob)
// are an error that says what to do.
Result<std::unique_ptr<Context>> OpenContext(const std::string& where, const ContextWishes& wishes);

// Whether a text names a git repository, as BuildKit tells them.
bool IsGitUrl(const std::string& text);
// Clones "URL#ref:dir" (git's own program does) to `directory`; with the checksum checked (a prefix of the
// commit's id). Returns the commit's id.
struct GitWish {
  std::string url, ref, sub_path, checksum;
  bool keep_git_dir = false, submodules = true;
};
GitWish ParseGitUrl(const std::string& text);
Result<std::string> CloneGit(const GitWish& wish, const std::string& directory);

}  // namespace guard::builder
