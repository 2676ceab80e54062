// Tested by request_test.cc.
#include "webhook/http/request.h"

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <charconv>

namespace guard {
namespace {

namespace http = boost::beast::http;
using BeastView = boost::beast::string_view;
using ErrorCode = boost::beast::error_code;

// The sessions bound the size of heads; Beast's own bound only must not be smaller.
constexpr uint32_t kAnyHead = 1u << 20;
constexpr size_t kLongestLine = 1024, kLongestTrailer = 8192;  // around chunks

std::string_view View(BeastView text) { return {text.data(), text.size()}; }

bool IsChunked(BeastView coding) { return boost::beast::iequals(coding, "chunked"); }

// What is not asked about.
class QuietParser : public http::basic_parser<true> {
 protected:
  void on_request_impl(http::verb /*method*/, BeastView /*text*/, BeastView /*target*/, int /*version*/,
                       ErrorCode& /*error*/) override {}
  void on_response_impl(int /*code*/, BeastView /*reason*/, int /*version*/, ErrorCode& /*error*/) override {}
  void on_field_impl(http::field /*name*/, BeastView /*text*/, BeastView /*value*/,
                     ErrorCode& /*error*/) override {}
  void on_header_impl(ErrorCode& /*error*/) override {}
  void on_body_init_impl(const boost::optional<uint64_t>& /*length*/, ErrorCode& /*error*/) override {}
  size_t on_body_impl(BeastView body, ErrorCode& /*error*/) override { return body.size(); }
  void on_chunk_header_impl(uint64_t /*size*/, BeastView /*extensions*/, ErrorCode& /*error*/) override {}
  size_t on_chunk_body_impl(uint64_t /*remain*/, BeastView body, ErrorCode& /*error*/) override {
    return body.size();
  }
  void on_finish_impl(ErrorCode& /*error*/) override {}
};

class HeadParser final : public QuietParser {
 public:
  explicit HeadParser(RequestHead* head) : head_(head) {
    header_limit(kAnyHead);
    body_limit(boost::none);
  }
  int hosts() const { return hosts_; }
  int version() const { return version_; }
  bool only_chunked() const { return only_chunked_; }

 private:
  void on_request_impl(http::verb /*method*/, BeastView method, BeastView target, int version,
                       ErrorCode& /*error*/) override {
    head_->method = View(method);
    head_->target = View(target);
    version_ = version;
  }
  void on_field_impl(http::field name, BeastView /*text*/, BeastView value, ErrorCode& /*error*/) override {
    switch (name) {
      case http::field::content_type: head_->content_type = View(value); break;
      case http::field::content_encoding: head_->content_encoding = View(value); break;
      case http::field::expect: head_->expect = View(value); break;
      case http::field::host: ++hosts_; break;
      case http::field::transfer_encoding: only_chunked_ &= ++codings_ == 1 && IsChunked(value); break;
      default: break;
    }
  }

  RequestHead* head_;
  int hosts_ = 0, codings_ = 0, version_ = 0;
  bool only_chunked_ = true;
};

}  // namespace

size_t FindHeadEnd(std::string_view bytes, size_t from) {
  size_t at = bytes.find("\r\n\r\n", from < 3 ? 0 : from - 3);
  return at == std::string_view::npos ? at : at + 4;
}

int ParseHead(std::string_view bytes, RequestHead* head) {
  *head = {};
  // Folded lines are refused (RFC 9112 5.2): proxies and servers read them differently, and Beast unfolds
  // them into a buffer that is gone when it returns.
  if (bytes.find("\r\n ") != std::string_view::npos || bytes.find("\r\n\t") != std::string_view::npos)
    return 400;
  HeadParser parser(head);
  ErrorCode error;
  size_t used = parser.put(boost::asio::buffer(bytes.data(), bytes.size()), error);
  if (error == http::error::bad_version) return 505;
  if (error || !parser.is_header_done() || used != bytes.size()) return 400;
  if (parser.version() == 11 && parser.hosts() != 1) return 400;
  if (!parser.only_chunked()) return 501;
  head->keep_alive = parser.keep_alive();
  head->http10 = parser.version() == 10;
  head->chunked = parser.chunked();
  if (auto length = parser.content_length()) {
    head->has_length = true;
    head->content_length = *length;
  }
  return 0;
}

std::optional<std::string_view> ChunkedBody::Line(std::string_view rest, State* state) {
  *state = State::kMore;
  size_t end = rest.substr(0, kLongestLine + 2).find('\n');
  if (end == std::string_view::npos) {
    if (rest.size() >= kLongestLine + 2) *state = State::kBad;
    return std::nullopt;
  }
  // A line ends in both: who takes one alone for an end reads another body than who does not.
  if (end == 0 || rest.find('\r') != end - 1) {
    *state = State::kBad;
    return std::nullopt;
  }
  return rest.substr(0, end - 1);
}

ChunkedBody::State ChunkedBody::ReadSize(std::string_view line) {
  std::string_view digits = line.substr(0, line.find(';'));
  uint64_t size = 0;
  auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), size, 16);
  if (digits.empty() || digits.size() > 15 || error != std::errc() || end != digits.data() + digits.size())
    return State::kBad;
  if (size > limit_ || body_.size() + size > limit_) return State::kTooLarge;
  remaining_ = size;
  stage_ = size == 0 ? Stage::kTrailer : Stage::kData;
  return State::kMore;
}

ChunkedBody::State ChunkedBody::Feed(std::string_view bytes, size_t* used) {
  *used = 0;
  while (stage_ != Stage::kDone) {
    std::string_view rest = bytes.substr(*used);
    if (stage_ == Stage::kData) {
      size_t part = static_cast<size_t>(std::min<uint64_t>(remaining_, rest.size()));
      body_.append(rest.substr(0, part));
      *used += part;
      remaining_ -= part;
      if (remaining_ > 0) return State::kMore;
      stage_ = Stage::kEndOfData;
      continue;
    }
    State state;
    std::optional<std::string_view> line = Line(rest, &state);
    if (!line) return state;
    *used += line->size() + 2;
    if (stage_ == Stage::kSize) {
      if (State read = ReadSize(*line); read != State::kMore) return read;
    } else if (stage_ == Stage::kEndOfData) {
      if (!line->empty()) return State::kBad;
      stage_ = Stage::kSize;
    } else if (line->empty()) {
      stage_ = Stage::kDone;
    } else {
      trailer_ += line->size();
      if (trailer_ > kLongestTrailer) return State::kBad;
    }
  }
  return State::kDone;
}

}  // namespace guard
