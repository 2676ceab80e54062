// Tested by server_test.cc and tests/e2e/webhook_transport.sh.
#include "webhook/http/tls_socket.h"

#include <openssl/err.h>

#include <cerrno>
#include <cstring>

namespace guard {

TlsSocket::TlsSocket(std::shared_ptr<const TlsContext> context, int descriptor)
    : context_(std::move(context)), ssl_(SSL_new(context_->get())) {
  if (!ssl_ || SSL_set_fd(ssl_.get(), descriptor) != 1) {
    broken_ = true;
    error_ = OpensslError();
    return;
  }
  SSL_set_accept_state(ssl_.get());
}

Io TlsSocket::Outcome(int result) {
  int system_error = errno;
  switch (SSL_get_error(ssl_.get(), result)) {
    case SSL_ERROR_NONE: return Io::kDone;
    case SSL_ERROR_WANT_READ: return Io::kWantRead;
    case SSL_ERROR_WANT_WRITE: return Io::kWantWrite;
    case SSL_ERROR_ZERO_RETURN: return Io::kClosed;
    case SSL_ERROR_SYSCALL:
      broken_ = true;
      error_ = system_error ? std::strerror(system_error) : "closed without goodbye";
      ERR_clear_error();
      return Io::kFailed;
    default:
      broken_ = true;
      saw_plain_http_ = ERR_GET_REASON(ERR_peek_last_error()) == SSL_R_HTTP_REQUEST;
      error_ = OpensslError();
      return Io::kFailed;
  }
}

Io TlsSocket::Handshake() {
  if (broken_) return Io::kFailed;
  ERR_clear_error();
  errno = 0;
  int result = SSL_do_handshake(ssl_.get());
  return result == 1 ? Io::kDone : Outcome(result);
}

Io TlsSocket::Read(char* to, size_t size, size_t* count) {
  *count = 0;
  if (broken_) return Io::kFailed;
  ERR_clear_error();
  errno = 0;
  int result = SSL_read_ex(ssl_.get(), to, size, count);
  return result == 1 ? Io::kDone : Outcome(result);
}

Io TlsSocket::Write(const char* from, size_t size, size_t* count) {
  *count = 0;
  if (broken_) return Io::kFailed;
  ERR_clear_error();
  errno = 0;
  int result = SSL_write_ex(ssl_.get(), from, size, count);
  return result == 1 ? Io::kDone : Outcome(result);
}

void TlsSocket::Close() {
  if (broken_ || SSL_in_init(ssl_.get())) return;
  ERR_clear_error();
  SSL_shutdown(ssl_.get());
  ERR_clear_error();
}

}  // namespace guard
