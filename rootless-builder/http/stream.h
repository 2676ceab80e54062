// A connection, plain or TLS, whose reads and writes end within their limits.
#pragma once

#include <string_view>

#include "rootless-builder/http/tls.h"

namespace guard::builder::http {

class Stream {
 public:
  Stream(Socket socket, std::string name) : socket_(std::move(socket)), name_(std::move(name)) {}
  ~Stream();
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  // From here on everything is TLS with the host of this URL.
  Outcome<void> StartTls(TlsContext context, const Url& url, Clock::time_point until,
                         const std::stop_token& stop);

  // At least one byte, or 0 at the end of a connection that was closed in order.
  Outcome<size_t> Read(char* to, size_t size, const Limits& limits);
  // False: the other side has something to say before everything was written; its answer is to be read.
  Outcome<bool> Write(std::string_view bytes, const Limits& limits, bool heed_answers);
  // Whether a connection that nobody used for a while is still good for a request.
  bool StillGood() const;

 private:
  Outcome<void> Wait(short events, const Limits& limits, short* revents);
  // Bytes moved; 0 with `events` set to what must be waited for; 0 with none set: the end.
  Outcome<size_t> ReadNow(char* to, size_t size, short* events);
  Outcome<size_t> WriteNow(std::string_view bytes, short* events);
  bool HasAnswer();
  std::unexpected<Failure> Broken(const char* doing) const;

  Socket socket_;
  std::string name_;  // who is at the other end, for errors
  TlsContext context_;
  Tls tls_;
  bool failed_ = false;  // OpenSSL forbids to go on, even to say goodbye
};

}  // namespace guard::builder::http
