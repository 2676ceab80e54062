// docker manifest, podman and buildah manifest, and docker buildx imagetools: indexes of several platforms.
// Tested by tests/e2e/builder_standins.sh.
#include <cstdio>
#include <nlohmann/json.hpp>

#include "policies/base/files.h"
#include "rootless-builder/cli/common_options.h"
#include "rootless-builder/cli/manifest_list.h"
#include "rootless-builder/cli/stand_ins.h"

namespace guard::builder {

namespace {

struct Desk {
  PlaceWishes wishes;
  std::unique_ptr<Store> store;
  std::unique_ptr<Transfer> transfer;
};

struct ListFlags {
  bool tls_verify = true, insecure = false, amend = false, all = true, dry_run = false, append = false,
       raw = false, remove = false;
  std::string os, arch, variant, os_version, auth_file, creds, digest_file, format;
  std::vector<std::string> tags, files, annotations;
};

// `references`: what is fetched or sent.
Result<Desk> OpenDesk(const ListFlags& flags, const std::vector<std::string>& references) {
  Desk desk{.wishes = TRY(DefaultPlace())};
  if (!flags.tls_verify || flags.insecure)
    desk.wishes.registry.insecure_all = desk.wishes.registry.skip_tls_verify_all = true;
  desk.wishes.credentials.auth_file = flags.auth_file;
  if (!flags.creds.empty()) desk.wishes.credentials.explicit_credential = TRY(ParseCredential(flags.creds));
  TRY_VOID(NameCredential(desk.wishes.credentials, references));
  desk.store = TRY(Store::Open(DefaultStore()));
  desk.transfer = TRY(Connect(desk.wishes));
  return desk;
}

Result<void> AddTo(Desk& desk, Index& index, const std::string& image) {
  std::string name = image.starts_with("docker://") ? image.substr(9) : image;
  Descriptor found = TRY(FindOrFetch(*desk.store, *desk.transfer, name));
  for (const Descriptor& entry : TRY(ListEntries(*desk.store, found))) PutEntry(index, entry);
  return {};
}

Result<int> Create(const ListFlags& flags, const Words& words) {
  Desk desk = TRY(OpenDesk(flags, {words.begin() + 1, words.end()}));
  bool existed = false;
  Index index = TRY(FindList(*desk.store, words[0], existed));
  if (existed && !flags.amend)
    return Fail("the index " + words[0] + " is there already", "--amend adds to it");
  for (size_t i = 1; i < words.size(); ++i) TRY_VOID(AddTo(desk, index, words[i]));
  TRY(KeepList(*desk.store, words[0], index));
  printf("Created manifest list %s\n", TRY(StoreName(words[0])).c_str());
  return 0;
}

Result<int> Add(const ListFlags& flags, const Words& words) {
  Desk desk = TRY(OpenDesk(flags, {words.begin() + 1, words.end()}));
  bool existed = false;
  Index index = TRY(FindList(*desk.store, words[0], existed));
  if (!existed) return Fail("there is no index " + words[0] + " here", "make it with manifest create");
  for (size_t i = 1; i < words.size(); ++i) TRY_VOID(AddTo(desk, index, words[i]));
  Descriptor target = TRY(KeepList(*desk.store, words[0], index));
  puts(target.digest.ToString().c_str());
  return 0;
}

// Platform and annotations of one entry.
Result<int> Annotate(const ListFlags& flags, const Words& words) {
  Desk desk = TRY(OpenDesk(flags, {words[1]}));
  bool existed = false;
  Index index = TRY(FindList(*desk.store, words[0], existed));
  if (!existed) return Fail("there is no index " + words[0] + " here", "make it with manifest create");
  Descriptor image = TRY(FindOrFetch(*desk.store, *desk.transfer, words[1]));
  for (Descriptor& entry : index.manifests) {
    if (entry.digest != image.digest) continue;
    Platform platform = entry.platform.value_or(HostPlatform());
    if (!flags.os.empty()) platform.os = flags.os;
    if (!flags.arch.empty()) platform.architecture = flags.arch;
    if (!flags.variant.empty()) platform.variant = flags.variant;
    if (!flags.os_version.empty()) platform.os_version = flags.os_version;
    entry.platform = platform;
    for (const std::string& text : flags.annotations) TRY_VOID(TakePair(entry.annotations)(text));
    TRY(KeepList(*desk.store, words[0], index));
    return 0;
  }
  return Fail("the index " + words[0] + " does not hold " + words[1], "add it with manifest create --amend");
}

Result<int> Send(const ListFlags& flags, const Words& words) {
  Desk desk = TRY(OpenDesk(flags, {words.back()}));
  bool existed = false;
  Index index = TRY(FindList(*desk.store, words[0], existed));
  if (!existed) return Fail("there is no index " + words[0] + " here", "make it with manifest create");
  std::string to = words.size() > 1 ? words[1] : words[0];
  if (to.starts_with("docker://")) to = to.substr(9);
  std::string full = TRY(StoreName(to));
  ImageReference reference = TRY(ParseImageReference(full));
  Descriptor target = TRY(KeepList(*desk.store, words[0], index));
  // Entries that were only named are at the registry already: their layers are expected there.
  TRY_VOID(Walk(*desk.store, target, [&](const Descriptor& blob, bool present) -> Result<void> {
    if (!present) desk.transfer->NoteSource(blob.digest, RepositoryOf(reference));
    return {};
  }));
  PushResult pushed = TRY(desk.transfer->Push(*desk.store, target, reference, {}));
  if (!flags.digest_file.empty()) TRY_VOID(WriteFileAtomically(flags.digest_file, pushed.digest.ToString()));
  std::string list = TRY(StoreName(words[0]));
  if (flags.remove) TRY(desk.store->Untag(list));
  puts(pushed.digest.ToString().c_str());
  return 0;
}

Result<int> Show(const ListFlags& flags, const Words& words) {
  Desk desk = TRY(OpenDesk(flags, {words[0]}));
  std::string name = words[0].starts_with("docker://") ? words[0].substr(9) : words[0];
  auto local = TRY(FindImage(*desk.store, name));
  Descriptor target = local ? local->target : TRY(FetchImage(*desk.store, *desk.transfer, name));
  std::string text = TRY(desk.store->Get(target.digest));
  puts(flags.raw ? text.c_str() : nlohmann::json::parse(text, nullptr, false).dump(2).c_str());
  return 0;
}

Result<int> Forget(const ListFlags&, const Words& words) {
  auto store = TRY(Store::Open(DefaultStore()));
  for (const std::string& word : words) {
    std::string name = TRY(StoreName(word));
    if (!TRY(store->Untag(name))) return Fail("there is no index " + word + " here");
  }
  return 0;
}

Result<int> Exists(const ListFlags&, const Words& words) {
  auto store = TRY(Store::Open(DefaultStore()));
  std::string name = TRY(StoreName(words[0]));
  auto found = TRY(store->Find(name));
  return found && IsIndex(found->media_type) ? 0 : 1;
}

Result<int> Combine(const ListFlags& flags, const Words& words) {
  std::vector<std::string> references = words;
  references.insert(references.end(), flags.tags.begin(), flags.tags.end());
  Desk desk = TRY(OpenDesk(flags, references));
  if (flags.tags.empty() && !flags.dry_run)
    return Fail("there is no name for the index", "give it with -t NAME");
  Index index;
  if (flags.append)
    for (const std::string& tag : flags.tags) TRY_VOID(AddTo(desk, index, tag));
  for (const std::string& word : words) {
    // What is asked for is what the registry has, whatever the store holds under that name.
    Descriptor found = TRY(FetchImage(*desk.store, *desk.transfer, word));
    for (const Descriptor& entry : TRY(ListEntries(*desk.store, found))) PutEntry(index, entry);
  }
  for (const std::string& text : flags.annotations)
    TRY_VOID(TakePair(index.annotations)(text.starts_with("index:") ? text.substr(6) : text));
  if (flags.dry_run) return puts(nlohmann::json::parse(Serialize(index)).dump(2).c_str()), 0;
  Descriptor target = TRY(desk.store->Put(Serialize(index), MediaType(index)));
  for (const std::string& tag : flags.tags) {
    std::string full = TRY(StoreName(tag));
    ImageReference reference = TRY(ParseImageReference(full));
    PushResult pushed = TRY(desk.transfer->Push(*desk.store, target, reference, {}));
    fprintf(stderr, "pushed %s@%s\n", reference.ToString().c_str(), pushed.digest.ToString().c_str());
  }
  return 0;
}

struct Subcommand {
  const char* name;
  const char* usage;
  size_t least, most;
  Result<int> (*run)(const ListFlags&, const Words&);
};

int RunOne(const std::string& command, const std::vector<Subcommand>& known, const Words& words, bool tools) {
  ListFlags flags;
  const Subcommand* found = nullptr;
  std::vector<std::string> names;
  for (const Subcommand& one : known) {
    names.emplace_back(one.name);
    if (!words.empty() && words[0] == one.name) found = &one;
  }
  if (found == nullptr) {
    std::string list;
    for (const std::string& name : names) list += (list.empty() ? "" : ", ") + name;
    return Report(
        Fail(words.empty() ? command + " needs a command" : command + ": unknown command " + words[0],
             "known are " + list)
            .error(),
        125);
  }
  std::string name = found->name;
  FlagTable table(command + " " + name, found->usage, "Indexes of several platforms.");
  table.Text("authfile", "FILE", "Credentials file", flags.auth_file);
  table.Text("creds", "USER:PASSWORD", "Credential for the registry", flags.creds);
  table.Bool("tls-verify", "Check registries' certificates", flags.tls_verify);
  table.Bool("insecure", "Do not check registries' certificates", flags.insecure);
  if (name == "create" && !tools) table.Bool("amend,a", "Add to an index that is there", flags.amend);
  if (name == "create" && tools) {
    table.List("tag,t", "NAME", "Where the index is pushed", flags.tags);
    table.Bool("append", "Add to what the name has", flags.append);
    table.Bool("dry-run", "Print the index", flags.dry_run);
    table.List("annotation", "NAME=VALUE", "Annotation of the index", flags.annotations);
    table.Refuse("file,f", "FILE", "name the images on the command line");
    table.Refuse("platform,p", "LIST", "name the platforms' images by digest");
    table.NoEffect("progress", "STYLE", "little happens that could be shown");
    table.NoEffect("builder", "NAME", "there is one builder: this program");
    table.Bool("prefer-index", "Only true: an index is always made", [](bool value) -> Result<void> {
      if (value) return {};
      return Fail("an index is always made", "docker tag and docker push copy a single image");
    });
  }
  if (name == "annotate") {
    table.Text("os", "OS", "System", flags.os);
    table.Text("arch", "ARCH", "Architecture", flags.arch);
    table.Text("variant", "VARIANT", "Variant", flags.variant);
    table.Text("os-version", "VERSION", "Version of the system", flags.os_version);
    table.List("annotation", "NAME=VALUE", "Annotation of the entry", flags.annotations);
    table.Refuse("os-features", "LIST", "Windows is not built");
    table.Refuse("features", "LIST", "no reader of indexes looks at features");
  }
  if (name == "push") {
    table.Text("digestfile", "FILE", "File for the index's digest", flags.digest_file);
    table.Bool("purge,p", "Forget the index afterwards", flags.remove);
    table.Bool("rm", "Forget the index afterwards", flags.remove);
    table.Bool("all", "With the images (always)", [](bool value) -> Result<void> {
      if (value) return {};
      return Fail("an index is pushed with its images");
    });
    table.Only("format,f", "FORMAT", {"", "oci"}, "indexes are OCI's");
    table.NoEffect("quiet,q", "", "only the digest is printed");
  }
  if (name == "inspect") {
    table.Bool("raw", "The text as it is", flags.raw);
    table.NoEffect("verbose,v", "", "everything is printed");
    table.Refuse("format", "TEMPLATE", "use jq on the output");
  }
  auto read = ReadWords(table, Words(words.begin() + 1, words.end()), found->least, found->most, 125);
  if (!read) return read.error();
  auto done = found->run(flags, *read);
  return done ? *done : Report(done.error(), 1);
}

}  // namespace

int RunManifest(const std::string& program, const Words& words, const Session&) {
  static const std::vector<Subcommand> kCommands = {{"create", "INDEX [IMAGE...]", 1, 1000, Create},
                                                    {"annotate", "INDEX IMAGE", 2, 2, Annotate},
                                                    {"add", "INDEX IMAGE...", 2, 1000, Add},
                                                    {"push", "INDEX [DESTINATION]", 1, 2, Send},
                                                    {"inspect", "INDEX", 1, 1, Show},
                                                    {"rm", "INDEX...", 1, 1000, Forget},
                                                    {"exists", "INDEX", 1, 1, Exists}};
  return RunOne(program + " manifest", kCommands, words, false);
}

int RunImageTools(const Words& words, const Session&) {
  static const std::vector<Subcommand> kCommands = {{"create", "-t NAME SOURCE...", 0, 1000, Combine},
                                                    {"inspect", "NAME", 1, 1, Show}};
  return RunOne("docker buildx imagetools", kCommands, words, true);
}

}  // namespace guard::builder
