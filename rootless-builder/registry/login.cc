// Writing credentials down, and striking them out.
//
// Tested by credentials_test.cc.
#include <cerrno>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "policies/base/files.h"
#include "rootless-builder/http/base64.h"
#include "rootless-builder/registry/auth_file.h"
#include "rootless-builder/registry/helper.h"

namespace guard::builder {
namespace {

using Json = nlohmann::ordered_json;

constexpr uint64_t kLargestFile = 1u << 20;

// The file's own text, so that what is none of our business stays as it is; an empty object where there is
// none. A text that ParseAuthFile refuses is not written over.
Result<Json> ReadDocument(const std::string& file) {
  std::error_code ignored;
  if (!std::filesystem::exists(file, ignored)) return Json::object();
  std::string text = TRY(ReadWholeFile(file, kLargestFile));
  TRY(ParseAuthFile(text, file));
  Json document = Json::parse(text, nullptr, false);
  return document.is_object() ? document : Json::object();
}

Result<void> WriteDocument(const std::string& file, const Json& document) {
  std::filesystem::path path(file);
  std::error_code error;
  if (path.has_parent_path()) TRY_VOID(MakeDirectories(path.parent_path().string(), 0700));
  // A link to where the file really is stays a link.
  std::filesystem::path real = std::filesystem::weakly_canonical(path, error);
  return WriteFileAtomically(error ? file : real.string(), document.dump(1, '\t') + "\n", 0600);
}

// Every spelling of a target in `auths`.
std::vector<std::string> Spellings(const Json& document, const std::string& target) {
  std::vector<std::string> keys;
  if (auto auths = document.find("auths"); auths != document.end() && auths->is_object())
    for (const auto& [key, entry] : auths->items())
      if (NormalKey(key) == target) keys.push_back(key);
  return keys;
}

std::string HelperFor(const AuthFile& file, const std::string& target) {
  auto helper = file.helpers.find(target);
  if (helper != file.helpers.end()) return helper->second;
  // A helper keeps registries, not namespaces of them.
  return target.find('/') == std::string::npos ? file.default_helper : std::string();
}

}  // namespace

Result<void> Login(const std::string& file, std::string_view target, const Credential& credential) {
  if (credential.username.find(':') != std::string::npos) return Fail("a user name must not have a colon");
  if (credential.empty()) return Fail("there is nothing to log in with", "give a user name and a password");
  const std::string normal = NormalKey(target);
  Json document = TRY(ReadDocument(file));
  std::string helper = HelperFor(TRY(ParseAuthFile(document.dump(), file)), normal);
  for (const std::string& key : Spellings(document, normal)) document["auths"].erase(key);
  Json entry = Json::object();
  if (!helper.empty()) {
    bool token = !credential.identity_token.empty();
    Json kept{{"ServerURL", DockerKey(normal)},
              {"Username", token ? "<token>" : credential.username},
              {"Secret", token ? credential.identity_token : credential.password}};
    TRY_VOID(TellHelper(helper, "store", kept.dump()));
  } else {
    if (!credential.username.empty())
      entry["auth"] = http::EncodeBase64(credential.username + ":" + credential.password);
    if (!credential.identity_token.empty()) entry["identitytoken"] = credential.identity_token;
    if (!credential.registry_token.empty()) entry["registrytoken"] = credential.registry_token;
  }
  document["auths"][DockerKey(normal)] = std::move(entry);
  return WriteDocument(file, document);
}

Result<bool> Logout(const std::string& file, std::string_view target) {
  const std::string normal = NormalKey(target);
  Json document = TRY(ReadDocument(file));
  std::string helper = HelperFor(TRY(ParseAuthFile(document.dump(), file)), normal);
  std::vector<std::string> keys = Spellings(document, normal);
  if (keys.empty()) return false;
  if (!helper.empty()) TRY_VOID(TellHelper(helper, "erase", DockerKey(normal)));
  for (const std::string& key : keys) document["auths"].erase(key);
  TRY_VOID(WriteDocument(file, document));
  return true;
}

}  // namespace guard::builder
