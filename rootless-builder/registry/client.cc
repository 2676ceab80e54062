// Tested by tests/e2e/registry_transfer.sh and registry_auth.sh.
#include "rootless-builder/registry/client.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "rootless-builder/registry/registry_client.h"
#include "rootless-builder/registry/upload.h"

namespace guard::builder {
namespace {

constexpr size_t kMostTags = 100000;
constexpr int kMostPages = 1000;

// `ask` gives a Result<std::optional<T>> for one place.
template <class T, class Ask>
Result<std::optional<T>> AskPlaces(Registries& registries, const Repository& repository, Ask ask) {
  std::vector<PullPlace> places = TRY(PullPlaces(registries.options(), repository));
  Result<std::optional<T>> answer = std::nullopt;
  for (const PullPlace& place : places) {
    Result<std::optional<T>> here = ask(registries.At(place), place.repository.name);
    if (here && *here) return here;
    if (!here && place.is_mirror && &place != &places.back())
      registries.Warn("the mirror " + place.repository.registry + ": " + here.error().message);
    answer = std::move(here);
  }
  return answer;
}

// The next page, from "Link: <...>; rel="next"".
std::optional<std::string> NextPage(const http::Headers& headers) {
  std::string_view link = headers.Get("Link");
  size_t begin = link.find('<'), end = link.find('>');
  if (begin == std::string_view::npos || end == std::string_view::npos || end < begin) return std::nullopt;
  if (link.substr(end).find("rel=\"next\"") == std::string_view::npos &&
      link.substr(end).find("rel=next") == std::string_view::npos)
    return std::nullopt;
  return std::string(link.substr(begin + 1, end - begin - 1));
}

class Client final : public RegistryClient {
 public:
  explicit Client(Registries* registries) : registries_(registries) {}
  explicit Client(std::unique_ptr<Registries> owned) : registries_(owned.get()), owned_(std::move(owned)) {}

  Result<std::optional<Descriptor>> FindManifest(const ImageReference& reference,
                                                 std::stop_token stop) override {
    return AskPlaces<Descriptor>(*registries_, RepositoryOf(reference),
                                 [&](Registry& at, const std::string& name) {
                                   return HeadManifest(at, name, TagOrDigest(reference), stop);
                                 });
  }

  Result<std::optional<FetchedManifest>> GetManifest(const ImageReference& reference,
                                                     std::stop_token stop) override {
    return GetManifestAnywhere(*registries_, RepositoryOf(reference), TagOrDigest(reference), stop);
  }

  Result<Digest> PutManifest(const Repository& to, std::string_view tag, std::string_view bytes,
                             std::string_view media_type, std::stop_token stop) override {
    PutOutcome outcome =
        TRY(PutManifestTo(registries_->At(to.registry), to.name, std::string(tag), bytes, media_type, stop));
    if (outcome.immutable)
      return Fail("the tag " + to.ToString() + ":" + std::string(tag) + " is immutable and there already",
                  "push under another tag");
    return outcome.digest;
  }

  Result<bool> DeleteManifest(const ImageReference& reference) override {
    Registry& at = registries_->At(reference.registry);
    Access access{.repository = reference.repository, .actions = "pull,push,delete"};
    // By digest, as many registries delete nothing else.
    std::optional<Descriptor> found = TRY(HeadManifest(at, reference.repository, TagOrDigest(reference), {}));
    if (!found) return false;
    http::Request request{.method = "DELETE"};
    request.url = TRY(at.At(reference.repository + "/manifests/" + found->digest.ToString(), {}));
    http::Response answer = TRY(Send(at, std::move(request), access));
    if (answer.status == 404) return false;
    if (answer.status == 405) return Fail("the registry " + at.name() + " does not let anything be deleted");
    if (!answer.ok()) return Fail(at.Explain(answer, "delete " + reference.ToString(), access));
    return true;
  }

  Result<std::vector<std::string>> ListTags(const Repository& of) override;
  Result<void> CheckPush(const Repository& to) override;
  Result<void> CheckLogin(std::string_view registry, const Credential& credential) override;
  Result<Digest> PutArtifact(const ImageReference& reference, std::string_view bytes,
                             std::string_view artifact_type) override;
  Result<std::optional<std::string>> GetArtifact(const ImageReference& reference,
                                                 std::string_view artifact_type, uint64_t limit) override;

 private:
  static Result<http::Response> Send(Registry& at, http::Request request, const Access& access) {
    http::Outcome<http::Response> answer = at.Send(std::move(request), access);
    if (!answer) return Fail(std::move(answer.error().error));
    return std::move(*answer);
  }
  Result<std::optional<std::string>> GetBytes(Registry& at, const std::string& name, const Descriptor& blob);
  Result<void> PutBytes(Registry& at, const std::string& name, const Descriptor& blob,
                        std::string_view bytes);

  Registries* registries_;
  std::unique_ptr<Registries> owned_;
};

Result<std::vector<std::string>> Client::ListTags(const Repository& of) {
  Registry& at = registries_->At(of.registry);
  Access access{.repository = of.name};
  std::vector<std::string> tags;
  http::Request request;
  request.url = TRY(at.At(of.name + "/tags/list?n=1000", {}));
  for (int page = 0; page < kMostPages; ++page) {
    http::Response answer = TRY(Send(at, request, access));
    if (!answer.ok()) return Fail(at.Explain(answer, "list the tags of " + of.ToString(), access));
    nlohmann::json document = nlohmann::json::parse(answer.body, nullptr, false);
    if (!document.is_object())
      return Fail("the registry " + of.registry + " lists its tags in no JSON object");
    auto list = document.find("tags");
    if (list != document.end() && list->is_array())
      for (const auto& tag : *list)
        if (tag.is_string() && ParseImageReference("example.com/x:" + tag.get<std::string>()))
          tags.push_back(tag.get<std::string>());
    if (tags.size() > kMostTags) return Fail(of.ToString() + " has more than 100000 tags");
    std::optional<std::string> next = NextPage(answer.headers);
    if (!next) break;
    http::Url url = TRY(http::ResolveUrl(answer.url, *next));
    if (!url.SameOrigin(request.url))
      return Fail("the registry " + of.registry + " goes on with its tags elsewhere");
    request.url = std::move(url);
  }
  std::ranges::sort(tags);
  tags.erase(std::ranges::unique(tags).begin(), tags.end());
  return tags;
}

Result<void> Client::CheckPush(const Repository& to) {
  Registry& at = registries_->At(to.registry);
  Access access{.repository = to.name, .actions = "pull,push"};
  http::Request request{.method = "POST"};
  request.url = TRY(at.At(to.name + "/blobs/uploads/", {}));
  request.retry = http::Retry::kAlways;
  http::Response answer = TRY(Send(at, std::move(request), access));
  if (answer.status != 202) return Fail(at.Explain(answer, "push to " + to.ToString(), access));
  http::Request end{.method = "DELETE", .url = TRY(at.Location(answer))};
  (void)Send(at, std::move(end), access);  // a session that nobody ends runs out by itself
  return {};
}

Result<void> Client::CheckLogin(std::string_view registry, const Credential& credential) {
  Credential asked = credential;
  if (asked.origin.empty()) asked.origin = "the command line";
  std::unique_ptr<Registry> at = registries_->WithCredential(std::string(registry), std::move(asked));
  http::Request request;
  request.url = TRY(at->At("", {}));
  http::Response answer = TRY(Send(*at, std::move(request), {}));
  if (!answer.ok()) return Fail(at->Explain(answer, "log in to " + std::string(registry), {}));
  return {};
}

Result<void> Client::PutBytes(Registry& at, const std::string& name, const Descriptor& blob,
                              std::string_view bytes) {
  Upload upload{.registry = at, .name = name, .blob = blob};
  upload.open = [bytes]() -> Result<std::unique_ptr<http::BodySource>> { return BytesSource(bytes); };
  TRY(Run(*registries_, upload));
  return {};
}

Result<std::optional<std::string>> Client::GetBytes(Registry& at, const std::string& name,
                                                    const Descriptor& blob) {
  Access access{.repository = name};
  http::Request request;
  request.url = TRY(at.At(name + "/blobs/" + blob.digest.ToString(), {}));
  request.limit = blob.size;
  http::Response answer = TRY(Send(at, std::move(request), access));
  if (answer.status == 404) return std::nullopt;
  const std::string what = at.name() + "/" + name + "@" + blob.digest.ToString();
  if (!answer.ok()) return Fail(at.Explain(answer, "fetch " + what, access));
  if (answer.body.size() != blob.size || Digest::Of(answer.body) != blob.digest)
    return Fail(what + ": what came is something else");
  return std::move(answer.body);
}

Result<Digest> Client::PutArtifact(const ImageReference& reference, std::string_view bytes,
                                   std::string_view artifact_type) {
  Registry& at = registries_->At(reference.registry);
  constexpr std::string_view kEmpty = "{}";  // image-spec, manifest.md, "Guidance for an Empty Descriptor"
  Manifest manifest;
  manifest.artifact_type = artifact_type;
  manifest.config = {
      .media_type = std::string(media::kOciEmpty), .digest = Digest::Of(kEmpty), .size = kEmpty.size()};
  manifest.layers.push_back(
      {.media_type = std::string(artifact_type), .digest = Digest::Of(bytes), .size = bytes.size()});
  TRY_VOID(PutBytes(at, reference.repository, manifest.config, kEmpty));
  TRY_VOID(PutBytes(at, reference.repository, manifest.layers[0], bytes));
  return PutManifest(RepositoryOf(reference), reference.EffectiveTag(), Serialize(manifest),
                     MediaType(manifest), {});
}

Result<std::optional<std::string>> Client::GetArtifact(const ImageReference& reference,
                                                       std::string_view artifact_type, uint64_t limit) {
  Registry& at = registries_->At(reference.registry);
  std::optional<FetchedManifest> fetched =
      TRY(GetManifestFrom(at, reference.repository, TagOrDigest(reference), {}));
  if (!fetched) return std::nullopt;
  Manifest manifest = TRY(ParseManifest(fetched->bytes, fetched->descriptor.media_type));
  if (manifest.artifact_type != artifact_type || manifest.layers.size() != 1)
    return Fail(reference.ToString() + " is no " + std::string(artifact_type));
  if (manifest.layers[0].size > limit)
    return Fail(reference.ToString() + " is larger than the " + std::to_string(limit) + " bytes allowed");
  return GetBytes(at, reference.repository, manifest.layers[0]);
}

}  // namespace

std::string TagOrDigest(const ImageReference& reference) {
  return reference.digest.empty() ? std::string(reference.EffectiveTag()) : reference.digest;
}

Result<std::optional<FetchedManifest>> GetManifestAnywhere(Registries& registries,
                                                           const Repository& repository,
                                                           const std::string& tag_or_digest,
                                                           const std::stop_token& stop) {
  return AskPlaces<FetchedManifest>(registries, repository, [&](Registry& at, const std::string& name) {
    return GetManifestFrom(at, name, tag_or_digest, stop);
  });
}

std::unique_ptr<RegistryClient> MakeRegistryClient(Registries* registries) {
  return std::make_unique<Client>(registries);
}

Result<std::unique_ptr<RegistryClient>> RegistryClient::Make(RegistryOptions options,
                                                             std::shared_ptr<const Credentials> credentials) {
  return std::make_unique<Client>(TRY(Registries::Make(std::move(options), std::move(credentials))));
}

}  // namespace guard::builder
