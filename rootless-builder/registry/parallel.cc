// Tested by transfer_test.cc.
#include "rootless-builder/registry/parallel.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

namespace guard::builder {

Result<void> SideBySide(size_t count, int threads, const std::stop_token& stop,
                        const std::function<Result<void>(size_t index, const std::stop_token& stop)>& job) {
  std::stop_source source;
  std::stop_callback outer(stop, [&source] { source.request_stop(); });
  std::stop_token token = source.get_token();
  std::atomic<size_t> next = 0;
  std::mutex mutex;
  std::optional<std::pair<size_t, Error>> failed;
  auto work = [&] {
    for (size_t index = next++; index < count && !token.stop_requested(); index = next++) {
      Result<void> result = job(index, token);
      if (result) continue;
      std::lock_guard lock(mutex);
      // Whoever fails after the stop fails because of it.
      if (!token.stop_requested() || (failed && index < failed->first && result.error().message != "stopped"))
        failed.emplace(index, std::move(result.error()));
      source.request_stop();
    }
  };
  {
    std::vector<std::jthread> helpers;
    size_t more = std::min<size_t>(count, static_cast<size_t>(std::max(threads, 1)));
    for (size_t i = 1; i < more; ++i) helpers.emplace_back(work);
    work();
  }
  if (failed) return Fail(std::move(failed->second));
  if (stop.stop_requested()) return Fail("stopped");
  return {};
}

}  // namespace guard::builder
