// Tested by trust_test.cc.
#include "rootless-builder/http/trust.h"

#include <openssl/err.h>
#include <openssl/pem.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace guard::builder::http {
namespace {

constexpr std::uintmax_t kLargestBundle = 16u << 20;

// Debian and Alpine, Fedora and Red Hat, openSUSE, others.
constexpr const char* kBundles[] = {
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/pki/tls/cacert.pem",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/ssl/cert.pem",
    "/kaniko/ssl/certs/ca-certificates.crt",
};

Result<std::string> ReadAll(const std::string& file) {
  std::error_code error;
  std::uintmax_t size = std::filesystem::file_size(file, error);
  if (error) return Fail(file + " cannot be read: " + error.message());
  if (size > kLargestBundle) return Fail(file + " is too large for a file of certificates");
  std::ifstream stream(file, std::ios::binary);
  std::ostringstream text;
  text << stream.rdbuf();
  if (!stream) return Fail(file + " cannot be read");
  return std::move(text).str();
}

// All certificates up to the end, or up to the first that cannot be read (then `whole` is false).
std::vector<Certificate> Parse(std::string_view pem, bool* whole) {
  std::vector<Certificate> all;
  ERR_clear_error();
  BIO* bio = BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()));
  while (X509* certificate = PEM_read_bio_X509_AUX(bio, nullptr, nullptr, nullptr))
    all.emplace_back(certificate);
  unsigned long error = ERR_peek_last_error();
  *whole = ERR_GET_LIB(error) == ERR_LIB_PEM && ERR_GET_REASON(error) == PEM_R_NO_START_LINE;
  ERR_clear_error();
  BIO_free(bio);
  return all;
}

void Append(std::vector<Certificate>* all, std::vector<Certificate> more) {
  std::ranges::move(more, std::back_inserter(*all));
}

// What a folder has in PEM; other files in it are nobody's business.
Result<std::vector<Certificate>> ReadFolder(const std::string& folder) {
  std::vector<Certificate> all;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    std::error_code ignored;
    if (!entry.is_regular_file(ignored)) continue;
    Result<std::string> text = ReadAll(entry.path().string());
    bool whole = false;
    if (text) Append(&all, Parse(*text, &whole));
  }
  if (error) return Fail(folder + " cannot be read: " + error.message());
  return all;
}

}  // namespace

Result<std::vector<Certificate>> ReadAuthorities(const std::string& file) {
  std::string text = TRY(ReadAll(file));
  bool whole = false;
  std::vector<Certificate> all = Parse(text, &whole);
  if (!whole) return Fail(file + " has a certificate that cannot be read", "certificates are in PEM");
  if (all.empty())
    return Fail(file + " holds no certificate", "it is PEM: -----BEGIN CERTIFICATE----- and what follows");
  return all;
}

Result<std::vector<Certificate>> SystemAuthorities(const Environment& environment) {
  auto value = [&](const char* name) -> std::string {
    const char* text = environment ? environment(name) : std::getenv(name);
    return text ? text : "";
  };
  std::vector<Certificate> all;
  std::string file = value("SSL_CERT_FILE"), folders = value("SSL_CERT_DIR");
  if (!file.empty()) Append(&all, TRY(ReadAuthorities(file)));
  for (size_t at = 0; at < folders.size();) {
    size_t end = std::min(folders.find(':', at), folders.size());
    if (end > at) Append(&all, TRY(ReadFolder(folders.substr(at, end - at))));
    at = end + 1;
  }
  if (!file.empty() || !folders.empty()) return all;
  for (const char* bundle : kBundles) {
    std::error_code ignored;
    if (!std::filesystem::exists(bundle, ignored)) continue;
    Result<std::string> text = ReadAll(bundle);
    bool whole = false;
    if (text) all = Parse(*text, &whole);
    if (!all.empty()) return all;
  }
  bool whole = false;
  return Parse(BuiltInAuthorities(), &whole);
}

}  // namespace guard::builder::http
