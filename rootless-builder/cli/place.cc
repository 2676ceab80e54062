// Tested by tests/e2e/builder_*.sh.
#include "rootless-builder/cli/place.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <set>
#include <string_view>

#include "policies/base/files.h"

namespace guard::builder {

namespace {

std::string Variable(const char* name) {
  const char* value = getenv(name);
  return value ? value : "";
}

bool Writable(const std::string& directory) {
  return MakeDirectories(directory, 0700).has_value() && access(directory.c_str(), W_OK) == 0;
}

bool IsHex(std::string_view text) {
  return text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

}  // namespace

std::string DefaultStore() {
  std::string store = Variable("ROOTLESS_BUILDER_STORE");
  if (!store.empty()) return store;
  std::string data = Variable("XDG_DATA_HOME"), home = Variable("HOME");
  std::vector<std::string> places;
  if (!data.empty()) places.push_back(data + "/rootless-builder");
  if (geteuid() == 0) places.emplace_back("/var/lib/rootless-builder");
  if (!home.empty()) places.push_back(home + "/.local/share/rootless-builder");
  for (const std::string& place : places)
    if (Writable(place)) return place;
  return "/tmp/rootless-builder-" + std::to_string(geteuid());
}

Result<std::unique_ptr<Transfer>> Connect(const PlaceWishes& wishes) {
  auto credentials = TRY(Credentials::Load(wishes.credentials));
  return Transfer::Make(wishes.registry, credentials);
}

Result<OpenPlace> Open(const PlaceWishes& wishes) {
  OpenPlace place;
  std::string directory = wishes.store.empty() ? DefaultStore() : wishes.store;
  TRY_VOID(MakeDirectories(directory, 0700));
  // Steps are run from other directories, and overlayfs wants whole paths.
  if (char* whole = realpath(directory.c_str(), nullptr)) {
    directory = whole;
    free(whole);
  } else {
    return FailErrno("find the store at", directory);
  }
  Place found = Probe(directory);
  if (wishes.one_id) found.subordinate_ids = 0;
  Choice choice = TRY(Choose(found, wishes.sandbox));
  place.sandbox = TRY(Enter(choice, directory));
  place.store = TRY(Store::Open(directory));
  place.transfer = TRY(Connect(wishes));
  http::ClientOptions http;
  http.proxies = wishes.registry.proxies;
  http.environment = wishes.registry.environment;
  http.warn = wishes.registry.warn;
  http.tls = [files = wishes.registry.ca_files](const http::Url&) -> Result<http::TlsOptions> {
    http::TlsOptions tls;
    tls.ca_files = files;
    return tls;
  };
  place.http = TRY(http::Client::Make(std::move(http)));
  return place;
}

Result<void> NameCredential(CredentialOptions& credentials, const std::vector<std::string>& references) {
  if (!credentials.explicit_credential) return {};
  std::set<std::string> registries;
  for (std::string_view text : references) {
    if (text.starts_with("docker://")) text.remove_prefix(9);
    if (auto reference = ParseImageReference(text)) registries.insert(reference->registry);
  }
  if (registries.size() != 1) {
    return Fail(registries.empty() ? "--creds is given, and no image says for which registry"
                                   : "--creds is for one registry, and the images are at several",
                "login keeps a credential for each registry");
  }
  credentials.explicit_registry = *registries.begin();
  return {};
}

Result<std::string> StoreName(const std::string& reference) {
  ImageReference parsed = TRY(ParseImageReference(reference));
  if (parsed.tag.empty() && parsed.digest.empty()) parsed.tag = "latest";
  return parsed.ToString();
}

Result<std::optional<NamedImage>> FindImage(const Store& store, const std::string& reference) {
  std::string_view hex = reference;
  if (hex.starts_with("sha256:")) hex.remove_prefix(7);
  if (hex.size() >= 7 && hex.size() <= 64 && IsHex(hex)) {
    for (const NamedImage& image : TRY(store.Names())) {
      if (image.target.digest.hex().starts_with(hex)) return std::optional(image);
      if (!IsManifest(image.target.media_type)) continue;
      auto text = store.Get(image.target.digest);
      auto manifest = text ? ParseManifest(*text, image.target.media_type) : Fail("");
      if (manifest && manifest->config.digest.hex().starts_with(hex)) return std::optional(image);
    }
  }
  auto name = StoreName(reference);
  if (!name) return Fail(name.error());
  auto found = TRY(store.Find(*name));
  if (!found) return std::optional<NamedImage>();
  return std::optional(NamedImage{*name, *found});
}

}  // namespace guard::builder
