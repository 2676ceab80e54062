// Tested by tests/e2e/builder_context.sh.
#include "rootless-builder/build/inputs.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <ctime>
#include <nlohmann/json.hpp>

#include "policies/base/sha256.h"

namespace guard::builder {

namespace {

constexpr uint64_t kLargestDownload = uint64_t{64} << 30;

struct Remembered {
  std::string etag, last_modified;
  Digest digest;
};

std::string NotePath(const Store& store, const std::string& address) {
  return store.directory() + "/remote/" + Sha256Hex(address);
}

std::optional<Remembered> Recall(const Store& store, const std::string& address) {
  auto text = ReadWholeFile(NotePath(store, address), 64 << 10);
  if (!text) return {};
  auto json = nlohmann::json::parse(*text, nullptr, false);
  if (!json.is_object()) return {};
  auto field = [&](const char* name) {
    auto found = json.find(name);
    return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
  };
  auto digest = Digest::Parse(field("digest"));
  if (!digest || !store.Has(*digest)) return {};
  return Remembered{field("etag"), field("last-modified"), *digest};
}

void Remember(const Store& store, const std::string& address, const Remembered& what) {
  nlohmann::json json = {
      {"digest", what.digest.ToString()}, {"etag", what.etag}, {"last-modified", what.last_modified}};
  // Forgetting costs a download, no more.
  if (MakeDirectories(store.directory() + "/remote"))
    (void)WriteFileAtomically(NotePath(store, address),
                              json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
}

int64_t HttpDate(const std::string& text) {
  std::tm time{};
  const char* end = strptime(text.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &time);
  return end == nullptr ? 0 : timegm(&time);
}

std::string NameOf(const http::Url& url) {
  std::string path = url.target.substr(0, url.target.find('?'));
  std::string name = path.substr(path.rfind('/') + 1);
  return name;
}

}  // namespace

bool IsRemote(const std::string& source) {
  return source.starts_with("http://") || source.starts_with("https://") || IsGitUrl(source);
}

Result<std::vector<SourceRoot>> SelectFor(const CopyStep& step, const SourceTree& tree) {
  SourceWish wish;
  for (const std::string& source : step.sources)
    if (!step.add || !IsRemote(source)) wish.sources.push_back(source);
  wish.parents = step.parents;
  IgnoreRules rules;
  if (!step.exclude.empty()) {
    rules = TRY(IgnoreRules::FromPatterns(step.exclude));
    wish.excluded = [&](const std::string& path) { return rules.Ignored(path); };
  }
  if (wish.sources.empty()) return std::vector<SourceRoot>();
  return SelectSources(tree, wish);
}

Result<RemoteFile> FetchRemote(const std::string& address, const std::string& checksum, Store& store,
                               http::Client& http) {
  http::Url url = TRY(http::ParseUrl(address));
  RemoteFile file;
  file.name = NameOf(url);
  Digest expected;
  if (!checksum.empty()) expected = TRY(Digest::Parse(checksum));
  auto known = Recall(store, address);
  if (known && !expected.empty() && known->digest == expected) {
    file.digest = expected;
    file.mtime = HttpDate(known->last_modified);
    return file;
  }
  http::Request request;
  request.url = url;
  request.limit = kLargestDownload;
  if (known && !known->etag.empty())
    request.headers.Add("If-None-Match", known->etag);
  else if (known && !known->last_modified.empty())
    request.headers.Add("If-Modified-Since", known->last_modified);
  // Each try writes a blob of its own: a broken one leaves nothing behind.
  std::unique_ptr<BlobWriter> blob;
  request.on_head = [&](const http::Response&) -> Result<void> {
    blob = TRY(store.NewBlob());
    return {};
  };
  request.sink = [&](std::string_view bytes) { return blob->Write(bytes); };
  auto response = http.Send(request);
  if (!response) return Fail(response.error());
  if (response->status == 304 && known) {
    if (!expected.empty() && known->digest != expected) {
      return Fail("what " + address + " gives is not what --checksum says: it is " +
                  known->digest.ToString() + ", not " + expected.ToString());
    }
    file.digest = known->digest;
    file.mtime = HttpDate(known->last_modified);
    return file;
  }
  if (!response->ok())
    return Fail("fetching " + address + " failed: the server answered " + std::to_string(response->status));
  if (!blob) blob = TRY(store.NewBlob());
  auto digest = blob->Commit(expected);
  if (!digest)
    return Fail("what " + address + " gives is not what --checksum says: " + digest.error().message);
  Remembered now{std::string(response->headers.Get("ETag")),
                 std::string(response->headers.Get("Last-Modified")), *digest};
  Remember(store, address, now);
  file.digest = *digest;
  file.mtime = HttpDate(now.last_modified);
  return file;
}

Result<std::unique_ptr<ClonedRepository>> CloneFor(const CopyStep& step, const std::string& address,
                                                   const std::string& work_directory) {
  auto cloned = std::make_unique<ClonedRepository>();
  cloned->directory = TRY(ScratchDirectory::Make(work_directory, "git-"));
  GitWish wish = ParseGitUrl(address);
  wish.keep_git_dir = step.keep_git_dir;
  wish.checksum = step.checksum;
  TRY(CloneGit(wish, cloned->directory.path()));
  Fd top = TRY(OpenDirectory(cloned->directory.path()));
  cloned->root = OpenInRoot(top.get(), CleanRelative(wish.sub_path), O_RDONLY | O_DIRECTORY);
  if (!cloned->root) return FailErrno("open " + wish.sub_path + " in", wish.url);
  cloned->tree.root = cloned->root.get();
  cloned->tree.label = wish.url;
  SourceWish all;
  all.sources = {"."};
  IgnoreRules rules;
  if (!step.exclude.empty()) {
    rules = TRY(IgnoreRules::FromPatterns(step.exclude));
    all.excluded = [&](const std::string& path) { return rules.Ignored(path); };
  }
  cloned->roots = TRY(SelectSources(cloned->tree, all));
  return cloned;
}

}  // namespace guard::builder
