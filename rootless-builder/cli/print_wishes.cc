// A build's wishes as text, one line each, without what is the default: what golden tests compare.
// Tested by tests/unit/cli/stand_in_build_test.cc.
#include "rootless-builder/cli/stand_in_build.h"

namespace guard::builder {

namespace {

class Lines {
 public:
  void Put(const std::string& name, const std::string& value) {
    if (!value.empty()) text_ += name + ": " + value + "\n";
  }
  void Put(const std::string& name, const char* value) { Put(name, std::string(value)); }
  void Put(const std::string& name, bool value) {
    if (value) text_ += name + "\n";
  }
  void Number(const std::string& name, int64_t value, int64_t usual) {
    if (value != usual) text_ += name + ": " + std::to_string(value) + "\n";
  }
  template <class List>
  void Each(const std::string& name, const List& list) {
    for (const auto& item : list) text_ += name + ": " + Text(item) + "\n";
  }
  std::string Take() { return std::move(text_); }

 private:
  static std::string Text(const std::string& text) { return text; }
  static std::string Text(const std::pair<const std::string, std::string>& pair) {
    return pair.first + "=" + pair.second;
  }
  static std::string Text(const std::pair<std::string, std::string>& pair) {
    return pair.first + " " + pair.second;
  }
  static std::string Text(const std::pair<const std::string, std::vector<std::string>>& pair) {
    std::string text = pair.first + " ->";
    for (const std::string& item : pair.second) text += " " + item;
    return text;
  }
  static std::string Text(const Platform& platform) { return platform.ToString(); }
  static std::string Text(const std::pair<std::string, std::pair<uint64_t, uint64_t>>& limit) {
    return limit.first + " " + std::to_string(limit.second.first) + ":" + std::to_string(limit.second.second);
  }
  static std::string Text(const OutputWish& output) {
    std::string text = output.type;
    if (output.directory) text += " directory";
    if (!output.destination.empty()) text += " " + output.destination;
    for (const std::string& name : output.names) text += " as " + name;
    return text;
  }
  static std::string Text(const std::pair<const std::string, SecretSource>& secret) {
    return secret.first + (secret.second.text ? " from a variable" : " from " + secret.second.file);
  }
  static std::string Text(const std::pair<const std::string, ClientCertificate>& client) {
    return client.first + " " + client.second.certificate_file + " " + client.second.key_file;
  }

  std::string text_;
};

void PrintRegistry(Lines& lines, const RegistryOptions& registry) {
  lines.Each("mirror", registry.mirrors);
  lines.Each("registry map", registry.registry_map);
  lines.Put("no default fallback", !registry.default_fallback);
  lines.Each("insecure", registry.insecure);
  lines.Put("insecure: all", registry.insecure_all);
  lines.Each("unverified", registry.skip_tls_verify);
  lines.Put("unverified: all", registry.skip_tls_verify_all);
  lines.Each("authority", registry.ca_files);
  lines.Each("authority of", registry.host_ca_files);
  lines.Each("client certificate", registry.client_certificates);
  lines.Each("certificates", registry.flat_certificate_folders);
  lines.Number("registry retries", registry.retries, RegistryOptions().retries);
}

}  // namespace

std::string Print(const BuildWishes& wishes) {
  Lines lines;
  lines.Put("store", wishes.place.store);
  lines.Put("credentials", wishes.place.credentials.auth_file);
  if (wishes.place.credentials.kaniko_file != CredentialOptions().kaniko_file)
    lines.Put("kaniko's credentials", wishes.place.credentials.kaniko_file);
  if (wishes.place.credentials.explicit_credential)
    lines.Put("as", wishes.place.credentials.explicit_credential->username);
  PrintRegistry(lines, wishes.place.registry);
  lines.Put("context", wishes.context);
  lines.Put("sub path", wishes.context_sub_path);
  lines.Each("git", wishes.git_options);
  lines.Put("dockerfile", wishes.dockerfile);
  lines.Put("dockerfile text", wishes.dockerfile_text);
  lines.Put("ignore file", wishes.ignore_file);
  lines.Put("target", wishes.target);
  lines.Each("tag", wishes.tags);
  lines.Each("build arg", wishes.build_args);
  lines.Each("label", wishes.labels);
  lines.Each("annotation", wishes.annotations);
  lines.Each("named context", wishes.contexts);
  lines.Each("platform", wishes.platforms);
  lines.Put("from", wishes.from_override);
  lines.Put("no cache", wishes.no_cache);
  lines.Each("no cache of", wishes.no_cache_stages);
  lines.Put("pull", wishes.pull);
  lines.Put("pull never", wishes.pull_never);
  lines.Put("push", wishes.push);
  lines.Put("check push", wishes.check_push);
  lines.Each("output", wishes.outputs);
  lines.Each("cache from", wishes.cache_from);
  lines.Each("cache to", wishes.cache_to);
  lines.Each("secret", wishes.run.secrets);
  lines.Each("ssh", wishes.run.ssh);
  lines.Each("host", wishes.run.hosts);
  lines.Number("shm", static_cast<int64_t>(wishes.run.shm_size),
               static_cast<int64_t>(RunSettings().shm_size));
  lines.Each("limit", wishes.run.limits);
  if (wishes.run.network != "default") lines.Put("network", wishes.run.network);
  if (wishes.layers.compression == Compression::kZstd) lines.Put("compression", "zstd");
  if (wishes.layers.compression == Compression::kNone) lines.Put("compression", "none");
  lines.Number("compression level", wishes.layers.level, -1);
  if (wishes.epoch) lines.Put("epoch", std::to_string(*wishes.epoch));
  lines.Each("ignore path", wishes.ignore_paths);
  lines.Put("squash", wishes.squash);
  lines.Put("docker media types", wishes.family == MediaFamily::kDocker);
  lines.Number("jobs", wishes.jobs, 0);
  lines.Put("keep immutable tag", wishes.keep_immutable_tag);
  lines.Number("push retries", wishes.push_retries, 0);
  if (wishes.progress != "auto") lines.Put("progress", wishes.progress);
  lines.Put("quiet", wishes.quiet);
  lines.Put("dry run", wishes.dry_run);
  lines.Put("check", wishes.check);
  lines.Put("id file", wishes.iid_file);
  lines.Put("metadata file", wishes.metadata_file);
  lines.Put("digest file", wishes.digest_file);
  lines.Put("name and digest file", wishes.name_digest_file);
  lines.Put("name, tag and digest file", wishes.name_tag_digest_file);
  return lines.Take();
}

}  // namespace guard::builder
