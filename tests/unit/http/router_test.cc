#include "webhook/http/router.h"

#include <gtest/gtest.h>

namespace guard {
namespace {

RequestHead Post(std::string_view target) {
  RequestHead head;
  head.method = "POST";
  head.target = target;
  head.content_type = "application/json";
  return head;
}

TEST(Router, KnowsItsPaths) {
  auto validate = RouteRequest(Post("/validate/restricted?timeout=10s"));
  ASSERT_TRUE(validate);
  EXPECT_EQ(validate->route, Route::kValidate);
  EXPECT_EQ(validate->profile, "restricted");
  EXPECT_EQ(validate->timeout, std::chrono::seconds(10));
  auto steer = RouteRequest(Post("/steer/ci"));
  ASSERT_TRUE(steer);
  EXPECT_EQ(steer->route, Route::kSteer);
  EXPECT_EQ(steer->profile, "ci");
  EXPECT_FALSE(steer->timeout);
}

TEST(Router, RefusesWithAReason) {
  struct Case {
    std::string_view method, target, content_type, encoding, expect;
    int status;
    std::string_view says;
  } cases[] = {
      {"POST", "/", "application/json", "", "", 404, "/validate/<profile>"},
      {"POST", "/validate", "application/json", "", "", 404, "/steer/<profile>"},
      {"POST", "/validate/", "application/json", "", "", 404, "names no profile"},
      {"POST", "/validate/a/b", "application/json", "", "", 404, "names no profile"},
      {"GET", "/healthz", "", "", "", 404, "no such path"},
      {"GET", "/validate/a", "application/json", "", "", 405, "POST"},
      {"post", "/validate/a", "application/json", "", "", 405, "POST"},
      {"POST", "/validate/a", "", "", "", 415, "application/json"},
      {"POST", "/validate/a", "text/plain", "", "", 415, "application/json"},
      {"POST", "/validate/a", "application/jsonx", "", "", 415, "application/json"},
      {"POST", "/validate/a", "application/json", "gzip", "", 415, "encoding"},
      {"POST", "/validate/a", "application/json", "", "201-maybe", 417, "100-continue"},
      {"POST", "/validate/a?timeout=soon", "application/json", "", "", 400, "10s"},
      {"POST", "/validate/a?timeout=-1s", "application/json", "", "", 400, "10s"},
      {"POST", "/validate/a?timeout=", "application/json", "", "", 400, "10s"},
      {"POST", "/validate/a?timeout=0s", "application/json", "", "", 400, "10s"},
  };
  for (const Case& c : cases) {
    RequestHead head = Post(c.target);
    head.method = c.method;
    head.content_type = c.content_type;
    head.content_encoding = c.encoding;
    head.expect = c.expect;
    auto routed = RouteRequest(head);
    ASSERT_FALSE(routed) << c.target;
    EXPECT_EQ(routed.error().status, c.status) << c.target;
    EXPECT_NE(routed.error().text.find(c.says), std::string::npos) << routed.error().text;
  }
}

TEST(Router, TakesWhatIsEquivalent) {
  RequestHead head = Post("/validate/a?x=1&timeout=1m30s&timeout=2s");
  head.content_type = "Application/JSON ; charset=utf-8";
  head.content_encoding = "Identity";
  head.expect = "100-Continue";
  auto routed = RouteRequest(head);
  ASSERT_TRUE(routed);
  EXPECT_EQ(routed->timeout, std::chrono::seconds(90));
}

TEST(GoDuration, ReadsWhatGoWrites) {
  struct Case {
    std::string_view text;
    int64_t milliseconds;  // -1: none
  } cases[] = {
      {"10s", 10'000}, {"1m30s", 90'000}, {"500ms", 500}, {"1.5s", 1500}, {"2h0m1s", 7'201'000},
      {"0", 0},        {"100us", 0},      {"", -1},       {"10", -1},     {"s", -1},
      {"-1s", -1},     {"1e9s", -1},      {"1s ", -1},    {"inf", -1},    {"99999999999999999999999h", -1}};
  for (const Case& c : cases) {
    auto read = ParseGoDuration(c.text);
    EXPECT_EQ(read ? read->count() : -1, c.milliseconds) << c.text;
  }
}

}  // namespace
}  // namespace guard
