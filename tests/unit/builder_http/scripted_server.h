// A server on a free port of the loopback that answers each request with bytes that a test wrote.
#pragma once

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace guard::test {

class ScriptedServer {
 public:
  // Gets a request's head and body, gives the bytes of the answer. Empty: hangs up. "silence": says nothing.
  using Script = std::function<std::string(const std::string& request)>;

  explicit ScriptedServer(Script script) : script_(std::move(script)) {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    ::bind(listener_, reinterpret_cast<sockaddr*>(&address), size);
    ::listen(listener_, 16);
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    acceptor_ = std::jthread([this](const std::stop_token& stop) { Accept(stop); });
  }
  ~ScriptedServer() {
    acceptor_.request_stop();
    acceptor_.join();
    ::close(listener_);
  }

  uint16_t port() const { return port_; }
  std::string url(const std::string& target) const {
    return "http://127.0.0.1:" + std::to_string(port_) + target;
  }
  std::vector<std::string> requests() const {
    std::lock_guard lock(mutex_);
    return requests_;
  }
  int connections() const {
    std::lock_guard lock(mutex_);
    return connections_;
  }

 private:
  static bool Ready(int descriptor, const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      pollfd polled{.fd = descriptor, .events = POLLIN, .revents = 0};
      if (::poll(&polled, 1, 20) > 0) return true;
    }
    return false;
  }

  void Accept(const std::stop_token& stop) {
    std::vector<std::jthread> sessions;
    while (Ready(listener_, stop)) {
      int connection = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (connection < 0) continue;
      {
        std::lock_guard lock(mutex_);
        ++connections_;
      }
      sessions.emplace_back([this, connection](const std::stop_token& end) {
        Serve(connection, end);
        ::close(connection);
      });
    }
  }

  void Serve(int connection, const std::stop_token& stop) {
    std::string bytes;
    for (;;) {
      size_t head;
      while ((head = bytes.find("\r\n\r\n")) == std::string::npos)
        if (!More(connection, stop, &bytes)) return;
      size_t length = 0, at = bytes.find("Content-Length: ");
      if (at < head) length = std::stoul(bytes.substr(at + 16));
      // One that asks for an early answer gets it before its body was read.
      bool early = bytes.find("/early") < head;
      while (!early && bytes.size() < head + 4 + length)
        if (!More(connection, stop, &bytes)) return;
      std::string request = bytes.substr(0, head + 4 + (early ? 0 : length));
      bytes.erase(0, request.size());
      std::string answer = script_(request);
      {
        std::lock_guard lock(mutex_);
        requests_.push_back(request);
      }
      if (answer == "silence") answer.clear(), (void)More(connection, stop, &bytes);
      if (answer.empty()) return;
      ::send(connection, answer.data(), answer.size(), MSG_NOSIGNAL);
      if (answer.find("Connection: close") != std::string::npos) return;
    }
  }

  static bool More(int connection, const std::stop_token& stop, std::string* bytes) {
    if (!Ready(connection, stop)) return false;
    char piece[4096];
    ssize_t count = ::recv(connection, piece, sizeof(piece), 0);
    if (count <= 0) return false;
    bytes->append(piece, static_cast<size_t>(count));
    return true;
  }

  Script script_;
  int listener_ = -1;
  uint16_t port_ = 0;
  mutable std::mutex mutex_;
  std::vector<std::string> requests_;
  int connections_ = 0;
  std::jthread acceptor_;
};

inline std::string Answer(const std::string& body, const std::string& status = "200 OK",
                          const std::string& headers = "") {
  return "HTTP/1.1 " + status + "\r\n" + headers + "Content-Length: " + std::to_string(body.size()) +
         "\r\n\r\n" + body;
}

}  // namespace guard::test
