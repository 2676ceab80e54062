// The HTTPS client: one call a request, many threads at once, connections kept.
//
// A call ends within its deadlines whatever the other side does: connecting (names, TCP, TLS), silence, and
// the whole. Names are resolved without the C library's NSS, as the program is static (resolve.h). Every
// answer is bounded; every redirect is judged (redirect.h); a certificate that does not verify is an error.
// Never in an error: header values, bodies, queries of URLs.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "policies/base/error.h"
#include "rootless-builder/http/failure.h"
#include "rootless-builder/http/headers.h"
#include "rootless-builder/http/proxy.h"
#include "rootless-builder/http/url.h"

namespace guard::builder::http {

using Milliseconds = std::chrono::milliseconds;

struct TlsOptions {
  bool verify = true;
  std::vector<std::string> ca_files;  // PEM; trusted besides the system's
  std::string certificate_file;       // PEM; ours, for hosts that ask for one
  std::string key_file;
  bool operator==(const TlsOptions&) const = default;
};

struct ClientOptions {
  std::string user_agent = "rootless-builder";
  Milliseconds connect_timeout{30000};  // until the connection stands, TLS included
  Milliseconds idle_timeout{60000};     // without a byte in either direction
  int max_redirects = 10;
  // Tried again, with growing pauses or what Retry-After says: connections that fail or break before the
  // answer's body, 408, 429, 500, 502, 503, 504. Only what is safe to send twice (see Request::retry).
  int retries = 4;
  Milliseconds first_pause{500};
  Milliseconds longest_pause{30000};
  Proxies proxies;
  // How to speak TLS with a host; asked once for each "host[:port]". Empty: the defaults.
  std::function<Result<TlsOptions>(const Url& url)> tls;
  // Where certificate authorities come from (trust.h); getenv when empty.
  Environment environment;
  // Told of what goes wrong and is tried again; one sentence. May be empty. Called from any thread.
  std::function<void(const std::string& message)> warn;
};

// A body that can be sent again from any place.
class BodySource {
 public:
  virtual ~BodySource() = default;
  virtual uint64_t size() const = 0;
  // Up to `size` bytes from the offset; 0 only at the end.
  virtual Result<size_t> ReadAt(uint64_t offset, char* to, size_t size) = 0;
};

struct Response {
  int status = 0;
  Headers headers;
  std::string body;  // empty where a sink took it
  Url url;           // who answered: after redirects not who was asked
  uint64_t body_size = 0;

  bool ok() const { return status >= 200 && status < 300; }
};

enum class Retry : uint8_t {
  kByMethod,  // GET, HEAD, OPTIONS, PUT, DELETE
  kAlways,
  kNever,
};

struct Request {
  std::string method = "GET";
  Url url;
  Headers headers;            // Host, User-Agent, Content-Length and Connection are the client's
  std::string authorization;  // a value for Authorization; sent to the origin of `url` and nobody else
  std::string body;           // or
  BodySource* source = nullptr;
  std::function<void(uint64_t sent)> on_sent;  // bytes of the source that are on their way

  // Takes the body of an answer of 2xx as it comes. `on_head`: before the first byte; an error ends it all.
  std::function<Result<void>(std::string_view bytes)> sink;
  std::function<Result<void>(const Response& head)> on_head;
  uint64_t limit = 8u << 20;  // the largest answer taken, with or without a sink

  bool follow = true;  // redirects
  Retry retry = Retry::kByMethod;
  Milliseconds timeout{0};  // for the whole, pauses included; 0: none
  std::stop_token stop;     // gives up within a quarter of a second
};

class Client {
 public:
  static Result<std::unique_ptr<Client>> Make(ClientOptions options);
  virtual ~Client() = default;

  // An answer of any status is a Response; an Error is one that did not come, came broken or is not allowed.
  virtual Result<Response> Send(const Request& request) = 0;
  // The same, saying what kind of failure it was.
  virtual Outcome<Response> Try(const Request& request) = 0;
};

}  // namespace guard::builder::http
