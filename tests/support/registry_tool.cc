// Pull, push and their like from a shell, for tests/e2e/registry_*.sh: the registry client without the rest
// of the builder. What it prints is for those scripts alone.
#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <string>
#include <vector>

#include "rootless-builder/http/client.h"
#include "rootless-builder/registry/transfer.h"

namespace {

using namespace guard;
using namespace guard::builder;

class Printer final : public Progress {
 public:
  void Begin(Direction, const Descriptor&) override {}
  void Advance(const Digest&, uint64_t) override {}
  void End(const Digest& blob, Outcome outcome) override {
    constexpr const char* kNames[] = {"transferred", "existed", "mounted", "failed"};
    std::printf("blob %s %s\n", blob.ToString().c_str(), kNames[static_cast<int>(outcome)]);
  }
};

int Fails(const Error& error) {
  std::fprintf(stderr, "%s\n", Render(error).c_str());
  return 1;
}

struct Arguments {
  std::vector<std::string> words;
  std::string store = "store", platform, auth_file, creds, from;
  RegistryOptions options;
  bool lazy = false, keep_tag = false;
};

int Number(const char* text) {
  int value = 0;
  std::from_chars(text, text + std::strlen(text), value);
  return value;
}

Result<Arguments> Read(int argc, char** argv) {
  Arguments all;
  all.options = TRY(DefaultRegistryOptions({}));
  all.options.retries = 3;
  all.options.first_pause = http::Milliseconds(20);
  all.options.warn = [](const std::string& message) {
    std::fprintf(stderr, "warning: %s\n", message.c_str());
  };
  for (int i = 1; i < argc; ++i) {
    std::string word = argv[i];
    auto value = [&] { return std::string(i + 1 < argc ? argv[++i] : ""); };
    if (word == "--store")
      all.store = value();
    else if (word == "--platform")
      all.platform = value();
    else if (word == "--authfile")
      all.auth_file = value();
    else if (word == "--creds")
      all.creds = value();
    else if (word == "--insecure")
      all.options.insecure.insert(value());
    else if (word == "--skip-tls-verify")
      all.options.skip_tls_verify.insert(value());
    else if (word == "--ca")
      all.options.ca_files.push_back(value());
    else if (word == "--certs")
      all.options.certificate_folders = {value()};
    else if (word == "--mirror") {
      std::string of = value();
      all.options.mirrors[of].push_back(value());
    } else if (word == "--no-fallback")
      all.options.default_fallback = false;
    else if (word == "--idle")
      all.options.idle_timeout = http::Milliseconds(Number(value().c_str()));
    else if (word == "--retries")
      all.options.retries = Number(value().c_str());
    else if (word == "--from")
      all.from = value();
    else if (word == "--lazy")
      all.lazy = true;
    else if (word == "--keep-tag")
      all.keep_tag = true;
    else if (word.starts_with("--"))
      return Fail("unknown flag " + word);
    else
      all.words.push_back(word);
  }
  if (all.words.size() < 2) return Fail("registry_tool COMMAND REFERENCE...");
  return all;
}

Result<void> Pull(const Arguments& all, Transfer& transfer, const ImageReference& reference,
                  bool everything) {
  std::unique_ptr<Store> store = TRY(Store::Open(all.store));
  Printer printer;
  PullOptions options{.layers = !all.lazy, .progress = &printer};
  if (!all.platform.empty()) options.platform = TRY(ParsePlatform(all.platform));
  Descriptor target;
  if (everything) {
    target = TRY(transfer.PullAll(reference, *store, options));
  } else {
    PulledImage image = TRY(transfer.Pull(reference, *store, options));
    target = image.manifest;
    std::printf("target %s\nsource %s\nlayers %zu\n", image.target.digest.ToString().c_str(),
                image.source.ToString().c_str(), image.parsed.layers.size());
  }
  std::printf("pulled %s\n", target.digest.ToString().c_str());
  return store->Tag(reference.ToString(), target);
}

// push REFERENCE NAME-IN-STORE
Result<void> Push(const Arguments& all, Transfer& transfer, const ImageReference& reference) {
  std::unique_ptr<Store> store = TRY(Store::Open(all.store));
  std::string name = all.words.size() > 2 ? all.words[2] : reference.ToString();
  std::optional<Descriptor> descriptor = TRY(store->Find(name));
  if (!descriptor) return Fail("no " + name + " in the store");
  if (!all.from.empty()) {  // layers come from, or may be mounted from, this repository
    ImageReference from = TRY(ParseImageReference(all.from));
    std::string text = TRY(store->Get(descriptor->digest));
    Manifest manifest = TRY(ParseManifest(text, descriptor->media_type));
    for (const Descriptor& layer : manifest.layers) transfer.NoteSource(layer.digest, RepositoryOf(from));
  }
  Printer printer;
  PushOptions options{.lazy = all.lazy, .keep_immutable_tag = all.keep_tag, .progress = &printer};
  PushResult result = TRY(transfer.Push(*store, *descriptor, reference, options));
  std::printf("pushed %s sent %lu existed %lu mounted %lu%s\n", result.digest.ToString().c_str(), result.sent,
              result.existed, result.mounted, result.tag_kept ? " kept" : "");
  return {};
}

Result<void> Run(const Arguments& all) {
  const std::string& command = all.words[0];
  CredentialOptions credentials{.auth_file = all.auth_file};
  if (command == "get") {  // any URL
    std::unique_ptr<http::Client> client = TRY(http::Client::Make({.proxies = all.options.proxies}));
    http::Url url = TRY(http::ParseUrl(all.words[1]));
    http::Response answer = TRY(client->Send({.url = url}));
    std::printf("%d %zu\n", answer.status, answer.body.size());
    return {};
  }
  if (command == "login" || command == "logout") {
    std::string file = TRY(LoginFile(credentials));
    size_t colon = all.creds.find(':');
    if (command == "logout") {
      std::printf("%s\n", TRY(Logout(file, all.words[1])) ? "out" : "was not in");
      return {};
    }
    Credential given{.username = all.creds.substr(0, colon), .password = all.creds.substr(colon + 1)};
    std::shared_ptr<const Credentials> none = TRY(Credentials::Load({.kaniko_file = ""}));
    std::unique_ptr<RegistryClient> client = TRY(RegistryClient::Make(all.options, none));
    TRY_VOID(client->CheckLogin(all.words[1], given));
    return Login(file, all.words[1], given);
  }
  std::shared_ptr<const Credentials> loaded = TRY(Credentials::Load(credentials));
  std::unique_ptr<Transfer> transfer = TRY(Transfer::Make(all.options, loaded));
  ImageReference reference = TRY(ParseImageReference(all.words[1]));
  if (command == "pull") return Pull(all, *transfer, reference, false);
  if (command == "pull-all") return Pull(all, *transfer, reference, true);
  if (command == "push") return Push(all, *transfer, reference);
  if (command == "resolve") {
    Descriptor found = TRY(transfer->Resolve(reference));
    std::printf("%s %s %lu\n", found.digest.ToString().c_str(), found.media_type.c_str(), found.size);
  } else if (command == "tags") {
    for (const std::string& tag : TRY(transfer->client().ListTags(RepositoryOf(reference))))
      std::printf("%s\n", tag.c_str());
  } else if (command == "delete") {
    std::printf("%s\n", TRY(transfer->client().DeleteManifest(reference)) ? "deleted" : "was not there");
  } else if (command == "check-push") {
    TRY_VOID(transfer->client().CheckPush(RepositoryOf(reference)));
    std::puts("may push");
  } else if (command == "put") {
    std::printf("%s\n", TRY(transfer->client().PutArtifact(reference, all.words[2], "application/x.test"))
                            .ToString()
                            .c_str());
  } else if (command == "artifact") {
    std::optional<std::string> bytes = TRY(transfer->client().GetArtifact(reference, "application/x.test"));
    std::printf("%s\n", bytes ? bytes->c_str() : "absent");
  } else {
    return Fail("unknown command " + command);
  }
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  Result<Arguments> all = Read(argc, argv);
  if (!all) return Fails(all.error());
  Result<void> result = Run(*all);
  return result ? 0 : Fails(result.error());
}
