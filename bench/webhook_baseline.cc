// What to compare the webhook with: a TLS keep-alive server as Boost.Beast's own examples have it, that reads
// the same requests and answers the same bytes without looking at them. One io_context a core, no time-outs
// (which only makes it faster).
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <fstream>
#include <iostream>
#include <memory>
#include <optional>
#include <sstream>
#include <thread>
#include <vector>

namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using tcp = asio::ip::tcp;

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(tcp::socket socket, asio::ssl::context& tls, const std::string& answer)
      : stream_(std::move(socket), tls), answer_(answer) {}

  void Start() {
    stream_.next_layer().set_option(tcp::no_delay(true));
    stream_.async_handshake(asio::ssl::stream_base::server, [self = shared_from_this()](auto error) {
      if (!error) self->Read();
    });
  }

 private:
  void Read() {
    request_.emplace();
    request_->header_limit(16 << 10);
    request_->body_limit(8 << 20);
    http::async_read(stream_, buffer_, *request_, [self = shared_from_this()](auto error, size_t) {
      if (!error) self->Write();
    });
  }
  void Write() {
    response_ = {http::status::ok, request_->get().version()};
    response_.set(http::field::content_type, "application/json");
    response_.keep_alive(request_->get().keep_alive());
    response_.body() = answer_;
    response_.prepare_payload();
    http::async_write(stream_, response_, [self = shared_from_this()](auto error, size_t) {
      if (!error && self->response_.keep_alive()) self->Read();
    });
  }

  asio::ssl::stream<tcp::socket> stream_;
  const std::string& answer_;
  boost::beast::flat_buffer buffer_;
  std::optional<http::request_parser<http::string_body>> request_;
  http::response<http::string_body> response_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) {
    std::cerr << "usage: webhook_baseline CERTIFICATE KEY ANSWER THREADS\n";
    return 2;
  }
  asio::ssl::context tls(asio::ssl::context::tls_server);
  tls.use_certificate_chain_file(argv[1]);
  tls.use_private_key_file(argv[2], asio::ssl::context::pem);
  std::stringstream answer_text;
  answer_text << std::ifstream(argv[3]).rdbuf();
  const std::string answer = answer_text.str();

  std::vector<std::unique_ptr<asio::io_context>> loops;
  for (int i = 0; i < std::stoi(argv[4]); ++i) loops.push_back(std::make_unique<asio::io_context>(1));
  asio::io_context control(1);
  tcp::acceptor acceptor(control, {asio::ip::address_v4::loopback(), 0});
  size_t next = 0;
  std::function<void()> accept = [&] {
    acceptor.async_accept(*loops[next++ % loops.size()], [&](auto error, tcp::socket socket) {
      if (error) return;
      auto connection = std::make_shared<Connection>(std::move(socket), tls, answer);
      asio::post(*loops[(next - 1) % loops.size()], [connection] { connection->Start(); });
      accept();
    });
  };
  accept();
  asio::signal_set signals(control, SIGTERM, SIGINT);
  signals.async_wait([&](auto, int) { control.stop(); });
  std::vector<std::jthread> threads;
  for (auto& loop : loops) {
    threads.emplace_back([&loop] {
      auto work = asio::make_work_guard(*loop);
      loop->run();
    });
  }
  std::cout << acceptor.local_endpoint().port() << std::endl;
  control.run();
  for (auto& loop : loops) loop->stop();
}
