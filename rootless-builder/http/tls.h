// How TLS is spoken with one host: whom we trust there, and who we are.
#pragma once

#include <openssl/ssl.h>

#include <memory>
#include <string>
#include <vector>

#include "rootless-builder/http/client.h"
#include "rootless-builder/http/connect.h"
#include "rootless-builder/http/trust.h"

namespace guard::builder::http {

struct FreeSsl {
  void operator()(SSL* ssl) const { SSL_free(ssl); }
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};
using TlsContext = std::shared_ptr<SSL_CTX>;
using Tls = std::unique_ptr<SSL, FreeSsl>;

Result<TlsContext> MakeTlsContext(const TlsOptions& options, const std::vector<Certificate>& system);

// The handshake over a connected socket that does not block, host name or address verified. The socket stays
// the caller's.
Outcome<Tls> Handshake(const TlsContext& context, int descriptor, const Url& url, Clock::time_point until,
                       const std::stop_token& stop);

// OpenSSL's reason for its last error in this thread, which it forgets then.
std::string OpensslReason();

}  // namespace guard::builder::http
