// Tested by tests/e2e/webhook_check.sh and tls_test.cc.
#include "webhook/http/certificates.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include <boost/asio/ip/address.hpp>
#include <memory>

#include "webhook/http/tls_context.h"

namespace guard {
namespace {

using KeyPointer = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using CertificatePointer = std::unique_ptr<X509, decltype(&X509_free)>;

constexpr long kClockSkew = 300;  // seconds: a verifier's clock may be behind

bool IsDnsName(std::string_view name) {
  if (name.empty() || name.size() > 253) return false;
  if (name.starts_with("*.")) name.remove_prefix(2);
  size_t label = 0;
  char before = '.';
  for (char c : name) {
    bool word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (c == '.') {
      if (label == 0 || before == '-') return false;
      label = 0;
    } else {
      if (!word && (c != '-' || label == 0)) return false;
      label += 1;
      if (label > 63) return false;
    }
    before = c;
  }
  return label > 0 && before != '-';
}

template <class Write>
std::string Pem(Write write) {
  std::unique_ptr<BIO, decltype(&BIO_free)> bio(BIO_new(BIO_s_mem()), &BIO_free);
  write(bio.get());
  char* text = nullptr;
  long size = BIO_get_mem_data(bio.get(), &text);
  return {text, static_cast<size_t>(size)};
}

std::string Base64(const std::string& text) {
  std::string out(4 * ((text.size() + 2) / 3) + 1, '\0');
  int size =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                      reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
  out.resize(static_cast<size_t>(size));
  return out;
}

bool AddExtension(X509* certificate, X509* issuer, int id, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, id, value.c_str());
  if (!extension) return false;
  bool added = X509_add_ext(certificate, extension, -1) == 1;
  X509_EXTENSION_free(extension);
  return added;
}

// A certificate without extensions and signature.
CertificatePointer Begin(EVP_PKEY* key, const std::string& common_name, int days) {
  CertificatePointer certificate(X509_new(), &X509_free);
  unsigned char serial[16];
  if (!certificate || RAND_bytes(serial, sizeof(serial)) != 1) return {nullptr, &X509_free};
  serial[0] = static_cast<unsigned char>((serial[0] & 0x7f) | 0x40);  // positive, and always as long
  BIGNUM* number = BN_bin2bn(serial, sizeof(serial), nullptr);
  BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate.get()));
  BN_free(number);
  X509_set_version(certificate.get(), X509_VERSION_3);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -kClockSkew);
  X509_time_adj_ex(X509_getm_notAfter(certificate.get()), days, 0, nullptr);
  X509_set_pubkey(certificate.get(), key);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate.get()), "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(common_name.data()),
                             static_cast<int>(common_name.size()), -1, 0);
  return certificate;
}

Result<std::string> AlternativeNames(const CertificateRequest& request) {
  std::string names;
  for (const std::string& dns : request.dns) {
    if (!IsDnsName(dns)) return Fail("'" + dns + "' is no DNS name", "it looks like guard-webhook.guard.svc");
    names += (names.empty() ? "DNS:" : ",DNS:") + dns;
  }
  for (const std::string& address : request.addresses) {
    boost::system::error_code error;
    auto parsed = boost::asio::ip::make_address(address, error);
    if (error) return Fail("'" + address + "' is no IP address");
    names += (names.empty() ? "IP:" : ",IP:") + parsed.to_string();
  }
  if (names.empty())
    return Fail("a serving certificate needs a name",
                "--dns guard-webhook.guard.svc, as <service>.<namespace>.svc");
  return names;
}

}  // namespace

Result<MadeCertificates> MakeCertificates(const CertificateRequest& request) {
  std::string names = TRY(AlternativeNames(request));
  auto failed = [] { return Fail("OpenSSL cannot make a certificate: " + OpensslError()); };
  KeyPointer ca_key(EVP_EC_gen("P-256"), &EVP_PKEY_free), key(EVP_EC_gen("P-256"), &EVP_PKEY_free);
  if (!ca_key || !key) return failed();

  CertificatePointer ca = Begin(ca_key.get(), "guard-webhook-ca", request.days);
  if (!ca) return failed();
  X509_set_issuer_name(ca.get(), X509_get_subject_name(ca.get()));
  if (!AddExtension(ca.get(), ca.get(), NID_basic_constraints, "critical,CA:TRUE,pathlen:0") ||
      !AddExtension(ca.get(), ca.get(), NID_key_usage, "critical,keyCertSign,cRLSign") ||
      !AddExtension(ca.get(), ca.get(), NID_subject_key_identifier, "hash") ||
      X509_sign(ca.get(), ca_key.get(), EVP_sha256()) == 0)
    return failed();

  CertificatePointer certificate = Begin(key.get(), "guard-webhook", request.days);
  if (!certificate) return failed();
  X509_set_issuer_name(certificate.get(), X509_get_subject_name(ca.get()));
  if (!AddExtension(certificate.get(), ca.get(), NID_basic_constraints, "critical,CA:FALSE") ||
      !AddExtension(certificate.get(), ca.get(), NID_key_usage, "critical,digitalSignature") ||
      !AddExtension(certificate.get(), ca.get(), NID_ext_key_usage, "serverAuth") ||
      !AddExtension(certificate.get(), ca.get(), NID_subject_key_identifier, "hash") ||
      !AddExtension(certificate.get(), ca.get(), NID_authority_key_identifier, "keyid:always") ||
      !AddExtension(certificate.get(), ca.get(), NID_subject_alt_name, names) ||
      X509_sign(certificate.get(), ca_key.get(), EVP_sha256()) == 0)
    return failed();

  auto key_pem = [](EVP_PKEY* of) {
    return Pem(
        [of](BIO* bio) { PEM_write_bio_PKCS8PrivateKey(bio, of, nullptr, nullptr, 0, nullptr, nullptr); });
  };
  MadeCertificates made;
  made.ca = Pem([&](BIO* bio) { PEM_write_bio_X509(bio, ca.get()); });
  made.ca_key = key_pem(ca_key.get());
  made.certificate = Pem([&](BIO* bio) { PEM_write_bio_X509(bio, certificate.get()); });
  made.key = key_pem(key.get());
  return made;
}

std::string CertificateManifest(const MadeCertificates& made, const std::string& namespace_name,
                                const std::string& secret) {
  std::string text =
      "apiVersion: v1\nkind: Secret\ntype: kubernetes.io/tls\nmetadata:\n  name: " + secret + "\n";
  if (!namespace_name.empty()) text += "  namespace: " + namespace_name + "\n";
  text += "data:\n  tls.crt: " + Base64(made.certificate) + "\n  tls.key: " + Base64(made.key) +
          "\n  ca.crt: " + Base64(made.ca) + "\n";
  text +=
      "---\n# clientConfig of every webhook in the webhook configurations:\ncaBundle: " + Base64(made.ca) +
      "\n";
  return text;
}

}  // namespace guard
