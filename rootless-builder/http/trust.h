// Whose signature on a certificate counts.
#pragma once

#include <openssl/x509.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "rootless-builder/http/proxy.h"

namespace guard::builder::http {

struct FreeX509 {
  void operator()(X509* certificate) const { X509_free(certificate); }
};
using Certificate = std::unique_ptr<X509, FreeX509>;

// $SSL_CERT_FILE and $SSL_CERT_DIR where they are set, else the bundle of the distribution, else the one that
// was built in: a static program runs in images that have none.
Result<std::vector<Certificate>> SystemAuthorities(const Environment& environment);
// Every certificate of a PEM file; an error where there is none.
Result<std::vector<Certificate>> ReadAuthorities(const std::string& file);
// What the machine that built this program trusted (embed_ca.cmake).
std::string_view BuiltInAuthorities();

}  // namespace guard::builder::http
