// Addresses as people write them, and ports that listen.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <string>

#include "policies/base/error.h"

namespace guard {

// "127.0.0.1:8443", "[::1]:0", ":8443" (every address).
Result<boost::asio::ip::tcp::endpoint> ParseEndpoint(const std::string& text);
Result<boost::asio::ip::tcp::acceptor> Listen(boost::asio::io_context& io,
                                              const boost::asio::ip::tcp::endpoint& at);
std::string ToString(const boost::asio::ip::tcp::endpoint& endpoint);

}  // namespace guard
