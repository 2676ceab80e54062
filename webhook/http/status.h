// The second port, without TLS: is it alive, is it ready, and how has it been. Nothing secret is told there.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace guard {

struct StatusPage {
  int status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  std::string body;
};

// What the pages say; called on the status server's thread.
struct StatusSource {
  std::function<bool()> alive, ready;
  std::function<std::string()> metrics;
};

StatusPage MakeStatusPage(std::string_view method, std::string_view target, const StatusSource& source);

class StatusServer {
 public:
  // All of it belongs to the thread that runs `io`.
  StatusServer(boost::asio::io_context& io, boost::asio::ip::tcp::acceptor acceptor, StatusSource source);
  ~StatusServer();

  void Start();
  void Stop();
  boost::asio::ip::tcp::endpoint endpoint() const;

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace guard
