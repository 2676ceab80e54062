// Tested by auth_file_test.cc, fuzzed by registry_fuzz.cc.
#include "rootless-builder/registry/auth_file.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "rootless-builder/http/base64.h"

namespace guard::builder {
namespace {

using Json = nlohmann::json;

constexpr size_t kLargestFile = size_t{1} << 20;
constexpr std::string_view kDockerHub = "docker.io";

std::string Shown(std::string_view key) {
  std::string shown(key.substr(0, 128));
  for (char& c : shown)
    if (static_cast<unsigned char>(c) < ' ' || c == '\x7f') c = '?';
  return "'" + shown + "'";
}

Result<std::string> Text(const Json& object, const char* field, const std::string& where) {
  auto found = object.find(field);
  if (found == object.end() || found->is_null()) return std::string();
  if (!found->is_string()) return Fail(where + ": '" + field + "' is no string");
  return found->get<std::string>();
}

Result<Credential> ReadCredential(const Json& entry, const std::string& where) {
  Credential credential;
  if (!entry.is_object()) return Fail(where + " is no object");
  std::string auth = TRY(Text(entry, "auth", where));
  credential.username = TRY(Text(entry, "username", where));
  credential.password = TRY(Text(entry, "password", where));
  credential.identity_token = TRY(Text(entry, "identitytoken", where));
  credential.registry_token = TRY(Text(entry, "registrytoken", where));
  if (!auth.empty()) {
    std::optional<std::string> pair = http::DecodeBase64(auth);
    size_t colon = pair ? pair->find(':') : std::string::npos;
    if (colon == std::string::npos)
      return Fail(where + ": 'auth' is no base64 of USER:PASSWORD",
                  "write it with: printf 'USER:PASSWORD' | base64 -w0, or log in");
    credential.username = pair->substr(0, colon);
    credential.password = pair->substr(colon + 1);
    while (credential.password.ends_with('\0')) credential.password.pop_back();
  }
  // How docker stores a token that came instead of a password.
  if (credential.username == "<token>") {
    if (credential.identity_token.empty()) credential.identity_token = credential.password;
    credential.username.clear();
    credential.password.clear();
  }
  return credential;
}

bool IsHelperName(std::string_view name) {
  return !name.empty() && name.size() <= 64 && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
  });
}

}  // namespace

std::string NormalKey(std::string_view key) {
  std::string text(key);
  size_t scheme = text.find("://");
  bool url = scheme != std::string::npos;
  if (url) text.erase(0, scheme + 3);
  while (text.ends_with('/')) text.pop_back();
  size_t slash = text.find('/');
  std::string host = text.substr(0, slash), path = slash == std::string::npos ? "" : text.substr(slash);
  std::ranges::transform(host, host.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  bool hub = host == "index.docker.io" || host == "registry-1.docker.io" || host == "registry.hub.docker.com";
  if (hub) host = kDockerHub;
  if (path == "/v1" || path == "/v2") path.clear();  // where the API begins; no repository is called that
  return host + path;
}

std::vector<std::string> KeysFor(std::string_view registry, std::string_view repository) {
  std::string key = NormalKey(registry);
  if (!repository.empty()) key.append("/").append(repository);
  std::vector<std::string> keys;
  for (size_t end = key.size(); end != std::string::npos; end = key.rfind('/', end - 1))
    keys.push_back(key.substr(0, end));
  return keys;
}

std::string DockerKey(std::string_view registry) {
  std::string key = NormalKey(registry);
  return key == kDockerHub ? "https://index.docker.io/v1/" : key;
}

Result<AuthFile> ParseAuthFile(std::string_view json, const std::string& name) {
  if (json.size() > kLargestFile) return Fail(name + " is larger than 1 MiB");
  AuthFile file{.name = name};
  if (json.find_first_not_of(" \t\r\n") == std::string_view::npos) return file;  // touched, never written
  Json document = Json::parse(json, nullptr, false);
  if (!document.is_object())
    return Fail(name + " is no JSON object", "it should look as docker's config.json does");
  auto section = [&](const char* field) -> Result<const Json*> {
    auto found = document.find(field);
    if (found == document.end() || found->is_null()) return nullptr;
    if (!found->is_object()) return Fail(name + ": '" + field + "' is no object");
    return &*found;
  };
  if (const Json* auths = TRY(section("auths"))) {
    for (const auto& [key, entry] : auths->items()) {
      Credential credential = TRY(ReadCredential(entry, name + ": the entry " + Shown(key)));
      credential.origin = name;
      if (!credential.empty()) file.auths.try_emplace(NormalKey(key), std::move(credential));
    }
  }
  if (const Json* helpers = TRY(section("credHelpers"))) {
    for (const auto& [key, helper] : helpers->items()) {
      if (!helper.is_string() || !IsHelperName(helper.get_ref<const std::string&>()))
        return Fail(name + ": the credential helper of " + Shown(key) + " has no valid name");
      file.helpers.try_emplace(NormalKey(key), helper.get<std::string>());
    }
  }
  file.default_helper = TRY(Text(document, "credsStore", name));
  if (!file.default_helper.empty() && !IsHelperName(file.default_helper))
    return Fail(name + ": 'credsStore' has no valid name");
  return file;
}

AuthChoice Choose(const AuthFile& file, std::string_view registry, std::string_view repository) {
  for (const std::string& key : KeysFor(registry, repository)) {
    if (auto helper = file.helpers.find(key); helper != file.helpers.end())
      return {.credential = {}, .helper = helper->second};
    if (auto entry = file.auths.find(key); entry != file.auths.end())
      return {.credential = entry->second, .helper = {}};
  }
  return {.credential = {}, .helper = file.default_helper};
}

}  // namespace guard::builder
