// What docker's config.json and podman's auth.json say about credentials, as data: no file, no helper is
// touched here.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rootless-builder/registry/credentials.h"

namespace guard::builder {

struct AuthFile {
  std::string name;                            // where it came from
  std::map<std::string, Credential> auths;     // by normalised key
  std::map<std::string, std::string> helpers;  // credHelpers: normalised key -> the helper's suffix
  std::string default_helper;                  // credsStore
};

// At most 1 MiB. Errors name the key, never a value.
Result<AuthFile> ParseAuthFile(std::string_view json, const std::string& name);

// "https://index.docker.io/v1/" -> "docker.io", "HTTPS://Reg.Example.com:5000/v2/" -> "reg.example.com:5000",
// "reg.example.com/team" stays.
std::string NormalKey(std::string_view key);
// "host/a/b" -> {"host/a/b", "host/a", "host"}: what may hold a credential for it, the most specific first.
std::vector<std::string> KeysFor(std::string_view registry, std::string_view repository);

// What a file says for a repository: a credential, or a helper to ask (with the name it knows the registry
// by). What is closest to the repository wins; for the registry itself its helper, then its entry, then the
// helper for everything.
struct AuthChoice {
  std::optional<Credential> credential;
  std::string helper;
};
AuthChoice Choose(const AuthFile& file, std::string_view registry, std::string_view repository);

// How docker's helpers and files spell a registry: "docker.io" -> "https://index.docker.io/v1/".
std::string DockerKey(std::string_view registry);

}  // namespace guard::builder
