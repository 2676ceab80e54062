// Tested by connect_test.cc.
#include "rootless-builder/http/resolve.h"

#include <ares.h>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <mutex>
#include <optional>

namespace guard::builder::http {
namespace {

constexpr size_t kMostAddresses = 16;

std::optional<SocketAddress> Literal(const std::string& host, uint16_t port) {
  SocketAddress address;
  auto* v4 = reinterpret_cast<sockaddr_in*>(&address.bytes);
  auto* v6 = reinterpret_cast<sockaddr_in6*>(&address.bytes);
  if (inet_pton(AF_INET, host.c_str(), &v4->sin_addr) == 1) {
    v4->sin_family = AF_INET;
    v4->sin_port = htons(port);
    address.size = sizeof(*v4);
  } else if (inet_pton(AF_INET6, host.c_str(), &v6->sin6_addr) == 1) {
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(port);
    address.size = sizeof(*v6);
  } else {
    return std::nullopt;
  }
  return address;
}

struct Answer {
  bool done = false;
  int status = ARES_SUCCESS;
  std::vector<SocketAddress> addresses;
};

void TakeAnswer(void* argument, int status, int /*timeouts*/, ares_addrinfo* info) {
  auto* answer = static_cast<Answer*>(argument);
  answer->done = true;
  answer->status = status;
  for (ares_addrinfo_node* node = info ? info->nodes : nullptr; node; node = node->ai_next) {
    if (answer->addresses.size() == kMostAddresses) break;
    if (node->ai_addrlen > sizeof(sockaddr_storage)) continue;
    SocketAddress address;
    std::memcpy(&address.bytes, node->ai_addr, node->ai_addrlen);
    address.size = node->ai_addrlen;
    answer->addresses.push_back(address);
  }
  if (info) ares_freeaddrinfo(info);
}

struct FreeChannel {
  void operator()(ares_channel channel) const { ares_destroy(channel); }
};
using Channel = std::unique_ptr<std::remove_pointer_t<ares_channel>, FreeChannel>;

Outcome<Channel> OpenChannel(const ResolverOptions& options) {
  static std::once_flag once;  // c-ares counts its initialisations without a lock
  std::call_once(once, [] { ares_library_init(ARES_LIB_INIT_ALL); });
  ares_options wanted{};
  char lookups[] = "fb";
  std::string resolv_conf = options.resolv_conf;
  wanted.timeout = 2500;  // for the first try; later ones wait longer
  wanted.tries = 3;
  wanted.lookups = lookups;
  wanted.resolvconf_path = resolv_conf.data();
  int mask = ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_LOOKUPS;
  if (!resolv_conf.empty()) mask |= ARES_OPT_RESOLVCONF;
  ares_channel channel = nullptr;
  int status = ares_init_options(&channel, &wanted, mask);
  if (status != ARES_SUCCESS)
    return Failed(FailureKind::kConnect, std::string("names cannot be resolved: ") + ares_strerror(status));
  Channel owned(channel);
  if (!options.servers.empty() &&
      ares_set_servers_ports_csv(channel, options.servers.c_str()) != ARES_SUCCESS)
    return Failed(FailureKind::kConnect, "the name servers '" + options.servers + "' cannot be used");
  return owned;
}

// One round: waits for the channel's sockets, at most a quarter of a second.
void RunOnce(ares_channel channel, Clock::time_point until) {
  ares_socket_t sockets[ARES_GETSOCK_MAXNUM];
  int wanted = ares_getsock(channel, sockets, ARES_GETSOCK_MAXNUM);
  pollfd descriptors[ARES_GETSOCK_MAXNUM];
  nfds_t count = 0;
  for (int i = 0; i < ARES_GETSOCK_MAXNUM; ++i) {
    short events = 0;
    if (ARES_GETSOCK_READABLE(wanted, i)) events |= POLLIN;
    if (ARES_GETSOCK_WRITABLE(wanted, i)) events |= POLLOUT;
    if (events) descriptors[count++] = {.fd = sockets[i], .events = events, .revents = 0};
  }
  auto left = std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now()).count();
  timeval longest{.tv_sec = 0, .tv_usec = static_cast<suseconds_t>(std::clamp<int64_t>(left, 1, 250)) * 1000};
  timeval slot{};
  timeval* wait = ares_timeout(channel, &longest, &slot);
  int ready = ::poll(descriptors, count, static_cast<int>(wait->tv_sec * 1000 + wait->tv_usec / 1000 + 1));
  if (ready <= 0) {
    ares_process_fd(channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
    return;
  }
  for (nfds_t i = 0; i < count; ++i) {
    if (!descriptors[i].revents) continue;
    bool readable = descriptors[i].revents & (POLLIN | POLLERR | POLLHUP);
    bool writable = descriptors[i].revents & POLLOUT;
    ares_process_fd(channel, readable ? descriptors[i].fd : ARES_SOCKET_BAD,
                    writable ? descriptors[i].fd : ARES_SOCKET_BAD);
  }
}

Outcome<std::vector<SocketAddress>> Ask(const std::string& host, uint16_t port, Clock::time_point until,
                                        const std::stop_token& stop, const ResolverOptions& options) {
  Answer answer;  // outlives the channel, which answers when it is destroyed
  Channel channel = TRY_OUTCOME(OpenChannel(options));
  ares_addrinfo_hints hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = ARES_AI_NUMERICSERV;
  ares_getaddrinfo(channel.get(), host.c_str(), std::to_string(port).c_str(), &hints, TakeAnswer, &answer);
  while (!answer.done) {
    if (stop.stop_requested()) return Failed(FailureKind::kStopped, "stopped");
    if (Clock::now() >= until)
      return Failed(FailureKind::kConnect, "the name servers did not say in time where " + host + " is");
    RunOnce(channel.get(), until);
  }
  if (answer.status == ARES_SUCCESS && !answer.addresses.empty()) return answer.addresses;
  if (answer.status == ARES_ENOTFOUND || answer.status == ARES_ENODATA || answer.status == ARES_SUCCESS ||
      answer.status == ARES_EBADNAME)
    return Failed(FailureKind::kNoHost, "there is no host " + host,
                  "is the name right, and known to the servers in /etc/resolv.conf?");
  return Failed(FailureKind::kConnect,
                "the name " + host + " cannot be resolved: " + ares_strerror(answer.status));
}

}  // namespace

Outcome<std::vector<SocketAddress>> Resolve(const std::string& host, uint16_t port, Clock::time_point until,
                                            const std::stop_token& stop, const ResolverOptions& options) {
  if (std::optional<SocketAddress> literal = Literal(host, port)) return std::vector{*literal};
  // RFC 6761, 6.3: the loopback, whatever name servers say.
  if (host == "localhost" || host.ends_with(".localhost"))
    return std::vector{*Literal("127.0.0.1", port), *Literal("::1", port)};
  return Ask(host, port, until, stop, options);
}

}  // namespace guard::builder::http
