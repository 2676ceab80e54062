#include "rootless-builder/http/retry.h"

namespace guard::builder::http {
namespace {

TEST(Retry, WaitsAsLongAsItIsAsked) {
  auto asked = [](const char* text) {
    Headers headers;
    headers.Add("retry-after", text);
    return RetryAfter(headers, 784111700);
  };
  EXPECT_EQ(asked("7"), Milliseconds(7000));
  EXPECT_EQ(asked("Sun, 06 Nov 1994 08:49:37 GMT"), Milliseconds(77000));
  EXPECT_EQ(asked("Sun, 06 Nov 1984 08:49:37 GMT"), Milliseconds(0));
  for (const char* text : {"", "-1", "soon", "1.5", "99999999999"})
    EXPECT_EQ(asked(text), std::nullopt) << text;
  EXPECT_EQ(Pause(0, Milliseconds(7), Milliseconds(500), Milliseconds(30000), 0), Milliseconds(7));
}

TEST(Retry, PausesGrowUpToABound) {
  EXPECT_EQ(Pause(0, {}, Milliseconds(500), Milliseconds(30000), 0), Milliseconds(500));
  EXPECT_EQ(Pause(3, {}, Milliseconds(500), Milliseconds(30000), 0), Milliseconds(4000));
  EXPECT_EQ(Pause(1000, {}, Milliseconds(500), Milliseconds(30000), 0), Milliseconds(30000));
  EXPECT_GE(Pause(0, {}, Milliseconds(500), Milliseconds(30000), 255), Milliseconds(375));
}

TEST(Redirect, IsJudged) {
  auto judge = [](int status, const char* location, const char* method) {
    Response response{.status = status, .url = *ParseUrl("https://example.com/a")};
    if (location) response.headers.Add("Location", location);
    return Redirect(response, method);
  };
  EXPECT_EQ((*judge(307, "/b", "GET"))->url.ToString(), "https://example.com/b");
  EXPECT_EQ((*judge(302, "https://cdn.test/b", "HEAD"))->method, "HEAD");
  EXPECT_TRUE((*judge(308, "/b", "PUT"))->keep_body);
  EXPECT_FALSE(*judge(302, "/b", "POST"));
  EXPECT_FALSE(*judge(303, "/b", "PUT"));
  EXPECT_FALSE(*judge(200, "/b", "GET"));
  EXPECT_FALSE(*judge(304, "/b", "GET"));
  EXPECT_FALSE(judge(307, nullptr, "GET"));
  EXPECT_FALSE(judge(307, "http://example.com/b", "GET"));
  EXPECT_FALSE(judge(307, "file:///etc/passwd", "GET"));
}

TEST(Retry, OnlyWhatIsSafeToRepeat) {
  for (const char* method : {"GET", "HEAD", "PUT", "DELETE"}) EXPECT_TRUE(IsSafeToRepeat({.method = method}));
  EXPECT_FALSE(IsSafeToRepeat({.method = "POST"}));
  EXPECT_TRUE(IsSafeToRepeat({.method = "POST", .retry = Retry::kAlways}));
  EXPECT_FALSE(IsSafeToRepeat({.method = "GET", .retry = Retry::kNever}));
}

}  // namespace
}  // namespace guard::builder::http
