// stand-in --ports 2375,2376: CI systems wait for a daemon's port before a job begins. Here is none: the port
// takes connections, and whoever asks it for something is told what to do instead.
//
// One thread, one poll loop; connections, bytes and time are bounded. /_ping is what service checks ask, so
// it says OK; everything else is refused in the shape of Docker's errors, which its clients print. Tested by
// tests/unit/cli/stand_ins_test.cc and tests/e2e/builder_standins.sh.
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <list>

#include "policies/base/files.h"
#include "rootless-builder/cli/common_options.h"
#include "rootless-builder/cli/stand_ins.h"

namespace guard::builder {

namespace {

using Clock = std::chrono::steady_clock;
constexpr size_t kConnections = 64, kLargestHead = 16u << 10;
constexpr std::chrono::seconds kPatience{10};
constexpr std::string_view kMessage =
    "there is no Docker daemon here: images are built by rootless-builder, which needs none. Call docker "
    "build and "
    "docker push with the docker in PATH (rootless-builder), or rootless-builder build; containers cannot be "
    "run";

struct Connection {
  Fd fd;
  Clock::time_point end;
  std::string in, out;
  size_t sent = 0;
};

Result<Fd> Listen(const std::string& address, uint16_t port) {
  bool six = address.find(':') != std::string::npos;
  Fd fd(socket(six ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) return FailErrno("open a socket for", address);
  int on = 1;
  setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in v4{};
  sockaddr_in6 v6{};
  v4.sin_family = AF_INET, v4.sin_port = htons(port);
  v6.sin6_family = AF_INET6, v6.sin6_port = htons(port);
  if (inet_pton(six ? AF_INET6 : AF_INET, address.c_str(),
                six ? static_cast<void*>(&v6.sin6_addr) : static_cast<void*>(&v4.sin_addr)) != 1)
    return Fail("'" + address + "' is no address", "write 0.0.0.0, 127.0.0.1 or ::");
  const sockaddr* where =
      six ? reinterpret_cast<const sockaddr*>(&v6) : reinterpret_cast<const sockaddr*>(&v4);
  std::string name = (six ? "[" + address + "]" : address) + ":" + std::to_string(port);
  if (bind(fd.get(), where, six ? sizeof v6 : sizeof v4) != 0 || listen(fd.get(), 64) != 0)
    return FailErrno("listen at", name);
  return fd;
}

void Log(const char* text) { fprintf(stderr, "stand-in: %s\n", text); }

// False: the connection is over.
bool Read(Connection& connection) {
  char buffer[4096];
  ssize_t got = recv(connection.fd.get(), buffer, sizeof buffer, 0);
  if (got < 0) return errno == EAGAIN || errno == EINTR;
  if (got == 0) return false;
  connection.in.append(buffer, static_cast<size_t>(got));
  if (connection.in[0] == '\x16') {
    Log("a client spoke TLS: there is no Docker daemon here, see docs/migrating.md");
    // Alert: fatal, handshake failure.
    connection.out.assign("\x15\x03\x03\x00\x02\x02\x28", 7);
    return true;
  }
  bool whole = connection.in.find("\r\n\r\n") != std::string::npos;
  if (!whole && connection.in.size() < kLargestHead) return true;
  connection.out = AnswerFor(connection.in);
  return true;
}

bool Write(Connection& connection) {
  ssize_t wrote = send(connection.fd.get(), connection.out.data() + connection.sent,
                       connection.out.size() - connection.sent, MSG_NOSIGNAL);
  if (wrote < 0) return errno == EAGAIN || errno == EINTR;
  connection.sent += static_cast<size_t>(wrote);
  return connection.sent < connection.out.size();
}

void Serve(const std::vector<Fd>& listeners, const std::atomic<bool>& stop) {
  std::list<Connection> connections;
  while (!stop) {
    std::vector<pollfd> fds;
    bool room = connections.size() < kConnections;
    for (const Fd& fd : listeners) fds.push_back({fd.get(), static_cast<short>(room ? POLLIN : 0), 0});
    for (const Connection& one : connections)
      fds.push_back({one.fd.get(), static_cast<short>(one.out.empty() ? POLLIN : POLLOUT), 0});
    if (poll(fds.data(), fds.size(), 200) < 0) continue;  // a signal, perhaps the last one
    size_t at = listeners.size();
    for (auto one = connections.begin(); one != connections.end(); ++at) {
      bool alive = Clock::now() < one->end;
      if (alive && fds[at].revents != 0) alive = one->out.empty() ? Read(*one) : Write(*one);
      one = alive ? std::next(one) : connections.erase(one);
    }
    for (size_t i = 0; i < listeners.size(); ++i) {
      if ((fds[i].revents & POLLIN) == 0) continue;
      Fd fd(accept4(listeners[i].get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
      if (fd) connections.push_back({.fd = std::move(fd), .end = Clock::now() + kPatience});
    }
  }
}

}  // namespace

std::string AnswerFor(std::string_view request) {
  std::string_view line = request.substr(0, request.find("\r\n"));
  size_t space = line.find(' ');
  std::string_view method = line.substr(0, space);
  std::string_view path = space == std::string_view::npos ? "" : line.substr(space + 1);
  path = path.substr(0, path.find_first_of(" ?"));
  bool http = line.find(" HTTP/1.") != std::string_view::npos;
  bool ping = http && path == "/_ping" && (method == "GET" || method == "HEAD");
  std::string body = ping ? "OK" : "{\"message\":\"" + std::string(kMessage) + "\"}\n";
  std::string status = ping ? "200 OK" : http ? "503 Service Unavailable" : "400 Bad Request";
  std::string answer = "HTTP/1.1 " + status + "\r\nServer: rootless-builder\r\nContent-Type: " +
                       (ping ? "text/plain; charset=utf-8" : "application/json") +
                       "\r\nContent-Length: " + std::to_string(body.size()) + "\r\nConnection: close\r\n\r\n";
  return method == "HEAD" ? answer : answer + body;
}

int RunPorts(const Words& words, const Session& session) {
  FlagTable table(
      "rootless-builder stand-in", "--ports PORT[,PORT...] [--address ADDRESS]",
      "Takes connections where a daemon is waited for, and says what to do instead of asking it.");
  std::string ports, address = "0.0.0.0";
  table.Text("ports", "LIST", "Ports to listen at: 2375,2376", ports);
  table.Text("address", "ADDRESS", "Address to listen at (default: 0.0.0.0)", address);
  auto read = ReadWords(table, words, 0, 0, 2);
  if (!read) return read.error();
  std::vector<Fd> listeners;
  for (const std::string& text : SplitList(ports)) {
    auto port = ParseNumber<uint16_t>(text);
    if (!port || *port == 0) return Report(Fail("'" + text + "' is no port").error(), 2);
    auto fd = Listen(address, *port);
    if (!fd) return Report(fd.error(), 1);
    listeners.push_back(std::move(*fd));
  }
  if (listeners.empty() || listeners.size() > 16)
    return Report(Fail("the stand-in needs between one and 16 ports", "--ports 2375,2376").error(), 2);
  Log("no Docker daemon is here; connections are answered with what to do instead");
  Serve(listeners, *session.stop);
  return 0;
}

}  // namespace guard::builder
