// Tested by credentials_test.cc.
#include "rootless-builder/registry/credentials.h"

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <mutex>

#include "policies/base/files.h"
#include "rootless-builder/registry/auth_file.h"
#include "rootless-builder/registry/helper.h"

namespace guard::builder {
namespace {

constexpr uint64_t kLargestFile = 1u << 20;

std::string Variable(const http::Environment& environment, const char* name) {
  const char* text = environment ? environment(name) : std::getenv(name);
  return text ? text : "";
}

class LoadedCredentials final : public Credentials {
 public:
  Result<void> ReadFiles(const CredentialOptions& options) {
    if (options.explicit_credential) {
      explicit_ = *options.explicit_credential;
      explicit_registry_ = NormalKey(options.explicit_registry);
    }
    if (!options.auth_file.empty()) return Add(options.auth_file, /*must_exist=*/true);
    auto variable = [&](const char* name) { return Variable(options.environment, name); };
    if (std::string text = variable("DOCKER_AUTH_CONFIG"); !text.empty())
      files_.push_back(TRY(ParseAuthFile(text, "DOCKER_AUTH_CONFIG")));
    if (std::string file = variable("REGISTRY_AUTH_FILE"); !file.empty()) TRY_VOID(Add(file, false));
    const std::string home = variable("HOME"), docker = variable("DOCKER_CONFIG");
    if (!docker.empty()) {
      TRY_VOID(Add(docker + "/config.json", false));
    } else if (!home.empty()) {
      TRY_VOID(Add(home + "/.docker/config.json", false));
    }
    if (!options.kaniko_file.empty()) TRY_VOID(Add(options.kaniko_file, false));
    if (std::string runtime = variable("XDG_RUNTIME_DIR"); !runtime.empty())
      TRY_VOID(Add(runtime + "/containers/auth.json", false));
    if (!home.empty()) TRY_VOID(Add(home + "/.config/containers/auth.json", false));
    return {};
  }

  Result<Credential> Find(std::string_view registry, std::string_view repository) const override {
    if (explicit_ && NormalKey(registry) == explicit_registry_) return *explicit_;
    for (const AuthFile& file : files_) {
      AuthChoice choice = Choose(file, registry, repository);
      if (choice.credential) return *choice.credential;
      if (choice.helper.empty()) continue;
      if (std::optional<Credential> kept = TRY(Ask(choice.helper, DockerKey(registry)))) return *kept;
      // A helper that knows none: what the file itself has, least specific last.
      for (const std::string& key : KeysFor(registry, repository))
        if (auto entry = file.auths.find(key); entry != file.auths.end()) return entry->second;
    }
    return Credential{};
  }

 private:
  Result<void> Add(const std::string& path, bool must_exist) {
    std::error_code error;
    auto status = std::filesystem::status(path, error);
    if (status.type() == std::filesystem::file_type::not_found ||
        (error && (error.value() == ENOTDIR || error.value() == EACCES))) {
      // A home that is somebody else's holds nothing of ours.
      if (must_exist) return Fail("there is no credentials file " + path);
      return {};
    }
    if (std::filesystem::is_directory(status)) {
      if (must_exist) return Fail(path + " is a directory, not a credentials file");
      return {};  // what a mount of a missing file leaves
    }
    std::string text = TRY(ReadWholeFile(path, kLargestFile));
    files_.push_back(TRY(ParseAuthFile(text, path)));
    return {};
  }

  // Helpers are slow (some ask a cloud): once for a registry.
  Result<std::optional<Credential>> Ask(const std::string& helper, const std::string& server) const {
    std::lock_guard lock(mutex_);
    auto key = std::pair(helper, server);
    if (auto known = asked_.find(key); known != asked_.end()) return known->second;
    std::optional<Credential> answer = TRY(AskHelper(helper, server));
    asked_.emplace(key, answer);
    return answer;
  }

  std::optional<Credential> explicit_;
  std::string explicit_registry_;
  std::vector<AuthFile> files_;
  mutable std::mutex mutex_;
  mutable std::map<std::pair<std::string, std::string>, std::optional<Credential>> asked_;
};

}  // namespace

Result<std::shared_ptr<const Credentials>> Credentials::Load(const CredentialOptions& options) {
  auto credentials = std::make_shared<LoadedCredentials>();
  TRY_VOID(credentials->ReadFiles(options));
  return credentials;
}

Result<std::string> LoginFile(const CredentialOptions& options) {
  if (!options.auth_file.empty()) return options.auth_file;
  if (std::string docker = Variable(options.environment, "DOCKER_CONFIG"); !docker.empty())
    return docker + "/config.json";
  if (std::string file = Variable(options.environment, "REGISTRY_AUTH_FILE"); !file.empty()) return file;
  if (std::string home = Variable(options.environment, "HOME"); !home.empty())
    return home + "/.docker/config.json";
  return Fail("there is no place to keep credentials: neither HOME nor DOCKER_CONFIG is set");
}

}  // namespace guard::builder
