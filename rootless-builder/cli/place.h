// Where the builder keeps things and how it speaks to registries: what every command line decides before it
// begins.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "rootless-builder/image/store.h"
#include "rootless-builder/registry/transfer.h"
#include "rootless-builder/sandbox/choose.h"

namespace guard::builder {

// $ROOTLESS_BUILDER_STORE, $XDG_DATA_HOME/rootless-builder, $HOME/.local/share/rootless-builder (root:
// /var/lib/rootless-builder), and /tmp/rootless-builder-UID where none of them can be written.
std::string DefaultStore();

struct PlaceWishes {
  std::string store;  // empty: DefaultStore()
  SandboxWish sandbox = SandboxWish::kAuto;
  bool one_id = false;  // no subordinate ids, even if there are any
  RegistryOptions registry;
  CredentialOptions credentials;
};

// A store, entered sandbox and registries, in the order that they need: the sandbox while there is one
// thread.
struct OpenPlace {
  std::unique_ptr<Sandbox> sandbox;
  std::unique_ptr<Store> store;
  std::unique_ptr<Transfer> transfer;
  std::unique_ptr<http::Client> http;
};
Result<OpenPlace> Open(const PlaceWishes& wishes);
// The registries alone, for what is known only later.
Result<std::unique_ptr<Transfer>> Connect(const PlaceWishes& wishes);

// Says for which registry --creds is: that of these references (other texts than references are left out). An
// error where they have not exactly one registry between them: a credential goes nowhere else.
Result<void> NameCredential(CredentialOptions& credentials, const std::vector<std::string>& references);

// "NAME[:TAG]" as a store's name: with registry, repository and tag.
Result<std::string> StoreName(const std::string& reference);

// What a reference names here (its full name, or a digest or its beginning of 7 or more digits), or nothing.
Result<std::optional<NamedImage>> FindImage(const Store& store, const std::string& reference);

}  // namespace guard::builder
