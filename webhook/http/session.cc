// Tested by server_test.cc and tests/e2e/webhook_transport.sh.
#include "webhook/http/session.h"

#include <sys/socket.h>

#include <boost/asio/post.hpp>
#include <utility>

namespace guard {
namespace {

using boost::asio::ip::tcp;

constexpr size_t kTurnBytes = size_t{256} << 10;   // read in one turn, so that others have theirs
constexpr size_t kMostUnsent = size_t{256} << 10;  // pipelined answers in one write
constexpr size_t kKeptOutput = size_t{256} << 10;  // capacity of the shared output that stays
constexpr size_t kMostLingering = size_t{16} << 20;
constexpr auto kLinger = std::chrono::milliseconds(2000);
constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
constexpr std::string_view kPlainHttp =
    "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n"
    "this port speaks HTTPS only\n";

}  // namespace

Session::Session(Loop* loop, tcp::socket socket, std::shared_ptr<const TlsContext> tls)
    : loop_(loop), socket_(std::move(socket)), tls_(std::move(tls), socket_.native_handle()) {}

void Session::Start() {
  boost::system::error_code ignored;
  ignored = socket_.non_blocking(true, ignored);
  ignored = socket_.native_non_blocking(true, ignored);
  ignored = socket_.set_option(tcp::no_delay(true), ignored);
  ignored = socket_.set_option(boost::asio::socket_base::keep_alive(true), ignored);
  SetDeadline(loop_->limits_.handshake);
  Advance();
}

void Session::Wait(Io io) {
  socket_.async_wait(io == Io::kWantWrite ? tcp::socket::wait_write : tcp::socket::wait_read,
                     [self = shared_from_this()](const boost::system::error_code& error) {
                       if (!error) self->Advance();
                     });
}

void Session::Advance() {
  switch (state_) {
    case State::kHandshake: return DoHandshake();
    case State::kReading: return DoRead();
    case State::kWriting: return DoWrite();
    case State::kLingering: return DoLinger();
    case State::kWaiting:
    case State::kClosed: return;
  }
}

void Session::DoHandshake() {
  Io io = tls_.Handshake();
  if (io == Io::kWantRead || io == Io::kWantWrite) return Wait(io);
  if (io != Io::kDone) {
    loop_->counters_.handshakes_failed.Add();
    if (tls_.saw_plain_http())
      ::send(socket_.native_handle(), kPlainHttp.data(), kPlainHttp.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    // OpenSSL's alert must reach the caller although there may be bytes of it that nobody reads.
    return BeginLinger();
  }
  state_ = State::kReading;
  SetDeadline(loop_->limits_.idle);
  DoRead();
}

// One turn: reads and answers until the socket is empty, a request is incomplete, or others should have
// theirs.
void Session::DoRead() {
  Clock::time_point begin = Clock::now();
  InputBuffer* in = held_.empty() ? &loop_->scratch_ : &held_;
  if (!in->empty()) Serve(in);
  size_t turn = 0;
  Io io = Io::kDone;
  while (state_ == State::kReading && !closing_) {
    if (turn >= kTurnBytes || loop_->out_.size() >= kMostUnsent) break;
    if (!MakeRoom(&in)) break;
    size_t count = 0;
    io = tls_.Read(in->tail(), in->room(), &count);
    if (io != Io::kDone) break;
    in->Added(count);
    turn += count;
    Serve(in);
    if (in->empty() && !tls_.HasMore()) {
      io = Io::kWantRead;
      break;
    }
  }
  Park(in);
  Clock::time_point now = Clock::now();
  loop_->NoteBusy(begin, now);
  const bool waits = state_ == State::kWaiting;  // its answers are in unsent_, or go out with the turn
  if (loop_->TurnIsLong(now)) loop_->EndTurn();
  if (waits) return;
  if (!Flush()) return;
  if (closing_) return BeginLinger();
  if (io == Io::kDone) {  // more than a turn's work: behind whatever else is ready
    boost::asio::post(loop_->io_, [self = shared_from_this()] { self->Advance(); });
  } else if (io == Io::kWantRead || io == Io::kWantWrite) {
    Wait(io);
  } else {
    Close();
  }
}

void Session::DoWrite() {
  while (sent_ < unsent_.size()) {
    size_t count = 0;
    Io io = tls_.Write(unsent_.data() + sent_, unsent_.size() - sent_, &count);
    if (io == Io::kWantRead || io == Io::kWantWrite) return Wait(io);
    if (io != Io::kDone) return Close();
    sent_ += count;
  }
  unsent_ = {};
  sent_ = 0;
  if (closing_) return BeginLinger();
  AfterAnswer();
}

void Session::AfterAnswer() {
  state_ = State::kReading;
  SetDeadline(in_request_ ? loop_->limits_.read : loop_->limits_.idle);
  DoRead();
}

bool Session::Send(std::string_view bytes) {
  while (!bytes.empty()) {
    size_t count = 0;
    Io io = tls_.Write(bytes.data(), bytes.size(), &count);
    if (io == Io::kDone) {
      bytes.remove_prefix(count);
      continue;
    }
    if (io == Io::kWantRead || io == Io::kWantWrite) {
      unsent_.assign(bytes);
      sent_ = 0;
      state_ = State::kWriting;
      SetDeadline(loop_->limits_.write);
      Wait(io);
    } else {
      Close();
    }
    return false;
  }
  return true;
}

bool Session::Flush() {
  std::string& out = loop_->out_;
  bool sent = Send(out);
  out.clear();
  if (out.capacity() > kKeptOutput) out.shrink_to_fit();
  return sent;
}

void Session::SendAnswer(std::string_view bytes) {
  if (state_ != State::kWaiting) return;
  loop_->counters_.waiting.Subtract();
  EndRequest(200);
  state_ = State::kReading;
  if (!Send(bytes)) return;
  if (closing_) return BeginLinger();
  // What has come behind the request is read in a turn of its own.
  if (!held_.empty() || tls_.HasMore())
    boost::asio::post(loop_->io_, [self = shared_from_this()] { self->Advance(); });
  else
    Wait(Io::kWantRead);
}

void Session::AnswerInstead(std::string_view before, std::string_view body) {
  if (state_ != State::kWaiting) return;
  std::string bytes(before);
  AppendResponse(HeadFor(200), body, &bytes);
  SendAnswer(bytes);
}

void Session::Serve(InputBuffer* in) {
  while (state_ == State::kReading && !closing_ && !in->empty() && loop_->out_.size() < kMostUnsent)
    if (!ServeOne(in)) return;
}

bool Session::ServeOne(InputBuffer* in) {
  if (!in_request_) {
    while (in->view().starts_with("\r\n")) in->Consume(2);  // RFC 9112 2.2: empty lines before a request
    if (in->empty()) return false;
    BeginRequest();
  }
  std::string_view bytes = in->view();
  if (chunked_) return ServeChunked(in);
  if (bytes.size() < needed_) return false;

  const Limits& limits = loop_->limits_;
  size_t head_size = FindHeadEnd(bytes, scanned_);
  if (std::min(head_size, bytes.size()) > limits.head) {
    Refuse(431, "the head of the request is larger than " + std::to_string(limits.head) + " bytes");
    return false;
  }
  if (head_size == std::string_view::npos) {
    scanned_ = bytes.size();
    return false;
  }
  scanned_ = head_size - 1;
  RequestHead head;
  if (int status = ParseHead(bytes.substr(0, head_size), &head)) {
    Refuse(status, status == 505   ? "the protocol is HTTP/1.1"
                   : status == 501 ? "the only transfer coding is chunked"
                                   : "this is no HTTP/1.1 request");
    return false;
  }
  keep_alive_ = head.keep_alive && !loop_->say_close_;
  http10_ = head.http10;
  ReviewCall call;
  if (!Admit(head, bytes.size() - head_size, &call)) {
    if (!closing_) in->Consume(head_size + static_cast<size_t>(head.content_length));
    return !closing_;
  }
  if (!head.expect.empty() && !continued_ && bytes.size() == head_size) {
    continued_ = true;
    loop_->out_ += kContinue;
  }
  if (head.chunked) {
    chunked_ = std::make_unique<ChunkedBody>(limits.body);
    chunked_head_ = bytes.substr(0, head_size);
    in->Consume(head_size);
    return ServeChunked(in);
  }
  needed_ = head_size + static_cast<size_t>(head.content_length);
  if (bytes.size() < needed_) return false;
  size_t whole = needed_;
  Judge(call, bytes.substr(head_size, whole - head_size));
  in->Consume(whole);
  return true;
}

bool Session::ServeChunked(InputBuffer* in) {
  std::string_view bytes = in->view();
  size_t used = 0;
  ChunkedBody::State state = chunked_->Feed(bytes, &used);
  if (!Account(held_.capacity() + chunked_->body().capacity())) return false;
  switch (state) {
    case ChunkedBody::State::kMore: in->Consume(used); return false;
    case ChunkedBody::State::kTooLarge:
      Refuse(413, "the body is larger than " + std::to_string(loop_->limits_.body) + " bytes");
      return false;
    case ChunkedBody::State::kBad: Refuse(400, "the chunks cannot be read"); return false;
    case ChunkedBody::State::kDone: break;
  }
  RequestHead head;
  const std::string head_text = std::exchange(chunked_head_, {});
  ParseHead(head_text, &head);
  std::unique_ptr<ChunkedBody> body = std::move(chunked_);
  in->Consume(used);
  if (auto routed = RouteRequest(head)) Judge(*routed, body->body());
  Account(held_.capacity());
  return true;
}

bool Session::Admit(const RequestHead& head, size_t here, ReviewCall* call) {
  std::expected<ReviewCall, Refusal> routed = RouteRequest(head);
  const size_t most = loop_->limits_.body;
  if (routed && head.content_length > most)
    routed = std::unexpected(Refusal{413, "the body is larger than " + std::to_string(most) + " bytes", {}});
  if (routed) {
    *call = *routed;
    return true;
  }
  // The connection goes on only where the rest of the request is known and here.
  if (head.chunked || !head.expect.empty() || head.content_length > here) keep_alive_ = false;
  const Refusal& refusal = routed.error();
  ResponseHead answer = HeadFor(refusal.status);
  answer.header = refusal.header;
  AppendText(answer, refusal.text, &loop_->out_);
  EndRequest(refusal.status);
  return false;
}

void Session::Judge(const ReviewCall& call, std::string_view body) {
  Clock::time_point now = Clock::now();
  if (now >= received_ + call.timeout.value_or(loop_->limits_.review)) {
    AppendText(HeadFor(504), "the caller's time had passed before the review could be judged", &loop_->out_);
    return EndRequest(504);
  }
  Reply reply;
  Handler::When when = loop_->handler_->Handle({call.route, call.profile, body}, &reply, *this);
  ResponseHead head = HeadFor(reply.status);
  head.content_type = reply.content_type;
  std::string& out = loop_->out_;
  size_t answer_at = out.size();
  AppendResponse(head, reply.body, &out);
  if (when == Handler::When::kNow) return EndRequest(reply.status);
  state_ = State::kWaiting;
  loop_->counters_.waiting.Add();
  if (when == Handler::When::kWithTurn) return loop_->AnswerWithTurn(shared_from_this(), answer_at);
  unsent_.assign(out);
  out.clear();
  answer_at_ = answer_at;
  sent_ = 0;
}

void Session::Release(std::optional<std::string> instead) {
  boost::asio::post(loop_->io_, [self = shared_from_this(), instead = std::move(instead)] {
    if (self->state_ != State::kWaiting) return;
    self->loop_->counters_.waiting.Subtract();
    if (instead) {
      self->unsent_.resize(self->answer_at_);
      AppendResponse(self->HeadFor(200), *instead, &self->unsent_);
    }
    self->EndRequest(200);
    self->state_ = State::kWriting;
    self->SetDeadline(self->loop_->limits_.write);
    self->DoWrite();
  });
}

ResponseHead Session::HeadFor(int status) {
  ResponseHead head;
  head.status = status;
  head.date = loop_->date_;
  head.keep_alive = promised_open_ = StaysOpen();
  head.http10 = http10_;
  return head;
}

// A caller whom the present rules about callers might not let in has to come again.
bool Session::StaysOpen() const {
  return keep_alive_ && !loop_->say_close_ &&
         (&tls_.context() == loop_->tls_.get() ||
          tls_.context().client_digest() == loop_->tls_->client_digest());
}

void Session::Refuse(int status, std::string_view text, std::string_view header) {
  keep_alive_ = false;
  ResponseHead head = HeadFor(status);
  head.header = header;
  AppendText(head, text, &loop_->out_);
  EndRequest(status);
}

void Session::BeginRequest() {
  in_request_ = true;
  continued_ = false;
  scanned_ = needed_ = 0;
  received_ = loop_->Arrival(socket_.native_handle(), Clock::now());
  deadline_ = received_ + loop_->limits_.read;
  loop_->counters_.in_flight.Add();
}

void Session::EndRequest(int status) {
  in_request_ = false;
  chunked_.reset();
  scanned_ = needed_ = 0;
  if (!promised_open_) closing_ = true;
  loop_->counters_.in_flight.Subtract();
  loop_->counters_.CountStatus(status);
  SetDeadline(loop_->limits_.idle);
}

// A request that outgrows the shared buffer moves into one of its own, which doubles with what has really
// come.
bool Session::MakeRoom(InputBuffer** in) {
  if ((*in)->room() > 0) return true;
  InputBuffer& from = **in;
  if (from.size() < from.capacity()) {
    from.Reserve(0);
    return true;
  }
  size_t capacity = std::max(from.capacity() * 2, size_t{4096});
  if (needed_ > 0) capacity = std::min(capacity, std::max(needed_, from.size() + 4096));
  if (!Account(capacity)) return false;
  if (&from != &held_) {
    held_.Reserve(capacity);
    held_.Append(from.view());
    from.Clear();
    *in = &held_;
  } else {
    held_.Reserve(capacity);
  }
  return true;
}

// Between turns nobody keeps the shared buffer, and nobody keeps an empty one.
void Session::Park(InputBuffer* in) {
  if (state_ == State::kClosed || closing_) {
    in->Clear();
    held_.Free();
  } else if (in == &held_) {
    if (held_.empty()) held_.Free();
  } else if (!in->empty()) {
    size_t capacity = in->size();
    held_.Reserve(capacity);
    held_.Append(in->view());
    in->Clear();
  }
  Account(held_.capacity() + (chunked_ ? chunked_->body().capacity() : 0));
}

bool Session::Account(size_t bytes) {
  Counter& held = loop_->counters_.held_bytes;
  held.Subtract(accounted_);
  bool fits = bytes <= accounted_ || held.get() + bytes <= loop_->memory_;
  if (fits) accounted_ = bytes;
  held.Add(accounted_);
  if (!fits && in_request_) Refuse(503, "too many unfinished requests; try again");
  return fits;
}

void Session::CheckDeadline(Clock::time_point now) {
  if (now < deadline_) return;
  LoopCounters& counters = loop_->counters_;
  switch (state_) {
    case State::kHandshake: counters.timeouts_handshake.Add(); return Close();
    case State::kWriting: counters.timeouts_write.Add(); return Close();
    case State::kLingering: return Close();
    case State::kWaiting:
    case State::kClosed: return;
    case State::kReading: break;
  }
  if (!in_request_) {
    counters.timeouts_idle.Add();
    closing_ = true;
    return BeginLinger();
  }
  counters.timeouts_read.Add();
  Refuse(408, "the request did not come in time");
  held_.Free();
  Account(0);
  if (Flush()) BeginLinger();
}

void Session::CloseIfIdle() {
  if (state_ == State::kHandshake) return Close();
  if (state_ != State::kReading || in_request_) return;
  closing_ = true;
  BeginLinger();
}

void Session::Abandon() {
  state_ = State::kClosed;
  boost::system::error_code ignored;
  ignored = socket_.close(ignored);
}

void Session::SetDeadline(std::chrono::milliseconds from_now) { deadline_ = Clock::now() + from_now; }

void Session::BeginLinger() {
  if (state_ == State::kClosed) return;
  held_.Free();
  Account(0);
  tls_.Close();
  ::shutdown(socket_.native_handle(), SHUT_WR);
  state_ = State::kLingering;
  sent_ = 0;  // from here on: how much was dropped
  SetDeadline(kLinger);
  boost::system::error_code ignored;
  ignored = socket_.cancel(ignored);
  DoLinger();
}

void Session::DoLinger() {
  while (true) {
    ssize_t got =
        ::recv(socket_.native_handle(), loop_->scratch_.tail(), loop_->scratch_.room(), MSG_DONTWAIT);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return Wait(Io::kWantRead);
    if (got <= 0) return Close();
    sent_ += static_cast<size_t>(got);
    if (sent_ > kMostLingering) return Close();
  }
}

void Session::Close() {
  if (state_ == State::kClosed) return;
  if (in_request_) loop_->counters_.in_flight.Subtract();
  if (state_ == State::kWaiting) loop_->counters_.waiting.Subtract();
  if (state_ == State::kReading || state_ == State::kWriting) tls_.Close();
  state_ = State::kClosed;
  in_request_ = false;
  Account(0);
  boost::system::error_code ignored;
  ignored = socket_.close(ignored);
  loop_->Forget(this);
}

}  // namespace guard
