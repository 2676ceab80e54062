#include "rootless-builder/http/head.h"

namespace guard::builder::http {
namespace {

TEST(AnswerHead, IsRead) {
  Result<AnswerHead> head = ParseAnswerHead(
      "HTTP/1.1 206 Partial Content\r\ncontent-length: 12\r\nWWW-Authenticate: a\r\nwww-authenticate: "
      "b\r\n\r\n");
  ASSERT_TRUE(head);
  EXPECT_EQ(head->status, 206);
  EXPECT_EQ(head->content_length, 12u);
  EXPECT_TRUE(head->keep_alive);
  EXPECT_EQ(head->headers.All("Www-Authenticate"), (std::vector<std::string_view>{"a", "b"}));
  EXPECT_EQ(head->headers.Get("Content-LENGTH"), "12");
  EXPECT_FALSE(ParseAnswerHead("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")->keep_alive);
  EXPECT_FALSE(ParseAnswerHead("HTTP/1.0 200 OK\r\n\r\n")->keep_alive);
  EXPECT_TRUE(ParseAnswerHead("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")->chunked);
}

TEST(AnswerHead, IsRefused) {
  for (const char* text :
       {"\r\n\r\n", "HTTP/2 200 OK\r\n\r\n", "HTTP/1.1 xyz OK\r\n\r\n", "SSH-2.0-OpenSSH\r\n\r\n",
        "HTTP/1.1 099 No\r\n\r\n", "HTTP/1.1 200 OK\r\nA: b\r\n folded\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"})
    EXPECT_FALSE(ParseAnswerHead(text)) << text;
}

TEST(Chunks, AreReadInAnyPieces) {
  const std::string body = "5\r\nhello\r\n6;x=\"y\"\r\n world\r\n0\r\nTrailer: z\r\n\r\nNEXT";
  for (size_t piece = 1; piece <= body.size(); ++piece) {
    ChunkReader reader;
    std::string data;
    size_t at = 0;
    while (!reader.done()) {
      size_t used = 0;
      ASSERT_TRUE(reader.Feed(std::string_view(body).substr(at, piece), &used,
                              [&](std::string_view part) -> Outcome<void> {
                                data += part;
                                return {};
                              }));
      at += used;
    }
    EXPECT_EQ(data, "hello world");
    EXPECT_EQ(body.substr(at), "NEXT");
  }
}

TEST(Chunks, AreRefused) {
  for (const std::string& body :
       {std::string("-5\r\n"), std::string("\r\n"), std::string("5\nhello\r\n"),
        std::string("5\r\nhelloworld\r\n"), std::string("fffffffffffffffff\r\n"), std::string("0x5\r\n"),
        "5" + std::string(2000, ' '), std::string("1\r\na\rb\n")}) {
    ChunkReader reader;
    size_t used = 0;
    EXPECT_FALSE(reader.Feed(body, &used, [](std::string_view) -> Outcome<void> { return {}; })) << body;
  }
}

}  // namespace
}  // namespace guard::builder::http
