// Tested by client_test.cc and tests/e2e/registry_auth.sh.
#include "rootless-builder/http/stream.h"

#include <openssl/err.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace guard::builder::http {

Stream::~Stream() {
  if (tls_ && !failed_) {
    ERR_clear_error();
    SSL_shutdown(tls_.get());  // says goodbye, if the socket takes it at once
    ERR_clear_error();
  }
}

std::unexpected<Failure> Stream::Broken(const char* doing) const {
  std::string why = tls_ && ERR_peek_last_error() != 0 ? OpensslReason()
                    : errno != 0                       ? std::string(std::strerror(errno))
                                                       : std::string("it ended");
  return Failed(FailureKind::kBroken, "the connection to " + name_ + " broke while " + doing + ": " + why);
}

Outcome<void> Stream::StartTls(TlsContext context, const Url& url, Clock::time_point until,
                               const std::stop_token& stop) {
  context_ = std::move(context);
  tls_ = TRY_OUTCOME(Handshake(context_, socket_.get(), url, until, stop));
  return {};
}

Outcome<void> Stream::Wait(short events, const Limits& limits, short* revents) {
  Clock::time_point silence = limits.NextSilence();
  switch (WaitFor(socket_.get(), events, silence, limits.stop, revents)) {
    case Waited::kReady: return {};
    case Waited::kStopped: return Failed(FailureKind::kStopped, "stopped");
    case Waited::kTimeout: break;
  }
  if (silence == limits.whole) return Failed(FailureKind::kTimeout, name_ + " did not finish in time");
  return Failed(FailureKind::kBroken,
                name_ + " fell silent for " + std::to_string(limits.idle.count() / 1000) + " s");
}

Outcome<size_t> Stream::ReadNow(char* to, size_t size, short* events) {
  *events = 0;
  errno = 0;
  if (!tls_) {
    ssize_t count = ::recv(socket_.get(), to, size, 0);
    if (count >= 0) return static_cast<size_t>(count);
    if (errno != EAGAIN && errno != EINTR) return Broken("reading");
    *events = POLLIN;
    return 0;
  }
  ERR_clear_error();
  size_t count = 0;
  int result = SSL_read_ex(tls_.get(), to, size, &count);
  if (result == 1) return count;
  switch (SSL_get_error(tls_.get(), result)) {
    case SSL_ERROR_WANT_READ: *events = POLLIN; return 0;
    case SSL_ERROR_WANT_WRITE: *events = POLLOUT; return 0;
    case SSL_ERROR_ZERO_RETURN: return 0;
    default: failed_ = true; return Broken("reading");
  }
}

Outcome<size_t> Stream::Read(char* to, size_t size, const Limits& limits) {
  for (;;) {
    short events = 0;
    size_t count = TRY_OUTCOME(ReadNow(to, size, &events));
    if (events == 0) {
      // A sender of single bytes never falls silent; the whole has an end all the same.
      if (limits.stop.stop_requested()) return Failed(FailureKind::kStopped, "stopped");
      if (Clock::now() >= limits.whole)
        return Failed(FailureKind::kTimeout, name_ + " did not finish in time");
      return count;
    }
    TRY_OUTCOME_VOID(Wait(events, limits, nullptr));
  }
}

Outcome<size_t> Stream::WriteNow(std::string_view bytes, short* events) {
  *events = 0;
  errno = 0;
  if (!tls_) {
    ssize_t count = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count >= 0) return static_cast<size_t>(count);
    if (errno != EAGAIN && errno != EINTR) return Broken("sending");
    *events = POLLOUT;
    return 0;
  }
  ERR_clear_error();
  size_t count = 0;
  int result = SSL_write_ex(tls_.get(), bytes.data(), bytes.size(), &count);
  if (result == 1) return count;
  switch (SSL_get_error(tls_.get(), result)) {
    case SSL_ERROR_WANT_READ: *events = POLLIN; return 0;
    case SSL_ERROR_WANT_WRITE: *events = POLLOUT; return 0;
    default: failed_ = true; return Broken("sending");
  }
}

// Whether the other side has sent what is part of an answer, or has ended the connection. With TLS there may
// be records that are neither, so OpenSSL looks into them.
bool Stream::HasAnswer() {
  pollfd polled{.fd = socket_.get(), .events = POLLIN, .revents = 0};
  bool readable = ::poll(&polled, 1, 0) > 0;
  if (!tls_) return readable;
  if (!readable && SSL_has_pending(tls_.get()) != 1) return false;
  char byte;
  size_t count = 0;
  ERR_clear_error();
  int result = SSL_peek_ex(tls_.get(), &byte, 1, &count);
  if (result == 1) return true;
  int error = SSL_get_error(tls_.get(), result);
  ERR_clear_error();
  return error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE;
}

Outcome<bool> Stream::Write(std::string_view bytes, const Limits& limits, bool heed_answers) {
  while (!bytes.empty()) {
    if (heed_answers && HasAnswer()) return false;
    short events = 0;
    size_t count = TRY_OUTCOME(WriteNow(bytes, &events));
    bytes.remove_prefix(count);
    if (events == 0) continue;
    short happened = 0;
    if (heed_answers) events |= POLLIN;
    TRY_OUTCOME_VOID(Wait(events, limits, &happened));
    // Records that are no answer stay readable until OpenSSL has taken them, which HasAnswer does.
  }
  return true;
}

bool Stream::StillGood() const {
  if (failed_) return false;
  pollfd polled{.fd = socket_.get(), .events = POLLIN, .revents = 0};
  if (::poll(&polled, 1, 0) == 0) return true;
  if (!tls_) return false;  // closed, or an answer to nothing
  char byte;
  size_t count = 0;
  ERR_clear_error();
  int result = SSL_peek_ex(tls_.get(), &byte, 1, &count);
  bool good = result != 1 && SSL_get_error(tls_.get(), result) == SSL_ERROR_WANT_READ;
  ERR_clear_error();
  return good;
}

}  // namespace guard::builder::http
