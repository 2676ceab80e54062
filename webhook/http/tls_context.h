// What every TLS connection of this server shares: certificate, key, whom it asks for a certificate, and
// which protocol versions and options there are. Made whole or not at all, so that a reload can refuse a bad
// one.
#pragma once

#include <openssl/ssl.h>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "policies/base/error.h"

namespace guard {

struct TlsFiles {
  std::string certificate, key;           // PEM; the certificate with its chain behind it
  std::string client_ca;                  // PEM; empty: callers are not asked for a certificate
  std::vector<std::string> client_names;  // a caller's common name or one of its DNS names; empty: any
  bool tls13_only = false;

  bool operator==(const TlsFiles&) const = default;
};

class TlsContext {
 public:
  // Reads the files and refuses what could not serve: unparsable, key and certificate that do not belong
  // together, a weak key. An expired certificate is loaded: `Problem` tells.
  static Result<std::shared_ptr<const TlsContext>> Load(const TlsFiles& files);
  // The same from texts; `files` only names them.
  static Result<std::shared_ptr<const TlsContext>> FromTexts(const TlsFiles& files,
                                                             const std::string& certificate,
                                                             const std::string& key,
                                                             const std::string& client_ca);

  SSL_CTX* get() const { return context_.get(); }
  std::chrono::system_clock::time_point not_after() const { return not_after_; }
  // A fingerprint of the certificate (SHA-256, hex), for logs.
  const std::string& fingerprint() const { return fingerprint_; }
  // Digest of whom it lets in; connections that an older answer let in are closed when it changes.
  const std::string& client_digest() const { return client_digest_; }
  // What is wrong with it though it serves (expired, not yet valid, no DNS names), or empty.
  std::string Problem(std::chrono::system_clock::time_point now) const;

 private:
  struct FreeContext {
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  };
  TlsContext() = default;

  std::unique_ptr<SSL_CTX, FreeContext> context_;
  std::vector<std::string> client_names_;  // the verify callback looks here
  std::chrono::system_clock::time_point not_before_, not_after_;
  std::string fingerprint_, client_digest_;
  bool has_names_ = false;

  friend struct TlsContextBuilder;
};

// The last error on OpenSSL's queue as a sentence; empties the queue.
std::string OpensslError();

}  // namespace guard
