// Tested by server_config_test.cc and server_test.cc.
#include "webhook/http/endpoint.h"

#include <boost/asio/ip/v6_only.hpp>
#include <charconv>

namespace guard {

using boost::asio::ip::tcp;

Result<tcp::endpoint> ParseEndpoint(const std::string& text) {
  constexpr std::string_view kHint = "write HOST:PORT with an address, such as 0.0.0.0:8443 or [::]:8443";
  size_t colon = text.rfind(':');
  if (colon == std::string::npos) return Fail("'" + text + "' has no port", std::string(kHint));
  std::string host = text.substr(0, colon);
  uint16_t port = 0;
  const char* last = text.data() + text.size();
  auto [end, error] = std::from_chars(text.data() + colon + 1, last, port);
  if (error != std::errc() || end != last || colon + 1 == text.size())
    return Fail("'" + text + "' has no port between 0 and 65535", std::string(kHint));
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
  } else if (host.find(':') != std::string::npos) {
    return Fail("'" + text + "' is ambiguous", std::string(kHint));
  }
  if (host.empty()) return tcp::endpoint(tcp::v6(), port);
  boost::system::error_code bad;
  auto address = boost::asio::ip::make_address(host, bad);
  if (bad) return Fail("'" + host + "' is no address", std::string(kHint));
  return tcp::endpoint(address, port);
}

std::string ToString(const tcp::endpoint& endpoint) {
  std::string address = endpoint.address().to_string();
  return (endpoint.address().is_v6() ? "[" + address + "]" : address) + ":" + std::to_string(endpoint.port());
}

Result<tcp::acceptor> Listen(boost::asio::io_context& io, const tcp::endpoint& at) {
  boost::system::error_code error;
  tcp::endpoint endpoint = at;
  tcp::acceptor acceptor(io);
  error = acceptor.open(endpoint.protocol(), error);
  if (error && endpoint.address().is_v6() && endpoint.address().is_unspecified()) {
    endpoint = tcp::endpoint(tcp::v4(), at.port());  // every address, on a machine without IPv6
    error = acceptor.open(endpoint.protocol(), error);
  }
  if (!error) error = acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error && endpoint.address().is_v6() && endpoint.address().is_unspecified())
    error = acceptor.set_option(boost::asio::ip::v6_only(false), error);
  if (!error) error = acceptor.bind(endpoint, error);
  if (!error) error = acceptor.listen(boost::asio::socket_base::max_listen_connections, error);
  if (!error) error = acceptor.non_blocking(true, error);
  if (error) return Fail("cannot listen on " + ToString(at) + ": " + error.message());
  return acceptor;
}

}  // namespace guard
