#include "webhook/http/status.h"

#include <gtest/gtest.h>

namespace guard {
namespace {

TEST(StatusPage, TellsAliveAndReady) {
  struct Case {
    const char *method, *target;
    bool alive, ready;
    int status;
    const char* body;
  } cases[] = {
      {"GET", "/healthz", true, false, 200, "ok\n"},
      {"GET", "/livez?verbose", true, true, 200, "ok\n"},
      {"HEAD", "/readyz", true, true, 200, "ok\n"},
      {"GET", "/readyz", true, false, 503, "not ready\n"},
      {"GET", "/readyz", false, true, 503, "not ready\n"},
      {"GET", "/livez", false, true, 503, "an event loop does not answer\n"},
      {"GET", "/metrics", false, false, 200, "numbers"},
      {"POST", "/metrics", true, true, 405, "these pages are read with GET\n"},
      {"GET", "/metrics/x", true, true, 404,
       "no such path; there are /healthz, /livez, /readyz and /metrics\n"},
      {"GET", "", true, true, 404, "no such path; there are /healthz, /livez, /readyz and /metrics\n"},
  };
  for (const Case& c : cases) {
    StatusSource source;
    source.alive = [&] { return c.alive; };
    source.ready = [&] { return c.ready; };
    source.metrics = [] { return std::string("numbers"); };
    StatusPage page = MakeStatusPage(c.method, c.target, source);
    EXPECT_EQ(page.status, c.status) << c.method << " " << c.target;
    EXPECT_EQ(page.body, c.body) << c.method << " " << c.target;
  }
}

}  // namespace
}  // namespace guard
