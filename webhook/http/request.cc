// Tested by request_test.cc.
#include "webhook/http/request.h"

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/basic_parser.hpp>

namespace guard {
namespace {

namespace http = boost::beast::http;
using BeastView = boost::beast::string_view;
using ErrorCode = boost::beast::error_code;

// The sessions bound the size of heads; Beast's own bound only must not be smaller.
constexpr uint32_t kAnyHead = 1u << 20;

std::string_view View(BeastView text) { return {text.data(), text.size()}; }

bool IsChunked(BeastView coding) { return boost::beast::iequals(coding, "chunked"); }

// What both parsers do not want to hear about.
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

struct ChunkedBody::Parser final : QuietParser {
  explicit Parser(uint64_t most) : limit(most) {
    header_limit(kAnyHead);
    body_limit(boost::none);
  }
  size_t on_chunk_body_impl(uint64_t remain, BeastView part, ErrorCode& error) override {
    if (remain > limit || body.size() + remain > limit) {
      too_large = true;
      error = http::error::body_limit;
      return 0;
    }
    body.append(part.data(), part.size());
    return part.size();
  }
  void on_chunk_header_impl(uint64_t size, BeastView extensions, ErrorCode& error) override {
    if (size > limit || body.size() + size > limit) {
      too_large = true;
      error = http::error::body_limit;
    } else if (extensions.size() > 1024) {
      error = http::error::bad_chunk_extension;
    }
  }

  uint64_t limit;
  bool too_large = false;
  std::string body;
};

ChunkedBody::ChunkedBody(uint64_t limit) : parser_(std::make_unique<Parser>(limit)) {}
ChunkedBody::~ChunkedBody() = default;

ChunkedBody::State ChunkedBody::Feed(std::string_view bytes, size_t* used) {
  *used = 0;
  while (!parser_->is_done()) {
    ErrorCode error;
    size_t taken = parser_->put(boost::asio::buffer(bytes.data() + *used, bytes.size() - *used), error);
    *used += taken;
    if (error == http::error::need_more) return State::kMore;
    if (error) return parser_->too_large ? State::kTooLarge : State::kBad;
    if (taken == 0 && !parser_->is_done()) return State::kMore;
  }
  return State::kDone;
}

const std::string& ChunkedBody::body() const { return parser_->body; }

}  // namespace guard
