// pull, push, login, logout, manifest: images and registries. Tested by tests/e2e/builder_registry.sh.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "policies/base/files.h"
#include "rootless-builder/cli/commands.h"
#include "rootless-builder/cli/common_options.h"
#include "rootless-builder/cli/show_progress.h"

namespace guard::builder {

namespace {

struct Flags {
  CommonOptions common;
  std::vector<std::string> names;
  std::string platform, user, password, digest_file, progress = "auto";
  bool password_stdin = false, quiet = false;
};

struct Registries {
  std::unique_ptr<Store> store;
  std::unique_ptr<Transfer> transfer;
};

// `references`: what is fetched or sent.
Result<Registries> OpenRegistries(const Flags& flags, const std::vector<std::string>& references) {
  PlaceWishes wishes = TRY(flags.common.Wishes());
  TRY_VOID(NameCredential(wishes.credentials, references));
  Registries open;
  open.store = TRY(Store::Open(wishes.store.empty() ? DefaultStore() : wishes.store));
  open.transfer = TRY(Connect(wishes));
  return open;
}

Result<ImageReference> Named(const std::string& text) {
  ImageReference reference = TRY(ParseImageReference(text));
  if (reference.tag.empty() && reference.digest.empty()) reference.tag = "latest";
  return reference;
}

Result<int> Pull(const Flags& flags) {
  Registries open = TRY(OpenRegistries(flags, flags.names));
  auto progress = TRY(MakeProgress(flags.quiet ? "quiet" : flags.progress));
  PullOptions options;
  options.progress = &progress->Transfers();
  if (!flags.platform.empty()) options.platform = TRY(ParsePlatform(flags.platform));
  for (const std::string& text : flags.names) {
    ImageReference reference = TRY(Named(text));
    PulledImage pulled = TRY(open.transfer->Pull(reference, *open.store, options));
    // Only one platform's layers are here: the name is that platform's manifest.
    TRY_VOID(open.store->Tag(reference.ToString(), pulled.manifest));
    puts(pulled.manifest.digest.ToString().c_str());
  }
  return 0;
}

Result<int> Push(const Flags& flags) {
  Registries open = TRY(OpenRegistries(flags, {flags.names.back()}));
  auto progress = TRY(MakeProgress(flags.quiet ? "quiet" : flags.progress));
  PushOptions options;
  options.progress = &progress->Transfers();
  auto image = TRY(FindImage(*open.store, flags.names[0]));
  if (!image)
    return Fail("there is no image " + flags.names[0] + " here",
                "rootless-builder images lists what there is");
  ImageReference reference = TRY(Named(flags.names.size() > 1 ? flags.names[1] : image->name));
  PushResult pushed = TRY(open.transfer->Push(*open.store, image->target, reference, options));
  if (!flags.digest_file.empty()) TRY_VOID(WriteFileAtomically(flags.digest_file, pushed.digest.ToString()));
  progress.reset();
  puts(pushed.digest.ToString().c_str());
  return 0;
}

Result<std::string> AskPassword() {
  char* typed = getpass("Password: ");
  if (typed == nullptr) return Fail("there is no terminal to ask for the password", "use --password-stdin");
  return std::string(typed);
}

Result<int> LoginTo(const Flags& flags) {
  if (!flags.common.credentials.empty()) return Fail("login takes no --creds", "use -u and --password-stdin");
  PlaceWishes wishes = TRY(flags.common.Wishes());
  std::string target = flags.names.empty() ? "docker.io" : flags.names[0];
  Credential credential;
  credential.username = flags.user;
  credential.password = flags.password;
  if (flags.password_stdin) {
    if (!flags.password.empty()) return Fail("--password and --password-stdin are given both");
    credential.password = TRY(ReadWholeFile(0, "standard input", 1u << 20));
    while (!credential.password.empty() &&
           (credential.password.back() == '\n' || credential.password.back() == '\r'))
      credential.password.pop_back();
  }
  if (credential.username.empty()) {
    if (!isatty(0)) return Fail("there is no user name", "give it with -u");
    fputs("Username: ", stderr);
    std::getline(std::cin, credential.username);
  }
  if (credential.password.empty()) credential.password = TRY(AskPassword());
  auto credentials = TRY(Credentials::Load(wishes.credentials));
  auto transfer = TRY(Transfer::Make(wishes.registry, credentials));
  std::string registry = target.substr(0, target.find('/'));
  TRY_VOID(transfer->client().CheckLogin(registry, credential));
  std::string file = TRY(LoginFile(wishes.credentials));
  TRY_VOID(Login(file, target, credential));
  puts("Login Succeeded");
  return 0;
}

Result<int> LogoutFrom(const Flags& flags) {
  if (!flags.common.credentials.empty()) return Fail("logout takes no --creds", "it forgets what login kept");
  PlaceWishes wishes = TRY(flags.common.Wishes());
  std::string target = flags.names.empty() ? "docker.io" : flags.names[0];
  std::string file = TRY(LoginFile(wishes.credentials));
  bool was = TRY(Logout(file, target));
  printf(was ? "Removed login credentials for %s\n" : "Not logged in to %s\n", target.c_str());
  return 0;
}

// manifest create NAME IMAGE...: an index of images that the store has.
Result<int> CreateManifest(const Flags& flags) {
  if (!flags.common.credentials.empty())
    return Fail("manifest create takes no --creds", "it uses images of the store; pull takes the credential");
  auto store = TRY(Store::Open(flags.common.store.empty() ? DefaultStore() : flags.common.store));
  Index index;
  for (size_t i = 1; i < flags.names.size(); ++i) {
    auto image = TRY(FindImage(*store, flags.names[i]));
    if (!image) return Fail("there is no image " + flags.names[i] + " here", "pull or build it first");
    if (IsIndex(image->target.media_type)) {
      std::string text = TRY(store->Get(image->target.digest));
      Index other = TRY(ParseIndex(text, image->target.media_type));
      index.manifests.insert(index.manifests.end(), other.manifests.begin(), other.manifests.end());
      continue;
    }
    Descriptor descriptor = image->target;
    std::string text = TRY(store->Get(descriptor.digest));
    Manifest manifest = TRY(ParseManifest(text, descriptor.media_type));
    text = TRY(store->Get(manifest.config.digest));
    ImageConfig config = TRY(ParseImageConfig(text));
    descriptor.platform = config.platform;
    index.manifests.push_back(std::move(descriptor));
  }
  std::string name = TRY(StoreName(flags.names[0]));
  Descriptor target = TRY(store->Put(Serialize(index), MediaType(index)));
  TRY_VOID(store->Tag(name, target));
  puts(target.digest.ToString().c_str());
  return 0;
}

Result<int> InspectManifest(const Flags& flags) {
  Registries open = TRY(OpenRegistries(flags, {flags.names.back()}));
  std::string text;
  if (auto local = TRY(FindImage(*open.store, flags.names[0]))) {
    text = TRY(open.store->Get(local->target.digest));
  } else {
    ImageReference reference = TRY(Named(flags.names[0]));
    auto fetched = TRY(open.transfer->client().GetManifest(reference));
    if (!fetched) return Fail("there is no image " + flags.names[0]);
    text = fetched->bytes;
  }
  auto json = nlohmann::json::parse(text, nullptr, false);
  puts(json.is_discarded() ? text.c_str() : json.dump(2).c_str());
  return 0;
}

}  // namespace

void AddRegistryCommands(CLI::App& app, const Session&, int& status) {
  auto make = [&](CLI::App& parent, const char* name, const char* about) {
    auto flags = std::make_shared<Flags>();
    CLI::App* command = parent.add_subcommand(name, about);
    flags->common.AddStore(*command);
    flags->common.AddRegistries(*command);
    return std::pair(command, flags);
  };
  auto [pull, pull_flags] = make(app, "pull", "Fetch images");
  pull->add_option("image", pull_flags->names, "References")->required();
  pull->add_option("--platform", pull_flags->platform, "Platform of an index")->type_name("OS/ARCH");
  pull->add_flag("-q,--quiet", pull_flags->quiet, "No progress");
  pull->add_option("--progress", pull_flags->progress, "auto, plain, tty, quiet, rawjson");
  AddCallback(pull, pull_flags, status, Pull);

  auto [push, push_flags] = make(app, "push", "Send an image to its registry, or to another reference");
  push->add_option("image", push_flags->names, "The image, and where to")->required()->expected(1, 2);
  push->add_option("--digest-file", push_flags->digest_file, "File for the manifest's digest")
      ->type_name("FILE");
  push->add_flag("-q,--quiet", push_flags->quiet, "No progress");
  push->add_option("--progress", push_flags->progress, "auto, plain, tty, quiet, rawjson");
  AddCallback(push, push_flags, status, Push);

  auto [login, login_flags] =
      make(app, "login", "Keep a credential for a registry, or for a part of its namespaces");
  login->add_option("registry", login_flags->names, "registry[/namespace]")->expected(0, 1);
  login->add_option("-u,--username", login_flags->user, "User name");
  login->add_option("-p,--password", login_flags->password,
                    "Password; others on the machine can see it, --password-stdin is safer");
  login->add_flag("--password-stdin", login_flags->password_stdin, "Read the password from standard input");
  AddCallback(login, login_flags, status, LoginTo);

  auto [logout, logout_flags] = make(app, "logout", "Forget a credential");
  logout->add_option("registry", logout_flags->names, "registry[/namespace]")->expected(0, 1);
  AddCallback(logout, logout_flags, status, LogoutFrom);

  CLI::App* manifest = app.add_subcommand("manifest", "Indexes of several platforms");
  manifest->require_subcommand(1);
  auto [create, create_flags] = make(*manifest, "create", "Make an index of images of the store");
  create->add_option("names", create_flags->names, "The index's name, then the images")
      ->required()
      ->expected(2, 1000);
  AddCallback(create, create_flags, status, CreateManifest);
  auto [inspect, inspect_flags] = make(*manifest, "inspect", "Print a manifest or index");
  inspect->add_option("image", inspect_flags->names, "Reference")->required()->expected(1);
  AddCallback(inspect, inspect_flags, status, InspectManifest);
  auto [send, send_flags] = make(*manifest, "push", "Send an index with its images");
  send->add_option("image", send_flags->names, "The index, and where to")->required()->expected(1, 2);
  send->add_option("--digest-file", send_flags->digest_file, "File for the index's digest")
      ->type_name("FILE");
  AddCallback(send, send_flags, status, Push);
}

}  // namespace guard::builder
