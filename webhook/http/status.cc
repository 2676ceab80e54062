// Tested by status_test.cc and tests/e2e/webhook_check.sh.
#include "webhook/http/status.h"

#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <optional>

namespace guard {
namespace {

namespace http = boost::beast::http;
using boost::asio::ip::tcp;
using ErrorCode = boost::beast::error_code;

constexpr size_t kMostConnections = 64;
constexpr auto kPatience = std::chrono::seconds(10);

}  // namespace

StatusPage MakeStatusPage(std::string_view method, std::string_view target, const StatusSource& source) {
  std::string_view path = target.substr(0, target.find('?'));
  bool known = path == "/healthz" || path == "/livez" || path == "/readyz" || path == "/metrics";
  StatusPage page;
  if (!known) {
    page.status = 404;
    page.body = "no such path; there are /healthz, /livez, /readyz and /metrics\n";
  } else if (method != "GET" && method != "HEAD") {
    page.status = 405;
    page.body = "these pages are read with GET\n";
  } else if (path == "/metrics") {
    page.content_type = "text/plain; version=0.0.4; charset=utf-8";
    page.body = source.metrics();
  } else if (path == "/readyz") {
    bool ready = source.ready() && source.alive();
    page.status = ready ? 200 : 503;
    page.body = ready ? "ok\n" : "not ready\n";
  } else {
    bool alive = source.alive();
    page.status = alive ? 200 : 503;
    page.body = alive ? "ok\n" : "an event loop does not answer\n";
  }
  return page;
}

struct StatusServer::Impl : std::enable_shared_from_this<Impl> {
  Impl(boost::asio::io_context& context, tcp::acceptor from, StatusSource pages)
      : io(context), acceptor(std::move(from)), pause(context), source(std::move(pages)) {}

  class Connection;

  void Accept() {
    acceptor.async_accept([self = shared_from_this()](ErrorCode error, tcp::socket socket) {
      if (self->stopped) return;
      if (error) return self->Pause();
      if (self->connections < kMostConnections) Serve(self, std::move(socket));
      self->Accept();
    });
  }
  // Out of descriptors, perhaps: not at once again.
  void Pause() {
    pause.expires_after(std::chrono::milliseconds(100));
    pause.async_wait([self = shared_from_this()](ErrorCode error) {
      if (!error && !self->stopped) self->Accept();
    });
  }
  static void Serve(const std::shared_ptr<Impl>& server, tcp::socket socket);

  boost::asio::io_context& io;
  tcp::acceptor acceptor;
  boost::asio::steady_timer pause;
  StatusSource source;
  size_t connections = 0;
  bool stopped = false;
};

class StatusServer::Impl::Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(std::shared_ptr<Impl> server, tcp::socket socket)
      : server_(std::move(server)), stream_(std::move(socket)) {
    ++server_->connections;
  }
  ~Connection() { --server_->connections; }

  void Read() {
    parser_.emplace();
    parser_->header_limit(8192);
    parser_->body_limit(0);
    stream_.expires_after(kPatience);
    http::async_read(stream_, buffer_, *parser_, [self = shared_from_this()](ErrorCode error, size_t) {
      if (!error) self->Write();
    });
  }

 private:
  void Write() {
    const auto& request = parser_->get();
    auto view = [](boost::beast::string_view text) { return std::string_view(text.data(), text.size()); };
    StatusPage page = MakeStatusPage(view(request.method_string()), view(request.target()), server_->source);
    response_ = {static_cast<http::status>(page.status), request.version()};
    response_.set(http::field::content_type, page.content_type);
    response_.keep_alive(request.keep_alive() && !server_->stopped);
    if (page.status == 405) response_.set(http::field::allow, "GET, HEAD");
    response_.content_length(page.body.size());
    if (request.method() != http::verb::head) response_.body() = std::move(page.body);
    stream_.expires_after(kPatience);
    http::async_write(stream_, response_, [self = shared_from_this()](ErrorCode error, size_t) {
      if (error) return;
      if (self->response_.keep_alive()) return self->Read();
      ErrorCode ignored;
      ignored = self->stream_.socket().shutdown(tcp::socket::shutdown_send, ignored);
    });
  }

  std::shared_ptr<Impl> server_;
  boost::beast::tcp_stream stream_;
  boost::beast::flat_buffer buffer_;
  std::optional<http::request_parser<http::string_body>> parser_;
  http::response<http::string_body> response_;
};

void StatusServer::Impl::Serve(const std::shared_ptr<Impl>& server, tcp::socket socket) {
  std::make_shared<Connection>(server, std::move(socket))->Read();
}

StatusServer::StatusServer(boost::asio::io_context& io, tcp::acceptor acceptor, StatusSource source)
    : impl_(std::make_shared<Impl>(io, std::move(acceptor), std::move(source))) {}
StatusServer::~StatusServer() { Stop(); }

void StatusServer::Start() { impl_->Accept(); }

void StatusServer::Stop() {
  impl_->stopped = true;
  ErrorCode ignored;
  ignored = impl_->acceptor.close(ignored);
  impl_->pause.cancel();
}

tcp::endpoint StatusServer::endpoint() const {
  ErrorCode ignored;
  return impl_->acceptor.local_endpoint(ignored);
}

}  // namespace guard
