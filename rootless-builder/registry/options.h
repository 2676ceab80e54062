// Where registries are and how they are spoken to: what the command lines say, as data (docs/registries.md).
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "rootless-builder/http/client.h"

namespace guard::builder {

struct ClientCertificate {
  std::string certificate_file;  // PEM
  std::string key_file;
};

// Registries are named as references name them: "docker.io", "registry.example.com:5000", "[::1]:5000".
struct RegistryOptions {
  // Places that have what a registry has, tried in their order before the registry itself, for pulls only:
  // host[:port] with a path in front of the repository where there is one ("mirror.example.com/hub").
  std::map<std::string, std::vector<std::string>> mirrors;
  // kaniko's --registry-map: as mirrors, but for names that are wrong here. Tried before mirrors.
  std::map<std::string, std::vector<std::string>> registry_map;
  bool default_fallback = true;  // false: mirrors and the map are all there is, where they name a registry

  // Plain HTTP is allowed where TLS is not spoken. The loopback always is.
  std::set<std::string> insecure;
  bool insecure_all = false;
  std::set<std::string> skip_tls_verify;
  bool skip_tls_verify_all = false;

  std::vector<std::string> ca_files;  // for every host
  std::map<std::string, std::vector<std::string>> host_ca_files;
  std::map<std::string, ClientCertificate> client_certificates;
  // Folders with HOST[:PORT]/{*.crt,*.cert,*.key}, as docker's certs.d; missing ones are skipped.
  std::vector<std::string> certificate_folders;
  std::vector<std::string> flat_certificate_folders;  // buildah's --cert-dir: for every host

  std::string user_agent = "rootless-builder";
  int retries = 4;
  http::Milliseconds connect_timeout{30000}, idle_timeout{60000}, first_pause{500};
  int jobs = 4;  // blobs at a time
  http::Proxies proxies;
  http::Environment environment;  // for certificate authorities; getenv when empty
  std::function<void(const std::string& message)> warn;
};

// The defaults of this place: certificate folders (/etc/docker/certs.d, /etc/containers/certs.d, the same
// below ~/.docker and ~/.config/containers) and the proxies of the environment.
Result<RegistryOptions> DefaultRegistryOptions(const http::Environment& environment);

}  // namespace guard::builder
