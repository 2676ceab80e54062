// A TLS load generator for the loopback: keep-alive connections, a fixed number of requests, and then it
// ends.
//
// With --rate requests are sent when they are due, and a latency counts from then: a server that stalls does
// not get its delay forgiven. How late the generator itself sent what could have been sent is told besides:
// on a machine that the two share it is part of the latency, and no fault of the server. Without --rate every
// connection asks again as soon as it has its answer.
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <sstream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

struct Options {
  uint16_t port = 0;
  unsigned connections = 32, threads = 2;
  uint64_t requests = 100'000;
  double rate = 0;  // of all threads together; 0: as fast as answers come
  std::string body_file, path = "/validate/default?timeout=10s";
};

struct Outcome {
  std::vector<float> microseconds;       // from when a request was due
  std::vector<float> late_microseconds;  // of that: until it was sent, where a connection was free
  uint64_t failures = 0;
};

struct Connection {
  SSL* ssl = nullptr;
  int fd = -1;
  bool busy = false;
  Clock::time_point due;
  std::string received;
};

int ConnectTo(uint16_t port) {
  int fd = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  int one = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
  if (::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0) {
    std::perror("connect");
    std::exit(1);
  }
  return fd;
}

// Whether `text` holds a whole answer; `ok`: with status 200.
bool WholeAnswer(const std::string& text, bool* ok) {
  size_t head = text.find("\r\n\r\n");
  if (head == std::string::npos) return false;
  size_t at = text.find("Content-Length: ");
  if (at == std::string::npos || at > head) return false;
  size_t length = std::strtoull(text.c_str() + at + 16, nullptr, 10);
  *ok = text.compare(9, 3, "200") == 0;
  return text.size() >= head + 4 + length;
}

void Work(const Options& options, SSL_CTX* context, const std::string& request, unsigned connections,
          uint64_t requests, double rate, Outcome* outcome) {
  std::vector<Connection> all(connections);
  int poller = ::epoll_create1(0);
  for (size_t i = 0; i < all.size(); ++i) {
    Connection& connection = all[i];
    connection.fd = ConnectTo(options.port);
    connection.ssl = SSL_new(context);
    SSL_set_fd(connection.ssl, connection.fd);
    if (SSL_connect(connection.ssl) != 1) {
      std::fprintf(stderr, "load: the handshake failed\n");
      std::exit(1);
    }
    epoll_event event{};
    // A session ticket makes the socket readable too, and no answer may be on its way.
    ::fcntl(connection.fd, F_SETFL, ::fcntl(connection.fd, F_GETFL) | O_NONBLOCK);
    event.events = EPOLLIN;
    event.data.u64 = i;
    ::epoll_ctl(poller, EPOLL_CTL_ADD, connection.fd, &event);
  }
  outcome->microseconds.reserve(requests);
  outcome->late_microseconds.reserve(requests);
  uint64_t sent = 0, done = 0;
  Clock::time_point begin = Clock::now();
  auto due_of = [&](uint64_t number) {
    return begin + std::chrono::nanoseconds(static_cast<int64_t>(1e9 * static_cast<double>(number) / rate));
  };
  auto send = [&](Connection& connection, Clock::time_point due) {
    connection.due = due;
    connection.busy = true;
    ++sent;
    if (SSL_write(connection.ssl, request.data(), static_cast<int>(request.size())) <= 0) {
      std::fprintf(stderr, "load: a write failed\n");
      std::exit(1);
    }
  };
  size_t free_from = 0;
  Clock::time_point free_since = begin;  // when there was last no free connection
  auto send_due = [&] {
    while (sent < requests) {
      Clock::time_point due = due_of(sent), now = Clock::now();
      if (due > now) return;
      size_t tried = 0;
      while (tried < all.size() && all[free_from % all.size()].busy) ++free_from, ++tried;
      if (tried == all.size()) return;
      Connection& connection = all[free_from++ % all.size()];
      using Microseconds = std::chrono::duration<float, std::micro>;
      outcome->late_microseconds.push_back(Microseconds(now - std::max(due, free_since)).count());
      send(connection, due);
    }
  };
  if (rate == 0)
    for (Connection& connection : all)
      if (sent < requests) send(connection, Clock::now());
  std::vector<epoll_event> events(256);
  char buffer[32768];
  while (done < requests) {
    if (rate > 0) send_due();
    // Exactly until the next one is due: a generator that spins would take the server's core away.
    auto wait = std::chrono::nanoseconds(std::chrono::seconds(1));
    if (rate > 0 && sent < requests)
      wait = std::clamp(std::chrono::nanoseconds(due_of(sent) - Clock::now()), std::chrono::nanoseconds(0),
                        wait);
    timespec timeout{wait.count() / 1'000'000'000, wait.count() % 1'000'000'000};
    // When all connections are busy, what is due waits for an answer.
    bool all_busy = std::all_of(all.begin(), all.end(), [](const Connection& one) { return one.busy; });
    int count = ::epoll_pwait2(poller, events.data(), static_cast<int>(events.size()),
                               all_busy ? nullptr : &timeout, nullptr);
    for (int i = 0; i < count; ++i) {
      Connection& connection = all[events[static_cast<size_t>(i)].data.u64];
      // What OpenSSL has read ahead does not make the socket readable again.
      do {
        int got = SSL_read(connection.ssl, buffer, sizeof(buffer));
        if (got <= 0 && SSL_get_error(connection.ssl, got) == SSL_ERROR_WANT_READ) break;
        if (got <= 0) {
          std::fprintf(stderr, "load: a connection closed\n");
          std::exit(1);
        }
        connection.received.append(buffer, static_cast<size_t>(got));
      } while (SSL_has_pending(connection.ssl));
      bool ok = false;
      if (!WholeAnswer(connection.received, &ok)) continue;
      connection.received.clear();
      connection.busy = false;
      ++done;
      if (!ok) ++outcome->failures;
      Clock::time_point now = Clock::now();
      if (std::exchange(all_busy, false)) free_since = now;
      outcome->microseconds.push_back(std::chrono::duration<float, std::micro>(now - connection.due).count());
      if (rate == 0 && sent < requests) send(connection, now);
    }
  }
  for (Connection& connection : all) {
    SSL_shutdown(connection.ssl);
    SSL_free(connection.ssl);
    ::close(connection.fd);
  }
  ::close(poller);
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app("a bounded TLS load generator for the loopback");
  app.add_option("port", options.port)->required();
  app.add_option("--body", options.body_file)->required();
  app.add_option("--path", options.path);
  app.add_option("--connections", options.connections)->check(CLI::Range(1, 4096));
  app.add_option("--threads", options.threads)->check(CLI::Range(1, 16));
  app.add_option("--requests", options.requests)->check(CLI::Range(1, 20'000'000));
  app.add_option("--rate", options.rate);
  CLI11_PARSE(app, argc, argv);

  std::stringstream body;
  body << std::ifstream(options.body_file).rdbuf();
  std::string request =
      "POST " + options.path +
      " HTTP/1.1\r\nHost: guard-webhook.guard.svc:443\r\nUser-Agent: kube-apiserver-admission\r\n"
      "Content-Length: " +
      std::to_string(body.str().size()) +
      "\r\nAccept: application/json, */*\r\nContent-Type: application/json\r\n"
      "Accept-Encoding: gzip\r\n\r\n" +
      body.str();
  SSL_CTX* context = SSL_CTX_new(TLS_client_method());
  SSL_CTX_set_read_ahead(context, 1);

  std::vector<Outcome> outcomes(options.threads);
  Clock::time_point begin = Clock::now();
  {
    std::vector<std::jthread> threads;
    for (unsigned i = 0; i < options.threads; ++i) {
      unsigned connections = std::max(1u, options.connections / options.threads);
      uint64_t requests = options.requests / options.threads;
      threads.emplace_back(Work, std::cref(options), context, std::cref(request), connections, requests,
                           options.rate / options.threads, &outcomes[i]);
    }
  }
  double seconds = std::chrono::duration<double>(Clock::now() - begin).count();
  std::vector<float> all, late;
  uint64_t failures = 0;
  for (Outcome& outcome : outcomes) {
    all.insert(all.end(), outcome.microseconds.begin(), outcome.microseconds.end());
    late.insert(late.end(), outcome.late_microseconds.begin(), outcome.late_microseconds.end());
    failures += outcome.failures;
  }
  std::sort(all.begin(), all.end());
  std::sort(late.begin(), late.end());
  auto percentile = [](const std::vector<float>& sorted, double part) {
    if (sorted.empty()) return 0.0F;
    return sorted[std::min(sorted.size() - 1,
                           static_cast<size_t>(part * static_cast<double>(sorted.size())))];
  };
  std::printf(
      "{\"requests\":%zu,\"failures\":%llu,\"seconds\":%.3f,\"rate\":%.0f,\"p50_us\":%.0f,\"p99_us\":%.0f,"
      "\"p999_us\":%.0f,\"max_us\":%.0f,\"late_p99_us\":%.0f}\n",
      all.size(), static_cast<unsigned long long>(failures), seconds,
      static_cast<double>(all.size()) / seconds, percentile(all, 0.5), percentile(all, 0.99),
      percentile(all, 0.999), all.back(), percentile(late, 0.99));
  SSL_CTX_free(context);
  return failures == 0 ? 0 : 1;
}
