// Tested by tests/e2e/builder_build.sh.
#include "rootless-builder/cli/common_options.h"

#include <cstdio>

namespace guard::builder {

void CommonOptions::AddStore(CLI::App& app) {
  app.add_option("--store", store, "Directory for images and caches")
      ->type_name("DIR")
      ->envname("ROOTLESS_BUILDER_STORE");
}

void CommonOptions::AddSandbox(CLI::App& app) {
  app.add_option("--sandbox", sandbox, "How RUN is isolated: auto, namespaces, chroot, none")
      ->type_name("KIND")
      ->check(CLI::IsMember({"auto", "namespaces", "chroot", "none"}));
  app.add_flag("--one-id", one_id, "Use no subordinate ids: remember owners instead");
}

void CommonOptions::AddRegistries(CLI::App& app) {
  app.add_option("--insecure-registry", insecure,
                 "Registry that is spoken to without TLS, or whose certificate is not checked")
      ->type_name("HOST[:PORT]");
  app.add_option("--ca-file", ca_files, "Further certificate authorities, PEM")->type_name("FILE");
  app.add_option("--registry-mirror", mirrors,
                 "Place that has what a registry has: REGISTRY=HOST, or HOST for docker.io")
      ->type_name("MIRROR");
  app.add_option("--authfile", auth_file, "Credentials file instead of the usual ones")->type_name("FILE");
  app.add_option("--creds", credentials, "Credential for the image's registry")->type_name("USER:PASSWORD");
  app.add_flag("--tls-verify,!--no-tls-verify", tls_verify, "Check registries' certificates");
}

Result<PlaceWishes> CommonOptions::Wishes() const {
  PlaceWishes wishes;
  wishes.store = store;
  wishes.sandbox = sandbox == "namespaces" ? SandboxWish::kNamespaces
                   : sandbox == "chroot"   ? SandboxWish::kChroot
                   : sandbox == "none"     ? SandboxWish::kNone
                                           : SandboxWish::kAuto;
  wishes.one_id = one_id;
  wishes.registry = TRY(DefaultRegistryOptions({}));
  for (const std::string& host : insecure)
    wishes.registry.insecure.insert(host), wishes.registry.skip_tls_verify.insert(host);
  if (!tls_verify) wishes.registry.insecure_all = wishes.registry.skip_tls_verify_all = true;
  wishes.registry.ca_files = ca_files;
  for (const std::string& mirror : mirrors) {
    size_t equals = mirror.find('=');
    if (equals == std::string::npos)
      wishes.registry.mirrors["docker.io"].push_back(mirror);
    else
      wishes.registry.mirrors[mirror.substr(0, equals)].push_back(mirror.substr(equals + 1));
  }
  wishes.registry.warn = [](const std::string& message) {
    fputs(("warning: " + message + "\n").c_str(), stderr);
  };
  wishes.credentials.auth_file = auth_file;
  if (!credentials.empty()) {
    size_t colon = credentials.find(':');
    if (colon == std::string::npos) return Fail("--creds has no password", "write it as USER:PASSWORD");
    Credential credential;
    credential.username = credentials.substr(0, colon), credential.password = credentials.substr(colon + 1);
    credential.origin = "--creds";
    wishes.credentials.explicit_credential = credential;
  }
  return wishes;
}

int Report(const Error& error, int status) {
  std::string text = "error: " + Render(error);
  if (!text.ends_with('\n')) text += '\n';
  fputs(text.c_str(), stderr);
  return status;
}

}  // namespace guard::builder
