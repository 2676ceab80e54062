// What registries, token servers and files of credentials may say: heads, chunks, challenges, tokens, errors,
// manifests' descriptions, parts, locations, credentials. The first byte chooses.
#include <cstdlib>

#include "rootless-builder/http/head.h"
#include "rootless-builder/http/retry.h"
#include "rootless-builder/registry/auth_file.h"
#include "rootless-builder/registry/challenge.h"
#include "rootless-builder/registry/download.h"
#include "rootless-builder/registry/manifests.h"
#include "rootless-builder/registry/place.h"
#include "rootless-builder/registry/upload.h"

using namespace guard;
using namespace guard::builder;

namespace {

void Require(bool holds) {
  if (!holds) std::abort();
}

// Up to the next NUL.
std::string_view Next(std::string_view* rest) {
  size_t end = rest->find('\0');
  std::string_view part = rest->substr(0, end);
  rest->remove_prefix(end == std::string_view::npos ? rest->size() : end + 1);
  return part;
}

void Chunks(std::string_view bytes) {
  // The same data, however the bytes are cut.
  std::string whole, pieces;
  auto feed = [](std::string_view text, size_t step, std::string* to) {
    http::ChunkReader reader;
    bool good = true;
    for (size_t at = 0; at < text.size() && good && !reader.done();) {
      size_t used = 0;
      std::string_view piece = text.substr(at, step);
      good = reader
                 .Feed(piece, &used,
                       [&](std::string_view data) -> http::Outcome<void> {
                         to->append(data);
                         return {};
                       })
                 .has_value();
      Require(!good || reader.done() || used == piece.size());
      at += used;
    }
    return good && reader.done();
  };
  bool at_once = feed(bytes, bytes.size(), &whole);
  bool in_pieces = feed(bytes, 3, &pieces);
  Require(at_once == in_pieces && (!at_once || whole == pieces));
}

void Urls(std::string_view rest) {
  std::string_view base = Next(&rest);
  Result<http::Url> url = http::ParseUrl(base);
  if (!url) return;
  Result<http::Url> again = http::ParseUrl(url->ToString());
  Require(again && again->ToString() == url->ToString());
  Result<http::Url> location = http::ResolveUrl(*url, rest);
  if (location)
    Require(location->target.starts_with('/') &&
            location->ToString().find_first_of("\r\n ") == std::string::npos);
  Result<http::Url> realm = CheckRealm(*url, std::string(rest));
  if (realm) Require(realm->tls || (!url->tls && realm->host == url->host));
}

void AuthFiles(std::string_view json) {
  Result<AuthFile> file = ParseAuthFile(json, "f");
  if (!file) return;
  for (const auto& [key, credential] : file->auths) {
    Require(!credential.empty());
    // A namespace's credential is nobody else's.
    AuthChoice choice = Choose(*file, "registry.test", "team/app");
    if (choice.credential)
      Require(file->auths.contains("registry.test/team/app") || file->auths.contains("registry.test/team") ||
              file->auths.contains("registry.test"));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0 || size > 64 << 10) return 0;
  std::string_view rest(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0] % 8) {
    case 0: (void)http::ParseAnswerHead(rest); break;
    case 1: Chunks(rest); break;
    case 2: Urls(rest); break;
    case 3: AuthFiles(rest); break;
    case 4: {
      (void)ReadChallenge({rest});
      Result<Token> token = ReadToken(rest);
      if (token) Require(token->value.find_first_of("\r\n ") == std::string::npos);
      for (char c : ReadRegistryError(rest).message) Require(c >= ' ' && c < '\x7f');
      break;
    }
    case 5: {
      std::string_view type = Next(&rest), digest = Next(&rest);
      Result<Descriptor> descriptor = DescribeManifest(type, digest, rest, {});
      if (!descriptor) break;
      Require(descriptor->digest == Digest::Of(rest));
      if (IsIndex(descriptor->media_type))
        (void)ParseIndex(rest, descriptor->media_type);
      else
        (void)ParseManifest(rest, descriptor->media_type);
      break;
    }
    case 6: {
      std::string_view range = Next(&rest);
      Result<uint64_t> skip = BytesToSkip(206, range, rest, 1000, 5000);
      if (skip) Require(*skip <= 1000);
      (void)BytesTaken(range);
      http::Headers headers;
      headers.Add("Retry-After", std::string(rest));
      (void)http::RetryAfter(headers, 0);
      break;
    }
    default: {
      RegistryOptions options;
      options.mirrors["docker.io"] = {std::string(rest)};
      Result<std::vector<PullPlace>> places = PullPlaces(options, {"docker.io", "library/x"});
      if (places) Require(places->size() == 2);
      (void)MayBePlain(options, std::string(rest));
      (void)http::Proxies::Make(rest, "", rest);
    }
  }
  return 0;
}
