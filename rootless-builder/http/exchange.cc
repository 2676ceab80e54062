// Tested by client_test.cc.
#include "rootless-builder/http/exchange.h"

#include <algorithm>
#include <memory>

namespace guard::builder::http {
namespace {

constexpr size_t kPiece = 128u << 10;
constexpr size_t kLargestErrorText = 64u << 10;  // of an answer that is no 2xx
constexpr int kMostInterim = 8;                  // 1xx answers before the real one

bool IsToken(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
  });
}

bool IsFieldValue(std::string_view text) {
  return std::ranges::all_of(text, [](char c) {
    auto byte = static_cast<unsigned char>(c);
    return (byte >= ' ' && byte != 0x7f) || c == '\t';
  });
}

std::unexpected<Failure> Refused(const Url& url, const std::string& why) {
  return Failed(FailureKind::kRefused, url.ForShow() + ": " + why);
}

// The bytes that have come and are not used yet.
struct Input {
  Stream& stream;
  const Limits& limits;
  Progressed* progressed;
  std::unique_ptr<char[]> piece = std::make_unique<char[]>(kPiece);
  std::string held;  // up to the end of a head

  Outcome<AnswerHead> Head(const Url& url) {
    size_t seen = 0;
    for (;;) {
      size_t end = FindHeadEnd(held, seen);
      if (end != std::string::npos) {
        Result<AnswerHead> head = ParseAnswerHead(std::string_view(held).substr(0, end));
        if (!head) return Refused(url, head.error().message);
        held.erase(0, end);
        return std::move(*head);
      }
      if (held.size() > kLargestHead) return Refused(url, "the answer's head is larger than 64 KiB");
      seen = held.size();
      size_t count = TRY_OUTCOME(stream.Read(piece.get(), kPiece, limits));
      if (count == 0)
        return Failed(FailureKind::kBroken, "the connection ended before " + url.authority() + " answered");
      progressed->answered = true;
      held.append(piece.get(), count);
    }
  }

  // What is there, or comes next; empty at the end.
  Outcome<std::string_view> Some() {
    if (!held.empty()) return std::string_view(held);
    size_t count = TRY_OUTCOME(stream.Read(piece.get(), kPiece, limits));
    return std::string_view(piece.get(), count);
  }
  void Used(size_t count) {
    if (!held.empty()) held.erase(0, count);
  }
};

// Where the bytes of a body go: to the caller's sink, or into the response.
class Receiver {
 public:
  Receiver(const Wire& wire, Response* response, Progressed* progressed)
      : wire_(wire), response_(response), progressed_(progressed) {}

  bool truncated() const { return truncated_; }

  Outcome<void> Take(std::string_view bytes) {
    if (truncated_) return {};
    response_->body_size += bytes.size();
    if (!response_->ok()) {
      size_t room = kLargestErrorText - response_->body.size();
      response_->body += bytes.substr(0, room);
      truncated_ = bytes.size() > room;
      return {};
    }
    if (response_->body_size > wire_.request->limit) return TooLarge();
    if (!wire_.request->sink) {
      response_->body += bytes;
      return {};
    }
    progressed_->delivered = true;
    Result<void> taken = wire_.request->sink(bytes);
    if (!taken) return std::unexpected<Failure>(Failure{FailureKind::kCaller, std::move(taken.error())});
    return {};
  }

  Outcome<void> CheckLength(uint64_t length) const {
    if (response_->ok() && length > wire_.request->limit) return TooLarge();
    return {};
  }

 private:
  std::unexpected<Failure> TooLarge() const {
    return Refused(wire_.url, "the answer is larger than the " + std::to_string(wire_.request->limit) +
                                  " bytes allowed");
  }

  const Wire& wire_;
  Response* response_;
  Progressed* progressed_;
  bool truncated_ = false;
};

// Whether the connection can be used again.
Outcome<bool> ReadBody(const Wire& wire, const AnswerHead& head, Input& input, Receiver& receiver) {
  int status = head.status;
  if (wire.method == "HEAD" || status == 204 || status == 304) return head.keep_alive && input.held.empty();
  if (head.chunked) {
    ChunkReader reader;
    while (!reader.done()) {
      std::string_view some = TRY_OUTCOME(input.Some());
      if (some.empty())
        return Failed(FailureKind::kBroken, wire.url.authority() + " ended the connection within its answer");
      size_t used = 0;
      TRY_OUTCOME_VOID(reader.Feed(some, &used, [&](std::string_view data) { return receiver.Take(data); }));
      bool rest = used < some.size();
      input.Used(used);
      if (receiver.truncated() || (rest && input.held.empty())) return false;
    }
    return head.keep_alive && input.held.empty();
  }
  uint64_t left = head.content_length.value_or(UINT64_MAX);
  if (head.content_length) TRY_OUTCOME_VOID(receiver.CheckLength(left));
  while (left > 0) {
    std::string_view some = TRY_OUTCOME(input.Some());
    if (some.empty()) {
      if (!head.content_length) return false;  // that is how such a body ends
      return Failed(FailureKind::kBroken, wire.url.authority() + " ended the connection within its answer");
    }
    std::string_view data = some.substr(0, static_cast<size_t>(std::min<uint64_t>(left, some.size())));
    bool rest = data.size() < some.size();
    TRY_OUTCOME_VOID(receiver.Take(data));
    if (head.content_length) left -= data.size();
    size_t used = data.size();
    input.Used(used);
    if (receiver.truncated() || (rest && input.held.empty())) return false;
  }
  return head.keep_alive && input.held.empty();
}

// False: an answer came before all was sent.
Outcome<bool> SendBody(Stream& stream, const Wire& wire, const Limits& limits) {
  if (!wire.source) return stream.Write(wire.body, limits, true);
  std::unique_ptr<char[]> piece = std::make_unique<char[]>(kPiece);
  uint64_t size = wire.source->size(), offset = 0;
  while (offset < size) {
    Result<size_t> count = wire.source->ReadAt(
        offset, piece.get(), static_cast<size_t>(std::min<uint64_t>(kPiece, size - offset)));
    if (!count) return std::unexpected<Failure>(Failure{FailureKind::kCaller, std::move(count.error())});
    if (*count == 0) return Failed(FailureKind::kCaller, "what is being sent became shorter meanwhile");
    if (!TRY_OUTCOME(stream.Write({piece.get(), *count}, limits, true))) return false;
    offset += *count;
    if (wire.request->on_sent) wire.request->on_sent(offset);
  }
  return true;
}

}  // namespace

Result<std::string> WriteHead(const Wire& wire) {
  if (!IsToken(wire.method)) return Fail("'" + wire.method + "' is no HTTP method");
  std::string head =
      wire.method + " " + (wire.absolute ? wire.url.ToString() : wire.url.target) + " HTTP/1.1\r\n";
  auto add = [&](std::string_view name, std::string_view value) {
    head.append(name).append(": ").append(value).append("\r\n");
  };
  add("Host", wire.url.authority());
  add("User-Agent", wire.user_agent);
  add("Accept-Encoding", "identity");
  bool whole = IsFieldValue(wire.user_agent) && IsFieldValue(wire.authorization) &&
               IsFieldValue(wire.proxy_authorization);
  for (const auto& [name, value] : wire.headers) {
    whole &= IsToken(name) && IsFieldValue(value);
    add(name, value);
  }
  if (!whole) return Fail("a request has a header with characters that a header must not have");
  if (!wire.authorization.empty()) add("Authorization", wire.authorization);
  if (!wire.proxy_authorization.empty()) add("Proxy-Authorization", wire.proxy_authorization);
  uint64_t size = wire.source ? wire.source->size() : wire.body.size();
  bool may_have_none = wire.method == "GET" || wire.method == "HEAD" || wire.method == "DELETE";
  if (size > 0 || !may_have_none) add("Content-Length", std::to_string(size));
  return head + "\r\n";
}

Outcome<Exchanged> Exchange(Stream& stream, const Wire& wire, const Limits& limits, Progressed* progressed) {
  Result<std::string> head_text = WriteHead(wire);
  if (!head_text)
    return std::unexpected<Failure>(Failure{FailureKind::kCaller, std::move(head_text.error())});
  if (wire.body.size() <= kPiece && !wire.source) *head_text += wire.body;
  Input input{stream, limits, progressed};
  Outcome<bool> sent = stream.Write(*head_text, limits, false);
  if (sent && (wire.source || wire.body.size() > kPiece)) sent = SendBody(stream, wire, limits);
  // A server that has had enough may answer, and then close: what it said tells more than the broken pipe.
  std::optional<Failure> unsent;
  if (!sent) {
    if (sent.error().kind != FailureKind::kBroken) return std::unexpected<Failure>(std::move(sent.error()));
    unsent = std::move(sent.error());
  }
  AnswerHead head;
  for (int interim = 0;; ++interim) {
    Outcome<AnswerHead> read = input.Head(wire.url);
    if (!read)
      return std::unexpected<Failure>(unsent && !progressed->answered ? std::move(*unsent)
                                                                      : std::move(read.error()));
    head = std::move(*read);
    if (head.status >= 200) break;
    if (head.status == 101 || interim == kMostInterim) return Refused(wire.url, "the answer is no answer");
  }
  Exchanged exchanged;
  exchanged.response.status = head.status;
  exchanged.response.headers = head.headers;
  exchanged.response.url = wire.url;
  if (exchanged.response.ok() && wire.request->on_head) {
    Result<void> taken = wire.request->on_head(exchanged.response);
    if (!taken) return std::unexpected<Failure>(Failure{FailureKind::kCaller, std::move(taken.error())});
  }
  Receiver receiver(wire, &exchanged.response, progressed);
  bool reusable = TRY_OUTCOME(ReadBody(wire, head, input, receiver));
  exchanged.reusable = reusable && sent && *sent && !receiver.truncated();
  return exchanged;
}

Outcome<void> OpenTunnel(Stream& stream, const Proxy& proxy, const Url& url, const Limits& limits) {
  std::string host = url.host.find(':') == std::string::npos ? url.host : "[" + url.host + "]";
  host += ":" + std::to_string(url.port);
  std::string text = "CONNECT " + host + " HTTP/1.1\r\nHost: " + host + "\r\n";
  if (!proxy.authorization.empty()) text += "Proxy-Authorization: " + proxy.authorization + "\r\n";
  TRY_OUTCOME(stream.Write(text + "\r\n", limits, false));
  Progressed ignored;
  Input input{stream, limits, &ignored};
  AnswerHead head = TRY_OUTCOME(input.Head(url));
  if (head.status < 200 || head.status > 299)
    return Failed(head.status == 407 || head.status == 403 ? FailureKind::kRefused : FailureKind::kConnect,
                  "the proxy " + proxy.host + ":" + std::to_string(proxy.port) + " does not connect to " +
                      url.authority() + ": status " + std::to_string(head.status),
                  head.status == 407 ? "it wants a user and a password in HTTPS_PROXY" : "");
  if (!input.held.empty()) return Refused(url, "the proxy speaks where the host should");
  return {};
}

}  // namespace guard::builder::http
