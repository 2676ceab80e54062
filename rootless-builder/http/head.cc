// Tested by head_test.cc, fuzzed by registry_fuzz.cc.
#include "rootless-builder/http/head.h"

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <charconv>

namespace guard::builder::http {
namespace {

namespace beast_http = boost::beast::http;
using BeastView = boost::beast::string_view;
using ErrorCode = boost::beast::error_code;

constexpr size_t kMostFields = 256;
constexpr size_t kLongestLine = 1024, kLongestTrailer = 8192;  // around chunks

class HeadParser final : public beast_http::basic_parser<false> {
 public:
  explicit HeadParser(AnswerHead* head) : head_(head) {
    header_limit(static_cast<uint32_t>(kLargestHead));
    body_limit(boost::none);
  }
  bool only_chunked() const { return only_chunked_; }

 private:
  void on_request_impl(beast_http::verb /*method*/, BeastView /*text*/, BeastView /*target*/, int /*version*/,
                       ErrorCode& /*error*/) override {}
  void on_response_impl(int code, BeastView /*reason*/, int /*version*/, ErrorCode& /*error*/) override {
    head_->status = code;
  }
  void on_field_impl(beast_http::field name, BeastView text, BeastView value, ErrorCode& error) override {
    if (name == beast_http::field::transfer_encoding)
      only_chunked_ &= ++codings_ == 1 && boost::beast::iequals(value, "chunked");
    if (head_->headers.size() == kMostFields) {
      error = beast_http::error::header_limit;
      return;
    }
    head_->headers.Add({text.data(), text.size()}, {value.data(), value.size()});
  }
  void on_header_impl(ErrorCode& /*error*/) override {}
  void on_body_init_impl(const boost::optional<uint64_t>& /*length*/, ErrorCode& /*error*/) override {}
  size_t on_body_impl(BeastView body, ErrorCode& /*error*/) override { return body.size(); }
  void on_chunk_header_impl(uint64_t /*size*/, BeastView /*extensions*/, ErrorCode& /*error*/) override {}
  size_t on_chunk_body_impl(uint64_t /*remain*/, BeastView body, ErrorCode& /*error*/) override {
    return body.size();
  }
  void on_finish_impl(ErrorCode& /*error*/) override {}

  AnswerHead* head_;
  int codings_ = 0;
  bool only_chunked_ = true;
};

std::unexpected<Failure> BadChunks(const char* why) {
  return Failed(FailureKind::kRefused, std::string("the answer's chunks cannot be read: ") + why);
}

}  // namespace

size_t FindHeadEnd(std::string_view bytes, size_t from) {
  size_t at = bytes.find("\r\n\r\n", from < 3 ? 0 : from - 3);
  return at == std::string_view::npos ? at : at + 4;
}

Result<AnswerHead> ParseAnswerHead(std::string_view bytes) {
  // Folded lines are refused (RFC 9112, 5.2): they are read differently everywhere.
  if (bytes.find("\r\n ") != std::string_view::npos || bytes.find("\r\n\t") != std::string_view::npos)
    return Fail("the answer's head has folded lines");
  AnswerHead head;
  HeadParser parser(&head);
  ErrorCode error;
  size_t used = parser.put(boost::asio::buffer(bytes.data(), bytes.size()), error);
  if (error) return Fail("the answer is no HTTP/1.1: " + error.message());
  if (!parser.is_header_done() || used != bytes.size()) return Fail("the answer is no HTTP/1.1");
  if (head.status < 100 || head.status > 599) return Fail("the answer has a status that does not exist");
  if (!parser.only_chunked()) return Fail("the answer has a transfer coding that is not chunked");
  head.keep_alive = parser.keep_alive();
  head.chunked = parser.chunked();
  if (auto length = parser.content_length(); length && !head.chunked) head.content_length = *length;
  return head;
}

Outcome<void> ChunkReader::TakeLine() {
  if (line_.empty() || line_.back() != '\r' || line_.find('\r') != line_.size() - 1)
    return BadChunks("a line does not end in CR LF");
  std::string_view line(line_.data(), line_.size() - 1);
  if (stage_ == Stage::kSize) {
    std::string_view digits = line.substr(0, line.find(';'));
    while (digits.ends_with(' ') || digits.ends_with('\t')) digits.remove_suffix(1);
    auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), remaining_, 16);
    if (digits.empty() || digits.size() > 15 || error != std::errc() || end != digits.data() + digits.size())
      return BadChunks("a size is no number");
    stage_ = remaining_ == 0 ? Stage::kTrailer : Stage::kData;
  } else if (stage_ == Stage::kEndOfData) {
    if (!line.empty()) return BadChunks("a chunk is longer than its size");
    stage_ = Stage::kSize;
  } else if (line.empty()) {
    stage_ = Stage::kDone;
  } else {
    trailer_ += line.size();
    if (trailer_ > kLongestTrailer) return BadChunks("the trailer is too long");
  }
  line_.clear();
  return {};
}

Outcome<void> ChunkReader::Feed(std::string_view bytes, size_t* used, const Sink& sink) {
  *used = 0;
  while (stage_ != Stage::kDone && *used < bytes.size()) {
    std::string_view rest = bytes.substr(*used);
    if (stage_ == Stage::kData) {
      std::string_view data =
          rest.substr(0, static_cast<size_t>(std::min<uint64_t>(remaining_, rest.size())));
      TRY_OUTCOME_VOID(sink(data));
      *used += data.size();
      remaining_ -= data.size();
      if (remaining_ == 0) stage_ = Stage::kEndOfData;
      continue;
    }
    size_t end = rest.find('\n');
    std::string_view part = rest.substr(0, end);
    if (line_.size() + part.size() > kLongestLine) return BadChunks("a line is too long");
    line_ += part;
    *used += part.size();
    if (end == std::string_view::npos) return {};
    *used += 1;
    TRY_OUTCOME_VOID(TakeLine());
  }
  return {};
}

}  // namespace guard::builder::http
