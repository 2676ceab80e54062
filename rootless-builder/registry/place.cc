// Tested by place_test.cc.
#include "rootless-builder/registry/place.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>

namespace guard::builder {
namespace {

// The names that options may give a host: as references do, and as its API is called.
std::vector<std::string> NamesOf(const http::Url& url) {
  std::string host = url.host.find(':') == std::string::npos ? url.host : "[" + url.host + "]";
  std::vector<std::string> names{host + ":" + std::to_string(url.port)};
  if (url.port == 443 || url.port == 80) names.push_back(host);
  if (url.host == "registry-1.docker.io") names.emplace_back("docker.io");
  return names;
}

Result<PullPlace> ReadPlace(std::string text, const std::string& repository) {
  PullPlace place{.repository = {}, .is_mirror = true};
  const std::string given = text;
  if (text.starts_with("http://")) {
    place.plain_http = true;
    text.erase(0, 7);
  } else if (text.starts_with("https://")) {
    text.erase(0, 8);
  }
  while (text.ends_with('/')) text.pop_back();
  size_t slash = text.find('/');
  place.repository.registry = text.substr(0, slash);
  place.repository.name = slash == std::string::npos ? repository : text.substr(slash + 1) + "/" + repository;
  Result<http::Url> url = http::UrlOfAuthority(place.repository.registry, true);
  // A host without dot or port would be read as Docker Hub's; it is one here. The rest is checked as a name
  // is.
  Result<ImageReference> name = ParseImageReference("example.com/" + place.repository.name);
  if (!url || !name) return Fail("'" + given + "' is no mirror", "write HOST[:PORT], or HOST[:PORT]/PATH");
  return place;
}

Result<void> AddFolder(const std::string& folder, http::TlsOptions* options) {
  std::error_code error;
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error))
    files.push_back(entry.path().string());
  if (error && error != std::errc::no_such_file_or_directory && error != std::errc::not_a_directory &&
      error != std::errc::permission_denied)
    return Fail("the certificates in " + folder + " cannot be read: " + error.message());
  std::ranges::sort(files);
  for (const std::string& file : files) {
    if (file.ends_with(".crt")) options->ca_files.push_back(file);
    if (!file.ends_with(".cert") || !options->certificate_file.empty()) continue;
    std::string key = file.substr(0, file.size() - 5) + ".key";
    if (!std::ranges::binary_search(files, key))
      return Fail("the client certificate " + file + " has no key beside it", "it should be " + key);
    options->certificate_file = file;
    options->key_file = key;
  }
  return {};
}

}  // namespace

std::string ApiHost(const std::string& registry) {
  return registry == "docker.io" || registry == "index.docker.io" ? "registry-1.docker.io" : registry;
}

bool IsLoopbackHost(const std::string& host) {
  if (host == "localhost" || host.ends_with(".localhost") || host == "::1") return true;
  return host.starts_with("127.") && std::ranges::count(host, '.') == 3 &&
         host.find_first_not_of("0123456789.") == std::string::npos;
}

Result<std::vector<PullPlace>> PullPlaces(const RegistryOptions& options, const Repository& repository) {
  std::vector<PullPlace> places;
  for (const auto* table : {&options.registry_map, &options.mirrors})
    if (auto found = table->find(repository.registry); found != table->end())
      for (const std::string& text : found->second) places.push_back(TRY(ReadPlace(text, repository.name)));
  if (places.empty() || options.default_fallback) places.push_back({.repository = repository});
  return places;
}

Result<http::TlsOptions> TlsFor(const RegistryOptions& options, const http::Url& url) {
  http::TlsOptions tls;
  tls.verify = !options.skip_tls_verify_all;
  tls.ca_files = options.ca_files;
  for (const std::string& name : NamesOf(url)) {
    if (options.skip_tls_verify.contains(name)) tls.verify = false;
    if (auto files = options.host_ca_files.find(name); files != options.host_ca_files.end())
      tls.ca_files.insert(tls.ca_files.end(), files->second.begin(), files->second.end());
    if (auto own = options.client_certificates.find(name);
        own != options.client_certificates.end() && tls.certificate_file.empty()) {
      tls.certificate_file = own->second.certificate_file;
      tls.key_file = own->second.key_file;
    }
  }
  for (const std::string& folder : options.certificate_folders)
    for (const std::string& name : NamesOf(url)) TRY_VOID(AddFolder(folder + "/" + name, &tls));
  for (const std::string& folder : options.flat_certificate_folders) TRY_VOID(AddFolder(folder, &tls));
  return tls;
}

bool MayBePlain(const RegistryOptions& options, const std::string& registry) {
  if (options.insecure_all || options.insecure.contains(registry)) return true;
  Result<http::Url> url = http::UrlOfAuthority(registry, false);
  if (!url) return false;
  if (IsLoopbackHost(url->host)) return true;
  return std::ranges::any_of(NamesOf(*url),
                             [&](const std::string& name) { return options.insecure.contains(name); });
}

Result<RegistryOptions> DefaultRegistryOptions(const http::Environment& environment) {
  RegistryOptions options;
  options.environment = environment;
  options.proxies = TRY(http::Proxies::FromEnvironment(environment));
  options.certificate_folders = {"/etc/docker/certs.d", "/etc/containers/certs.d"};
  const char* home = environment ? environment("HOME") : std::getenv("HOME");
  if (home && *home)
    for (const char* folder : {"/.docker/certs.d", "/.config/containers/certs.d"})
      options.certificate_folders.push_back(std::string(home) + folder);
  return options;
}

}  // namespace guard::builder
