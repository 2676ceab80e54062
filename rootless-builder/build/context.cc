// Tested by tests/e2e/builder_context.sh.
#include "rootless-builder/build/context.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "rootless-builder/layer/apply.h"

namespace guard::builder {

namespace {

// Files of a context belong to us on disk: nothing is remembered about owners, which count for nothing here.
class ContextOwnership : public Ownership {
 public:
  bool real() const override { return false; }
  Result<Attributes> Get(int, const std::string&, const struct stat& on_disk) override {
    Attributes attributes;
    attributes.mode = on_disk.st_mode;
    return attributes;
  }
  Result<void> Set(int dir, const std::string& name, const Attributes& attributes) override {
    if (S_ISLNK(attributes.mode)) return {};
    // We must be able to read and remove what we unpack.
    mode_t least = S_ISDIR(attributes.mode) ? 0700 : 0400;
    if (fchmodat(dir, name.c_str(), (attributes.mode & 07777) | least, 0) != 0)
      return FailErrno("unpack", name);
    return {};
  }
  Result<void> MakeNode(int, const std::string& name, const Attributes&) override {
    return Fail("the context has a device: " + name, "leave it out of the archive");
  }
  bool IsOwnXattr(const std::string&) const override { return false; }
};

Result<void> UnpackContext(int archive, const std::string& directory) {
  Fd root = TRY(OpenDirectory(directory));
  ContextOwnership ownership;
  return UnpackArchive(archive, root.get(), "/", ownership);
}

Result<Fd> Download(http::Client* client, const std::string& where, const std::string& directory) {
  if (client == nullptr) return Fail("addresses are not taken as a context here: " + where);
  http::Request request;
  request.url = TRY(http::ParseUrl(where));
  Fd file(open(directory.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
  if (!file) return FailErrno("make a file in", directory);
  request.limit = uint64_t{64} << 30;
  request.sink = [&](std::string_view bytes) -> Result<void> {
    for (size_t done = 0; done < bytes.size();) {
      ssize_t wrote = write(file.get(), bytes.data() + done, bytes.size() - done);
      if (wrote < 0 && errno == EINTR) continue;
      if (wrote < 0) return FailErrno("write", directory);
      done += static_cast<size_t>(wrote);
    }
    return {};
  };
  request.retry = http::Retry::kNever;  // what was written already stays written
  http::Response response = TRY(client->Send(request));
  if (!response.ok())
    return Fail("fetching " + where + " failed: the server answered " + std::to_string(response.status));
  lseek(file.get(), 0, SEEK_SET);
  return file;
}

}  // namespace

Result<void> Context::UseIgnoreFile(const std::string& dockerfile_path) {
  std::string own = dockerfile_path.empty() ? "" : dockerfile_path + ".dockerignore";
  std::string text, name;
  if (!own.empty() && access(own.c_str(), F_OK) == 0) {
    text = TRY(ReadWholeFile(own, 16u << 20));
    name = own;
  } else if (Fd file = OpenInRoot(root_.get(), ".dockerignore", O_RDONLY)) {
    name = path_ + "/.dockerignore";
    text = TRY(ReadWholeFile(file.get(), name, 16u << 20));
  } else {
    return {};
  }
  UseIgnoreRules(TRY(IgnoreRules::Parse(text, name)));
  return {};
}

void Context::UseIgnoreRules(IgnoreRules rules) {
  ignore_ = std::move(rules);
  if (ignore_.empty()) return;
  tree_.hidden = [this](const std::string& path, bool) { return ignore_.Ignored(path); };
  tree_.may_hold_visible = [this](const std::string& path) { return !ignore_.CanSkip(path); };
}

Result<std::unique_ptr<Context>> OpenContext(const std::string& where, const ContextWishes& wishes) {
  auto context = std::make_unique<Context>();
  std::string path = where;
  for (std::string_view scheme : {"s3://", "gs://", "azblob://", "https+azblob://"}) {
    if (where.starts_with(scheme)) {
      return Fail("contexts at " + std::string(scheme) + " are not read",
                  "fetch it first with the store's own program, and hand over the directory or archive");
    }
  }
  bool git = IsGitUrl(where);
  bool address = !git && (where.starts_with("http://") || where.starts_with("https://"));
  if (path.starts_with("dir://")) path.erase(0, 6);
  bool archive = path == "-" || path.starts_with("tar://") || address;
  if (path.starts_with("tar://")) path.erase(0, 6);
  std::string below;
  struct stat info;
  if (!git && !archive) {
    if (stat(path.c_str(), &info) != 0) {
      return Fail("the context " + path + " cannot be read: " + std::string(strerror(errno)),
                  "the last argument is the directory that COPY reads from, often '.'");
    }
    archive = S_ISREG(info.st_mode);
  }
  if (git || archive) {
    context->scratch_ = TRY(ScratchDirectory::Make(wishes.work_directory, "context-"));
    const std::string& directory = context->scratch_.path();
    if (git) {
      GitWish wish = ParseGitUrl(where);
      wish.keep_git_dir = wishes.keep_git_dir;
      auto option = [&](const char* name) {
        auto found = wishes.git_options.find(name);
        return found == wishes.git_options.end() ? std::string() : found->second;
      };
      if (wish.ref.empty()) wish.ref = option("branch");
      if (option("recurse-submodules") == "false") wish.submodules = false;
      TRY(CloneGit(wish, directory));
      path = directory;
      below = wish.sub_path;
    } else {
      Fd file;
      if (address) {
        file = TRY(Download(wishes.http, path, directory));
      } else if (path == "-" || path == "stdin") {
        file = Fd(dup(0));
      } else {
        file = Fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
      }
      if (!file) return FailErrno("open the context", path);
      TRY_VOID(UnpackContext(file.get(), directory));
      path = directory;
    }
  }
  // A directory below may be a symlink that somebody else made: it stays inside.
  below = CleanRelative(below + "/" + wishes.sub_path);
  context->root_ = TRY(OpenDirectory(path));
  if (!below.empty()) {
    context->root_ = OpenInRoot(context->root_.get(), below, O_RDONLY | O_DIRECTORY);
    if (!context->root_) return FailErrno("open the directory " + below + " of the context", where);
    path += "/" + below;
  }
  context->path_ = path;
  context->tree_.root = context->root_.get();
  context->tree_.label = wishes.label;
  return context;
}

}  // namespace guard::builder
