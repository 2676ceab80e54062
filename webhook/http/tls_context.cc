// Tested by tls_test.cc.
#include "webhook/http/tls_context.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <cstring>
#include <ctime>

#include "policies/base/sha256.h"
#include "webhook/http/text_file.h"

namespace guard {
namespace {

using BioPointer = std::unique_ptr<BIO, decltype(&BIO_free)>;
using CertificatePointer = std::unique_ptr<X509, decltype(&X509_free)>;
using KeyPointer = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

BioPointer ReadOnly(const std::string& text) {
  return {BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), &BIO_free};
}

// Every certificate of a PEM text, in its order.
Result<std::vector<CertificatePointer>> ReadCertificates(const std::string& text, const std::string& file) {
  std::vector<CertificatePointer> all;
  BioPointer bio = ReadOnly(text);
  while (X509* certificate = PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr))
    all.emplace_back(certificate, &X509_free);
  unsigned long error = ERR_peek_last_error();
  bool at_end = ERR_GET_LIB(error) == ERR_LIB_PEM && ERR_GET_REASON(error) == PEM_R_NO_START_LINE;
  if (!at_end && error != 0) return Fail(file + " does not read as certificates: " + OpensslError());
  ERR_clear_error();
  if (all.empty())
    return Fail(file + " holds no certificate", "it is PEM: -----BEGIN CERTIFICATE----- and what follows");
  return all;
}

std::chrono::system_clock::time_point TimeOf(const ASN1_TIME* time) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) return {};
  return std::chrono::system_clock::from_time_t(timegm(&parts));
}

std::string CommonName(X509* certificate) {
  X509_NAME* subject = X509_get_subject_name(certificate);
  int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
  if (at < 0) return {};
  unsigned char* text = nullptr;
  int size = ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at)));
  if (size < 0) return {};
  std::string name(reinterpret_cast<char*>(text), static_cast<size_t>(size));
  OPENSSL_free(text);
  return name;
}

// The DNS names and URIs that a certificate is for.
std::vector<std::string> AlternativeNames(X509* certificate) {
  std::vector<std::string> names;
  auto* all =
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr));
  for (int i = 0; i < sk_GENERAL_NAME_num(all); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(all, i);
    if (name->type != GEN_DNS && name->type != GEN_URI) {
      names.emplace_back();  // an address: it is a name, though none that is compared
      continue;
    }
    const ASN1_STRING* text = name->type == GEN_DNS ? name->d.dNSName : name->d.uniformResourceIdentifier;
    names.emplace_back(reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
                       static_cast<size_t>(ASN1_STRING_length(text)));
  }
  GENERAL_NAMES_free(all);
  return names;
}

// OpenSSL has verified the chain; the caller itself must also be one of those that were named.
int VerifyCaller(int verified, X509_STORE_CTX* store) {
  if (verified != 1 || X509_STORE_CTX_get_error_depth(store) != 0) return verified;
  const auto* ssl =
      static_cast<SSL*>(X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
  const auto* allowed =
      static_cast<const std::vector<std::string>*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl)));
  if (!allowed || allowed->empty()) return 1;
  X509* certificate = X509_STORE_CTX_get_current_cert(store);
  std::vector<std::string> names = AlternativeNames(certificate);
  names.push_back(CommonName(certificate));
  for (const std::string& name : names)
    if (!name.empty() && std::find(allowed->begin(), allowed->end(), name) != allowed->end()) return 1;
  X509_STORE_CTX_set_error(store, X509_V_ERR_APPLICATION_VERIFICATION);
  return 0;
}

// HTTP/1.1 is all we speak: whoever offers only other protocols is told so in the handshake.
int ChooseProtocol(SSL* /*ssl*/, const unsigned char** out, unsigned char* out_size, const unsigned char* in,
                   unsigned in_size, void* /*argument*/) {
  static constexpr unsigned char kOurs[] = "\x08http/1.1";
  unsigned char* chosen = nullptr;
  if (SSL_select_next_proto(&chosen, out_size, kOurs, sizeof(kOurs) - 1, in, in_size) !=
      OPENSSL_NPN_NEGOTIATED)
    return SSL_TLSEXT_ERR_ALERT_FATAL;
  *out = chosen;
  return SSL_TLSEXT_ERR_OK;
}

}  // namespace

std::string OpensslError() {
  unsigned long error = ERR_peek_last_error();
  const char* reason = error ? ERR_reason_error_string(error) : nullptr;
  std::string text = reason ? reason : error ? "error " + std::to_string(error) : "unknown error";
  ERR_clear_error();
  return text;
}

// The steps of making a context, in their order.
struct TlsContextBuilder {
  const TlsFiles& files;
  std::shared_ptr<TlsContext> made = std::shared_ptr<TlsContext>(new TlsContext);
  SSL_CTX* context() const { return made->context_.get(); }

  Result<void> SetProtocol() {
    made->context_.reset(SSL_CTX_new(TLS_server_method()));
    if (!context()) return Fail("TLS is not available: " + OpensslError());
    SSL_CTX_set_min_proto_version(context(), files.tls13_only ? TLS1_3_VERSION : TLS1_2_VERSION);
    SSL_CTX_set_cipher_list(context(), "ECDHE+AESGCM:ECDHE+CHACHA20");
    // Sessions are not resumed: callers keep connections, and a reload must bind everybody who comes later.
    SSL_CTX_set_session_cache_mode(context(), SSL_SESS_CACHE_OFF);
    SSL_CTX_set_num_tickets(context(), 0);
    SSL_CTX_set_options(context(), SSL_OP_NO_TICKET | SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION |
                                       SSL_OP_IGNORE_UNEXPECTED_EOF);
    // An idle connection holds no buffers; one system call reads what a record's head and body need.
    SSL_CTX_set_mode(context(), SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                    SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_read_ahead(context(), 1);
    SSL_CTX_set_alpn_select_cb(context(), ChooseProtocol, nullptr);
    return {};
  }

  Result<void> SetCertificate(const std::string& certificate, const std::string& key) {
    std::vector<CertificatePointer> chain = TRY(ReadCertificates(certificate, files.certificate));
    X509* own = chain[0].get();
    if (SSL_CTX_use_certificate(context(), own) != 1)
      return Fail(files.certificate + " cannot be used: " + OpensslError());
    for (size_t i = 1; i < chain.size(); ++i) {
      if (SSL_CTX_add1_chain_cert(context(), chain[i].get()) != 1)
        return Fail(files.certificate + ": its chain cannot be used: " + OpensslError());
    }
    BioPointer bio = ReadOnly(key);
    // An encrypted key has nobody to ask for its password.
    auto no_password = [](char*, int, int, void*) { return 0; };
    KeyPointer private_key(PEM_read_bio_PrivateKey(bio.get(), nullptr, no_password, nullptr), &EVP_PKEY_free);
    if (!private_key) return Fail(files.key + " holds no private key that can be read: " + OpensslError());
    if (SSL_CTX_use_PrivateKey(context(), private_key.get()) != 1 ||
        SSL_CTX_check_private_key(context()) != 1) {
      OpensslError();
      return Fail("the key in " + files.key + " does not belong to the certificate in " + files.certificate);
    }
    made->not_before_ = TimeOf(X509_get0_notBefore(own));
    made->not_after_ = TimeOf(X509_get0_notAfter(own));
    made->has_names_ = !AlternativeNames(own).empty();
    unsigned char* der = nullptr;
    int size = i2d_X509(own, &der);
    if (size > 0)
      made->fingerprint_ = Sha256Hex({reinterpret_cast<const char*>(der), static_cast<size_t>(size)});
    OPENSSL_free(der);
    return {};
  }

  Result<void> SetCallers(const std::string& client_ca) {
    if (files.client_ca.empty()) return {};
    std::vector<CertificatePointer> authorities = TRY(ReadCertificates(client_ca, files.client_ca));
    X509_STORE* store = SSL_CTX_get_cert_store(context());
    for (const CertificatePointer& authority : authorities) {
      if (X509_STORE_add_cert(store, authority.get()) != 1 ||
          SSL_CTX_add_client_CA(context(), authority.get()) != 1)
        return Fail(files.client_ca + " cannot be used: " + OpensslError());
    }
    made->client_names_ = files.client_names;
    SSL_CTX_set_app_data(context(), &made->client_names_);
    SSL_CTX_set_verify(context(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, VerifyCaller);
    std::string allowed = client_ca;
    for (const std::string& name : files.client_names) allowed += '\0' + name;
    made->client_digest_ = Sha256Hex(allowed);
    return {};
  }
};

Result<std::shared_ptr<const TlsContext>> TlsContext::FromTexts(const TlsFiles& files,
                                                                const std::string& certificate,
                                                                const std::string& key,
                                                                const std::string& client_ca) {
  ERR_clear_error();
  TlsContextBuilder builder{files};
  TRY_VOID(builder.SetProtocol());
  TRY_VOID(builder.SetCertificate(certificate, key));
  TRY_VOID(builder.SetCallers(client_ca));
  return builder.made;
}

Result<std::shared_ptr<const TlsContext>> TlsContext::Load(const TlsFiles& files) {
  std::string certificate = TRY(ReadTextFile(files.certificate));
  std::string key = TRY(ReadTextFile(files.key));
  std::string client_ca;
  if (!files.client_ca.empty()) client_ca = TRY(ReadTextFile(files.client_ca));
  return FromTexts(files, certificate, key, client_ca);
}

std::string TlsContext::Problem(std::chrono::system_clock::time_point now) const {
  if (now >= not_after_) return "the serving certificate has expired";
  if (now < not_before_) return "the serving certificate is not valid yet";
  if (!has_names_)
    return "the serving certificate has no subject alternative names: the API server refuses it";
  return {};
}

}  // namespace guard
