#include "webhook/http/response.h"

#include <gtest/gtest.h>

namespace guard {
namespace {

TEST(Response, IsAHeadAndABody) {
  std::string out = "before|";
  AppendResponse({.date = "Date: now\r\n"}, "{}", &out);
  EXPECT_EQ(
      out,
      "before|HTTP/1.1 200 OK\r\nDate: now\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}");
}

TEST(Response, SaysWhetherTheConnectionStays) {
  std::string out;
  AppendText({.status = 405, .header = "Allow: POST\r\n", .keep_alive = false}, "no", &out);
  EXPECT_EQ(
      out,
      "HTTP/1.1 405 Method Not Allowed\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 3\r\n"
      "Allow: POST\r\nConnection: close\r\n\r\nno\n");
  out.clear();
  AppendResponse({.http10 = true}, "", &out);
  EXPECT_NE(out.find("Connection: keep-alive\r\n"), std::string::npos);
}

}  // namespace
}  // namespace guard
