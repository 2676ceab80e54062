// Tested by tests/e2e/registry_auth.sh and registry_lies.sh.
#include "rootless-builder/http/tls.h"

#include <arpa/inet.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>

namespace guard::builder::http {
namespace {

// OpenSSL's own socket BIO writes with write(2), which kills a program whose peer is gone. This one sends.
int Descriptor(BIO* bio) { return static_cast<int>(reinterpret_cast<intptr_t>(BIO_get_data(bio))); }

int SendBytes(BIO* bio, const char* from, int size) {
  BIO_clear_retry_flags(bio);
  ssize_t sent = ::send(Descriptor(bio), from, static_cast<size_t>(size), MSG_NOSIGNAL);
  if (sent < 0 && (errno == EAGAIN || errno == EINTR)) BIO_set_retry_write(bio);
  return static_cast<int>(sent);
}

int ReceiveBytes(BIO* bio, char* to, int size) {
  BIO_clear_retry_flags(bio);
  ssize_t count = ::recv(Descriptor(bio), to, static_cast<size_t>(size), 0);
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) BIO_set_retry_read(bio);
  if (count == 0) BIO_set_flags(bio, BIO_FLAGS_IN_EOF);
  return static_cast<int>(count);
}

long Control(BIO* bio, int command, long /*number*/, void* /*pointer*/) {
  if (command == BIO_CTRL_FLUSH) return 1;
  if (command == BIO_CTRL_EOF) return BIO_test_flags(bio, BIO_FLAGS_IN_EOF) != 0;
  return 0;
}

int Create(BIO* bio) {
  BIO_set_init(bio, 1);
  return 1;
}

const BIO_METHOD* Method() {
  static const BIO_METHOD* const kMethod = [] {
    BIO_METHOD* method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "socket without signals");
    BIO_meth_set_write(method, SendBytes);
    BIO_meth_set_read(method, ReceiveBytes);
    BIO_meth_set_ctrl(method, Control);
    BIO_meth_set_create(method, Create);
    return method;
  }();
  return kMethod;
}

Result<void> UseCertificate(SSL_CTX* context, const TlsOptions& options) {
  if (options.certificate_file.empty() && options.key_file.empty()) return {};
  if (options.certificate_file.empty() || options.key_file.empty())
    return Fail("a client certificate needs both a certificate and a key");
  // An encrypted key has nobody to ask for its password.
  SSL_CTX_set_default_passwd_cb(context, [](char*, int, int, void*) { return 0; });
  if (SSL_CTX_use_certificate_chain_file(context, options.certificate_file.c_str()) != 1)
    return Fail("the client certificate " + options.certificate_file + " cannot be used: " + OpensslReason());
  if (SSL_CTX_use_PrivateKey_file(context, options.key_file.c_str(), SSL_FILETYPE_PEM) != 1)
    return Fail("the client key " + options.key_file + " cannot be used: " + OpensslReason());
  return {};
}

bool IsAddress(const std::string& host) {
  unsigned char bytes[16];
  return inet_pton(AF_INET, host.c_str(), bytes) == 1 || inet_pton(AF_INET6, host.c_str(), bytes) == 1;
}

std::unexpected<Failure> HandshakeFailure(SSL* ssl, const Url& url) {
  unsigned long error = ERR_peek_error();
  long verified = SSL_get_verify_result(ssl);
  const std::string who = url.authority();
  if (verified != X509_V_OK && (SSL_get_verify_mode(ssl) & SSL_VERIFY_PEER)) {
    ERR_clear_error();
    return Failed(
        FailureKind::kCertificate,
        "the certificate of " + who + " is not accepted: " + X509_verify_cert_error_string(verified),
        "give its certificate authority, or allow this host by name to go without verification");
  }
  int reason = ERR_GET_LIB(error) == ERR_LIB_SSL ? ERR_GET_REASON(error) : 0;
  if (reason == SSL_R_WRONG_VERSION_NUMBER || reason == SSL_R_HTTP_REQUEST ||
      reason == SSL_R_HTTPS_PROXY_REQUEST || reason == SSL_R_PACKET_LENGTH_TOO_LONG ||
      reason == SSL_R_UNEXPECTED_MESSAGE) {
    ERR_clear_error();
    return Failed(FailureKind::kNotTls, who + " does not speak TLS",
                  "if it is a registry of plain HTTP, allow it by name as an insecure registry");
  }
  if (reason >= SSL_AD_REASON_OFFSET) {
    ERR_clear_error();
    return Failed(FailureKind::kCertificate,
                  who + " refuses our TLS: " + SSL_alert_desc_string_long(reason - SSL_AD_REASON_OFFSET),
                  "does it ask for a client certificate?");
  }
  std::string why = error ? OpensslReason() : std::string("the connection ended");
  return Failed(FailureKind::kBroken, "TLS with " + who + " failed: " + why);
}

}  // namespace

std::string OpensslReason() {
  unsigned long error = ERR_peek_last_error();
  const char* reason = error ? ERR_reason_error_string(error) : nullptr;
  std::string text = reason ? reason : "unknown error";
  ERR_clear_error();
  return text;
}

Result<TlsContext> MakeTlsContext(const TlsOptions& options, const std::vector<Certificate>& system) {
  ERR_clear_error();
  TlsContext context(SSL_CTX_new(TLS_client_method()), FreeSsl());
  if (!context) return Fail("TLS is not available: " + OpensslReason());
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  SSL_CTX_set_options(context.get(), SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION);
  SSL_CTX_set_mode(context.get(), SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
  SSL_CTX_set_verify(context.get(), options.verify ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nullptr);
  X509_STORE* store = SSL_CTX_get_cert_store(context.get());
  for (const Certificate& authority : system) X509_STORE_add_cert(store, authority.get());
  for (const std::string& file : options.ca_files)
    for (const Certificate& authority : TRY(ReadAuthorities(file)))
      if (X509_STORE_add_cert(store, authority.get()) != 1)
        return Fail(file + " cannot be used: " + OpensslReason());
  // Whoever names an intermediate or a server's own certificate as trusted means it.
  X509_STORE_set_flags(store, X509_V_FLAG_PARTIAL_CHAIN);
  TRY_VOID(UseCertificate(context.get(), options));
  return context;
}

Outcome<Tls> Handshake(const TlsContext& context, int descriptor, const Url& url, Clock::time_point until,
                       const std::stop_token& stop) {
  ERR_clear_error();
  Tls tls(SSL_new(context.get()));
  BIO* bio = BIO_new(Method());
  if (!tls || !bio) return Failed(FailureKind::kCaller, "TLS is not available: " + OpensslReason());
  BIO_set_data(bio, reinterpret_cast<void*>(static_cast<intptr_t>(descriptor)));
  SSL_set_bio(tls.get(), bio, bio);
  if (IsAddress(url.host)) {
    X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(tls.get()), url.host.c_str());
  } else {
    SSL_set_hostflags(tls.get(), X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
    if (SSL_set1_host(tls.get(), url.host.c_str()) != 1 ||
        SSL_set_tlsext_host_name(tls.get(), url.host.c_str()) != 1)
      return Failed(FailureKind::kRefused, "TLS cannot name the host " + url.host);
  }
  for (;;) {
    ERR_clear_error();
    int result = SSL_connect(tls.get());
    if (result == 1) return tls;
    int error = SSL_get_error(tls.get(), result);
    if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE)
      return HandshakeFailure(tls.get(), url);
    switch (WaitFor(descriptor, error == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT, until, stop)) {
      case Waited::kReady: break;
      case Waited::kStopped: return Failed(FailureKind::kStopped, "stopped");
      case Waited::kTimeout:
        return Failed(FailureKind::kBroken, "TLS with " + url.authority() + " did not begin in time");
    }
  }
}

}  // namespace guard::builder::http
