// Tested by transfer_test.cc and tests/e2e/registry_lies.sh, fuzzed by registry_fuzz.cc.
#include "rootless-builder/registry/manifests.h"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

namespace guard::builder {
namespace {

constexpr uint64_t kLargestManifest = 4u << 20;

std::string Accepted() {
  return std::string(media::kOciManifest) + ", " + std::string(media::kOciIndex) + ", " +
         std::string(media::kDockerManifest) + ", " + std::string(media::kDockerList);
}

// Without parameters, in lower case.
std::string BareType(std::string_view content_type) {
  std::string type(content_type.substr(0, content_type.find(';')));
  while (type.ends_with(' ')) type.pop_back();
  std::ranges::transform(type, type.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return type;
}

// Types that say nothing, for which the text's own mediaType counts.
bool SaysNothing(std::string_view type) {
  return type.empty() || type == "application/json" || type == "text/plain" ||
         type == "application/octet-stream" || type == "binary/octet-stream";
}

std::string OwnType(std::string_view body) {
  nlohmann::json document = nlohmann::json::parse(body, nullptr, false);
  if (!document.is_object()) return {};
  auto type = document.find("mediaType");
  return type != document.end() && type->is_string() ? type->get<std::string>() : "";
}

Result<void> CheckType(std::string_view type) {
  if (IsManifest(type) || IsIndex(type)) return {};
  if (type.starts_with("application/vnd.docker.distribution.manifest.v1"))
    return Fail("the image is of Docker's schema 1, which no registry should have any more",
                "push it again with a tool of this decade");
  return Fail("what is there is no image manifest or index");
}

Result<http::Request> ManifestRequest(Registry& registry, const std::string& method, const std::string& name,
                                      const std::string& tag_or_digest, const std::stop_token& stop) {
  http::Request request{.method = method};
  request.url = TRY(registry.At(name + "/manifests/" + tag_or_digest, stop));
  request.headers.Add("Accept", Accepted());
  request.limit = kLargestManifest;
  request.stop = stop;
  return request;
}

Result<Digest> WantedDigest(const std::string& tag_or_digest) {
  if (tag_or_digest.find(':') == std::string::npos) return Digest();
  return Digest::Parse(tag_or_digest);
}

}  // namespace

Result<Descriptor> DescribeManifest(std::string_view content_type, std::string_view content_digest,
                                    std::string_view body, const Digest& wanted) {
  Descriptor descriptor{
      .media_type = BareType(content_type), .digest = Digest::Of(body), .size = body.size()};
  if (!wanted.empty() && descriptor.digest != wanted)
    return Fail("the manifest that came is " + descriptor.digest.ToString() + ", not " + wanted.ToString());
  if (content_digest.starts_with("sha256:") && content_digest != descriptor.digest.ToString())
    return Fail("the registry says that the manifest has another digest than it has");
  if (SaysNothing(descriptor.media_type)) descriptor.media_type = OwnType(body);
  TRY_VOID(CheckType(descriptor.media_type));
  return descriptor;
}

Result<std::optional<Descriptor>> HeadManifest(Registry& registry, const std::string& name,
                                               const std::string& tag_or_digest,
                                               const std::stop_token& stop) {
  Access access{.repository = name};
  Digest wanted = TRY(WantedDigest(tag_or_digest));
  http::Request request = TRY(ManifestRequest(registry, "HEAD", name, tag_or_digest, stop));
  http::Outcome<http::Response> answer = registry.Send(request, access);
  if (!answer) return Fail(std::move(answer.error().error));
  if (answer->status == 404) return std::nullopt;
  Descriptor descriptor{.media_type = BareType(answer->headers.Get("Content-Type"))};
  std::string_view length = answer->headers.Get("Content-Length");
  std::from_chars(length.data(), length.data() + length.size(), descriptor.size);
  Result<Digest> digest = Digest::Parse(answer->headers.Get("Docker-Content-Digest"));
  bool told = answer->ok() && digest && descriptor.size > 0 && CheckType(descriptor.media_type);
  if (told && !wanted.empty() && *digest != wanted)
    return Fail(registry.name() + "/" + name + ": the registry says that " + wanted.ToString() +
                " is another");
  if (told) {
    descriptor.digest = *digest;
    return descriptor;
  }
  // Not every registry answers HEAD as it should; what GET gives can be checked, too.
  std::optional<FetchedManifest> fetched = TRY(GetManifestFrom(registry, name, tag_or_digest, stop));
  if (!fetched) return std::nullopt;
  return fetched->descriptor;
}

Result<std::optional<FetchedManifest>> GetManifestFrom(Registry& registry, const std::string& name,
                                                       const std::string& tag_or_digest,
                                                       const std::stop_token& stop) {
  Access access{.repository = name};
  Digest wanted = TRY(WantedDigest(tag_or_digest));
  http::Request request = TRY(ManifestRequest(registry, "GET", name, tag_or_digest, stop));
  http::Outcome<http::Response> answer = registry.Send(request, access);
  if (!answer) return Fail(std::move(answer.error().error));
  if (answer->status == 404) return std::nullopt;
  const std::string what = registry.name() + "/" + name + (wanted.empty() ? ":" : "@") + tag_or_digest;
  if (answer->status != 200) return Fail(registry.Explain(*answer, "fetch " + what, access));
  Result<Descriptor> descriptor =
      DescribeManifest(answer->headers.Get("Content-Type"), answer->headers.Get("Docker-Content-Digest"),
                       answer->body, wanted);
  if (!descriptor) {
    descriptor.error().message = what + ": " + descriptor.error().message;
    return Fail(std::move(descriptor.error()));
  }
  return FetchedManifest{.descriptor = std::move(*descriptor),
                         .bytes = std::move(answer->body),
                         .source = {registry.name(), name}};
}

Result<PutOutcome> PutManifestTo(Registry& registry, const std::string& name, const std::string& tag,
                                 std::string_view bytes, std::string_view media_type,
                                 const std::stop_token& stop) {
  Access access{.repository = name, .actions = "pull,push"};
  PutOutcome outcome{.digest = Digest::Of(bytes)};
  if (bytes.size() > kLargestManifest)
    return Fail("the manifest is larger than the 4 MiB that registries take");
  const std::string where = tag.empty() ? outcome.digest.ToString() : tag;
  http::Request request = TRY(ManifestRequest(registry, "PUT", name, where, stop));
  request.headers = {};
  request.headers.Add("Content-Type", std::string(media_type));
  request.body = bytes;
  http::Outcome<http::Response> answer = registry.Send(request, access);
  if (!answer) return Fail(std::move(answer.error().error));
  if (answer->status >= 400 && answer->status < 500) {
    std::string said = answer->body;
    std::ranges::transform(said, said.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    outcome.immutable = !tag.empty() && said.find("immutable") != std::string::npos;
    if (outcome.immutable) return outcome;
  }
  const std::string what = registry.name() + "/" + name + (tag.empty() ? "@" : ":") + where;
  if (!answer->ok()) return Fail(registry.Explain(*answer, "push " + what, access));
  std::string_view digest = answer->headers.Get("Docker-Content-Digest");
  if (digest.starts_with("sha256:") && digest != outcome.digest.ToString())
    return Fail("the registry " + registry.name() + " took " + what + " under another digest than it has");
  return outcome;
}

}  // namespace guard::builder
