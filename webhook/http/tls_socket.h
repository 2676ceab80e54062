// A TLS connection over a descriptor that does not block: OpenSSL reads and writes the socket itself, and the
// caller waits for the readiness that it is told.
//
// Asio's own TLS stream keeps 34 KB of buffers for every connection and copies everything once more; a
// thousand idle connections would cost as much as all the rest of the server.
#pragma once

#include <openssl/ssl.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "webhook/http/tls_context.h"

namespace guard {

enum class Io : uint8_t { kDone, kWantRead, kWantWrite, kClosed, kFailed };

class TlsSocket {
 public:
  // The descriptor is the caller's; nothing here closes it.
  TlsSocket(std::shared_ptr<const TlsContext> context, int descriptor);

  Io Handshake();
  // Up to `size` bytes; `count` tells how many.
  Io Read(char* to, size_t size, size_t* count);
  Io Write(const char* from, size_t size, size_t* count);
  // Whether OpenSSL holds bytes that the descriptor will not announce any more.
  bool HasMore() const { return SSL_has_pending(ssl_.get()) == 1; }
  // Says goodbye, if the socket takes it at once.
  void Close();
  const TlsContext& context() const { return *context_; }
  // After a handshake failed: the client spoke plain HTTP.
  bool saw_plain_http() const { return saw_plain_http_; }
  const std::string& error() const { return error_; }

 private:
  Io Outcome(int result);

  struct FreeSsl {
    void operator()(SSL* ssl) const { SSL_free(ssl); }
  };
  std::shared_ptr<const TlsContext> context_;  // outlives ssl_, whose callbacks look into it
  std::unique_ptr<SSL, FreeSsl> ssl_;
  bool broken_ = false;  // OpenSSL forbids to go on, even to say goodbye
  bool saw_plain_http_ = false;
  std::string error_;
};

}  // namespace guard
