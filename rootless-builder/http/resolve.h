// Names to addresses without the C library's NSS, which a static program does not have: literals, localhost,
// /etc/hosts and the servers of /etc/resolv.conf, through c-ares.
#pragma once

#include <sys/socket.h>

#include <string>
#include <vector>

#include "rootless-builder/http/failure.h"
#include "rootless-builder/http/wait.h"

namespace guard::builder::http {

struct SocketAddress {
  sockaddr_storage bytes{};
  socklen_t size = 0;
  bool v6() const { return bytes.ss_family == AF_INET6; }
};

struct ResolverOptions {
  std::string resolv_conf;  // another file than /etc/resolv.conf
  std::string servers;      // "127.0.0.1:5353" instead of the file's
};

// At least one address, in the order in which they are worth trying (RFC 6724), at most 16.
Outcome<std::vector<SocketAddress>> Resolve(const std::string& host, uint16_t port, Clock::time_point until,
                                            const std::stop_token& stop, const ResolverOptions& options = {});

}  // namespace guard::builder::http
