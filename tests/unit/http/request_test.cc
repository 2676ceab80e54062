#include "webhook/http/request.h"

#include <gtest/gtest.h>

namespace guard {
namespace {

int StatusOf(std::string_view text) {
  RequestHead head;
  return ParseHead(text, &head);
}

TEST(RequestHead, ReadsWhatTheServerCaresAbout) {
  RequestHead head;
  ASSERT_EQ(
      ParseHead("POST /validate/a?timeout=10s HTTP/1.1\r\nhost: x\r\nCONTENT-TYPE:  application/json \r\n"
                "Content-Length: 12\r\nExpect: 100-continue\r\nContent-Encoding: gzip\r\n\r\n",
                &head),
      0);
  EXPECT_EQ(head.method, "POST");
  EXPECT_EQ(head.target, "/validate/a?timeout=10s");
  EXPECT_EQ(head.content_type, "application/json");
  EXPECT_EQ(head.content_encoding, "gzip");
  EXPECT_EQ(head.expect, "100-continue");
  EXPECT_TRUE(head.has_length);
  EXPECT_EQ(head.content_length, 12u);
  EXPECT_FALSE(head.chunked);
  EXPECT_TRUE(head.keep_alive);
}

TEST(RequestHead, KnowsWhenAConnectionStaysOpen) {
  struct Case {
    std::string_view text;
    bool keep_alive;
  } cases[] = {
      {"GET / HTTP/1.1\r\nHost: x\r\n\r\n", true},
      {"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", false},
      {"GET / HTTP/1.1\r\nHost: x\r\nConnection: x, Close\r\n\r\n", false},
      {"GET / HTTP/1.0\r\n\r\n", false},
      {"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", true},
  };
  for (const Case& c : cases) {
    RequestHead head;
    EXPECT_EQ(ParseHead(c.text, &head), 0) << c.text;
    EXPECT_EQ(head.keep_alive, c.keep_alive) << c.text;
  }
}

TEST(RequestHead, RefusesWhatTwoReadersCouldReadDifferently) {
  struct Case {
    int status;
    std::string_view text;
  } cases[] = {
      {400, "garbage\r\n\r\n"},
      {400, "\x16\x03\x01\r\n\r\n"},
      {400, "POST / HTTP/1.1\r\n\r\n"},  // no host
      {400, "POST / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"},
      {400, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n"},
      {400, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n"},
      {400, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999\r\n\r\n"},
      {400, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"},
      {400, "POST / HTTP/1.1\r\nHost: a\r\nbad header\r\n\r\n"},
      {400, "POST / HTTP/1.1\r\nHost: a\r\nContent-Type: application/\r\n json\r\n\r\n"},
      {400, "POST / HTTP/1.1\r\nHost: a\r\nX: y\r\n\tz\r\n\r\n"},
      {400, "POST  / HTTP/1.1\r\nHost: a\r\n\r\n"},
      {400, std::string_view("POST / HTTP/1.1\r\nHost: a\0\r\n\r\n", 30)},
      {505, "PRI * HTTP/2.0\r\n\r\n"},
      {0, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"},
  };
  for (const Case& c : cases) EXPECT_EQ(StatusOf(c.text), c.status) << c.text;
}

TEST(RequestHead, OnlyChunkedIsATransferCoding) {
  EXPECT_EQ(StatusOf("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n"), 501);
  EXPECT_EQ(StatusOf("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n"), 501);
}

TEST(HeadEnd, IsFoundAcrossPieces) {
  std::string_view text = "GET / HTTP/1.1\r\nHost: x\r\n\r\nbody";
  for (size_t seen = 0; seen <= 27; ++seen) {
    EXPECT_EQ(FindHeadEnd(text.substr(0, seen), 0), seen == 27 ? 27 : std::string_view::npos);
    EXPECT_EQ(FindHeadEnd(text, seen > 26 ? 26 : seen), 27u) << seen;
  }
}

// Feeds `text` in pieces of `step` bytes; gives the last state.
ChunkedBody::State FeedBy(size_t step, std::string_view text, ChunkedBody* body) {
  std::string waiting;
  ChunkedBody::State state = ChunkedBody::State::kMore;
  for (size_t at = 0; at < text.size() && state == ChunkedBody::State::kMore; at += step) {
    waiting += text.substr(at, step);
    size_t used = 0;
    state = body->Feed(waiting, &used);
    waiting.erase(0, used);
  }
  return state;
}

TEST(ChunkedBody, ReadsInPiecesOfAnySize) {
  std::string_view text = "4\r\nWiki\r\n6;a=b\r\npedia \r\n0\r\nTrailer: x\r\n\r\n";
  for (size_t step : {1, 2, 3, 5, 7, 100}) {
    ChunkedBody body(100);
    EXPECT_EQ(FeedBy(step, text, &body), ChunkedBody::State::kDone) << step;
    EXPECT_EQ(body.body(), "Wikipedia ") << step;
  }
}

TEST(ChunkedBody, KeepsItsLimit) {
  for (std::string_view chunks : {"b\r\n12345678901\r\n0\r\n\r\n", "6\r\n123456\r\n6\r\n123456\r\n0\r\n\r\n",
                                  "ffffffffffffffff\r\n", "fffffffffffffff\r\nx"}) {
    ChunkedBody body(10);
    ChunkedBody::State state = FeedBy(1, chunks, &body);
    EXPECT_TRUE(state == ChunkedBody::State::kTooLarge || state == ChunkedBody::State::kBad) << chunks;
    EXPECT_LE(body.body().size(), 10u);
  }
}

TEST(ChunkedBody, RefusesGarbage) {
  for (std::string_view chunks :
       {"zz\r\n", "4\r\nWikiX\r\n0\r\n\r\n", "-1\r\n", "4 4\r\nWiki\r\n", "0\nX: y\r\n\r\n", ";a\r\n", "\r\n",
        "4\r\nWiki\n0\r\n\r\n", "0x4\r\nWiki\r\n", "+4\r\nWiki\r\n", "4\r\rWiki\r\n"}) {
    ChunkedBody body(100);
    EXPECT_EQ(FeedBy(100, chunks, &body), ChunkedBody::State::kBad) << chunks;
  }
}

}  // namespace
}  // namespace guard
