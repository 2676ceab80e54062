// Tested by challenge_test.cc, fuzzed by registry_fuzz.cc.
#include "rootless-builder/registry/challenge.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

namespace guard::builder {
namespace {

using Json = nlohmann::json;

constexpr size_t kLongestMessage = 256;
constexpr size_t kLargestToken = 32u << 10;  // it becomes a header

bool IsTokenCharacter(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

// One header may hold several challenges, each a scheme and a list of name=value.
struct ChallengeReader {
  std::string_view rest;

  void SkipSpace() {
    while (!rest.empty() && (rest[0] == ' ' || rest[0] == '\t' || rest[0] == ',')) rest.remove_prefix(1);
  }
  std::string_view Word() {
    size_t size = 0;
    while (size < rest.size() && IsTokenCharacter(rest[size])) ++size;
    std::string_view word = rest.substr(0, size);
    rest.remove_prefix(size);
    return word;
  }
  std::string Value() {
    if (!rest.starts_with('"')) return std::string(Word());
    std::string value;
    for (rest.remove_prefix(1); !rest.empty() && rest[0] != '"'; rest.remove_prefix(1)) {
      if (rest[0] == '\\' && rest.size() > 1) rest.remove_prefix(1);
      value += rest[0];
    }
    if (!rest.empty()) rest.remove_prefix(1);
    return value;
  }

  void ReadAll(std::vector<Challenge>* all) {
    for (SkipSpace(); !rest.empty(); SkipSpace()) {
      std::string_view word = Word();
      if (word.empty()) return;  // no grammar of ours
      if (!rest.starts_with('=')) {
        Challenge::Scheme scheme = http::EqualNoCase(word, "Bearer")  ? Challenge::Scheme::kBearer
                                   : http::EqualNoCase(word, "Basic") ? Challenge::Scheme::kBasic
                                                                      : Challenge::Scheme::kNone;
        all->push_back({.scheme = scheme});
        continue;
      }
      rest.remove_prefix(1);
      std::string value = Value();
      if (all->empty()) return;
      if (http::EqualNoCase(word, "realm"))
        all->back().realm = std::move(value);
      else if (http::EqualNoCase(word, "service"))
        all->back().service = std::move(value);
    }
  }
};

std::string Printable(std::string_view text) {
  std::string shown;
  for (char c : text.substr(0, kLongestMessage)) {
    auto byte = static_cast<unsigned char>(c);
    shown += byte < ' ' || byte >= 0x7f ? '?' : c;
  }
  return shown;
}

}  // namespace

Challenge ReadChallenge(const std::vector<std::string_view>& www_authenticate) {
  std::vector<Challenge> all;
  for (std::string_view header : www_authenticate) ChallengeReader{header}.ReadAll(&all);
  for (Challenge::Scheme wanted : {Challenge::Scheme::kBearer, Challenge::Scheme::kBasic})
    for (Challenge& challenge : all)
      if (challenge.scheme == wanted && (wanted == Challenge::Scheme::kBasic || !challenge.realm.empty()))
        return std::move(challenge);
  return {};
}

Result<http::Url> CheckRealm(const http::Url& registry, const std::string& realm) {
  Result<http::Url> url = http::ParseUrl(realm);
  const std::string who = "the registry " + registry.authority();
  if (!url) return Fail(who + " names a token server that is no URL: " + url.error().message);
  bool same_host = url->host == registry.host;
  if (registry.tls && !url->tls)
    return Fail(who + " wants its tokens asked for over plain HTTP, at " + url->ForShow() +
                "; credentials are not sent there");
  if (!registry.tls && !same_host)
    return Fail(who + " speaks plain HTTP and names a token server elsewhere, " + url->ForShow() +
                    "; credentials are not sent there",
                "anyone on the way could have named it: give the registry TLS");
  return url;
}

Result<Token> ReadToken(std::string_view json) {
  Json answer = Json::parse(json, nullptr, false);
  if (!answer.is_object()) return Fail("the answer is no JSON object");
  Token token;
  for (const char* field : {"token", "access_token"}) {
    auto found = answer.find(field);
    if (found == answer.end() || !found->is_string()) continue;
    token.value = found->get<std::string>();
    if (!token.value.empty()) break;
  }
  if (token.value.empty()) return Fail("the answer has no token");
  bool plain = std::ranges::all_of(token.value, [](char c) { return c > ' ' && c < '\x7f'; });
  if (token.value.size() > kLargestToken || !plain) return Fail("the token is no token");
  auto lifetime = answer.find("expires_in");
  if (lifetime != answer.end() && lifetime->is_number()) {
    double seconds = lifetime->get<double>();
    // Longer ones are asked for again within the hour; it costs nothing and survives revocations.
    if (seconds >= 0)
      token.lifetime = std::chrono::seconds(static_cast<int64_t>(std::clamp(seconds, 1.0, 3600.0)));
  }
  return token;
}

RegistryError ReadRegistryError(std::string_view body) {
  Json answer = Json::parse(body, nullptr, false);
  if (!answer.is_object()) return {};
  auto errors = answer.find("errors");
  if (errors == answer.end() || !errors->is_array() || errors->empty() || !(*errors)[0].is_object())
    return {};
  const Json& first = (*errors)[0];
  auto text = [&](const char* field) {
    auto found = first.find(field);
    return found != first.end() && found->is_string() ? Printable(found->get_ref<const std::string&>()) : "";
  };
  return {.code = text("code"), .message = text("message")};
}

}  // namespace guard::builder
