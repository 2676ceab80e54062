// The webhook's own sockets without its judging: the same bytes for every review, so that the price of the
// server and that of the decision can be told apart.
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/signal_set.hpp>
#include <fstream>
#include <iostream>
#include <sstream>
#include <thread>

#include "webhook/http/listener.h"

namespace {

class SameAnswer final : public guard::Handler {
 public:
  explicit SameAnswer(std::string answer) : answer_(std::move(answer)) {}
  When Handle(const guard::Call& /*call*/, guard::Reply* reply, guard::Pending& /*pending*/) override {
    reply->body = answer_;
    return When::kNow;
  }

 private:
  std::string answer_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) {
    std::cerr << "usage: webhook_plain CERTIFICATE KEY ANSWER THREADS\n";
    return 2;
  }
  auto tls = guard::TlsContext::Load({.certificate = argv[1], .key = argv[2]});
  if (!tls) {
    std::cerr << guard::ToString(tls.error()) << '\n';
    return 2;
  }
  std::stringstream answer;
  answer << std::ifstream(argv[3]).rdbuf();
  SameAnswer handler(answer.str());
  guard::Limits limits;
  std::vector<std::unique_ptr<guard::Loop>> loops;
  std::vector<guard::Loop*> all;
  std::vector<std::jthread> threads;
  for (int i = 0; i < std::stoi(argv[4]); ++i) {
    loops.push_back(std::make_unique<guard::Loop>(limits, limits.memory, *tls, &handler));
    all.push_back(loops.back().get());
    threads.emplace_back([loop = loops.back().get()] { loop->Run(); });
  }
  boost::asio::io_context control(1);
  auto acceptor = guard::Listen(control, *guard::ParseEndpoint("127.0.0.1:0"));
  guard::Listener listener(control, std::move(*acceptor), all, limits.connections);
  listener.Start();
  std::cout << listener.endpoint().port() << std::endl;
  boost::asio::signal_set signals(control, SIGTERM, SIGINT);
  signals.async_wait([&](auto, int) { control.stop(); });
  control.run();
  for (auto& loop : loops) loop->Stop();
}
