// One connection: handshake, then requests one after the other, each answered before the next is looked at.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "webhook/http/handler.h"
#include "webhook/http/input_buffer.h"
#include "webhook/http/loop.h"
#include "webhook/http/request.h"
#include "webhook/http/response.h"
#include "webhook/http/router.h"
#include "webhook/http/tls_socket.h"

namespace guard {

class Session final : public Pending, public std::enable_shared_from_this<Session> {
 public:
  using Clock = Loop::Clock;

  Session(Loop* loop, boost::asio::ip::tcp::socket socket, std::shared_ptr<const TlsContext> tls);

  // All on the loop's thread.
  void Start();
  void CheckDeadline(Clock::time_point now);
  void CloseIfIdle();
  void Abandon();  // closes without a word to the loop, which is going away

  std::shared_ptr<Pending> Keep() override { return shared_from_this(); }
  void Release(std::optional<std::string> instead) override;

  // The end of a turn: what was held goes out, or `before` and another answer.
  void SendAnswer(std::string_view bytes);
  void AnswerInstead(std::string_view before, std::string_view body);

  size_t slot = 0;  // in the loop's list

 private:
  enum class State : uint8_t {
    kHandshake,
    kReading,    // between requests, or in one
    kWaiting,    // the answer is made and waits, in unsent_ or for the end of the loop's turn
    kWriting,    // the caller has not taken all of unsent_
    kLingering,  // the last answer is out; what still comes is dropped, so that it is not lost to a reset
    kClosed,
  };

  void Advance();
  void Wait(Io io);
  void DoHandshake();
  void DoRead();
  void DoWrite();
  void DoLinger();

  // Answers every whole request in `in`.
  void Serve(InputBuffer* in);
  // The next request: true when it was used up and another may follow.
  bool ServeOne(InputBuffer* in);
  bool ServeChunked(InputBuffer* in);
  // Refuses what its head tells enough about (`here`: bytes of the body that have come); otherwise `call` is
  // what to do with the body.
  bool Admit(const RequestHead& head, size_t here, ReviewCall* call);
  void Judge(const ReviewCall& call, std::string_view body);
  void Refuse(int status, std::string_view text, std::string_view header = {});
  void BeginRequest();
  void EndRequest(int status);
  ResponseHead HeadFor(int status);
  bool StaysOpen() const;

  bool MakeRoom(InputBuffer** in);
  void Park(InputBuffer* in);
  bool Account(size_t capacity);
  // Sends `bytes`; false when the rest has to wait (or everything is over).
  bool Send(std::string_view bytes);
  // Sends the loop's out_.
  bool Flush();
  void AfterAnswer();
  void SetDeadline(std::chrono::milliseconds from_now);
  void BeginLinger();
  void Close();

  Loop* loop_;
  boost::asio::ip::tcp::socket socket_;
  TlsSocket tls_;
  State state_ = State::kHandshake;
  bool in_request_ = false;  // some of its bytes are here
  bool keep_alive_ = true;   // what the request in hand asks for
  bool http10_ = false;
  bool promised_open_ = true;  // what the last answer's head says: it is kept, whatever happens meanwhile
  bool closing_ = false;       // nothing more is read: the connection closes behind the last answer
  bool continued_ = false;     // 100 Continue has been sent
  size_t scanned_ = 0;         // bytes in which the end of the head is not
  size_t needed_ = 0;          // before so many bytes are here, there is nothing to do
  size_t accounted_ = 0;       // of held_, on the loop's budget
  Clock::time_point received_, deadline_;
  InputBuffer held_;      // an unfinished request between two turns
  std::string unsent_;    // what the socket did not take, or what waits
  size_t sent_ = 0;       // of unsent_
  size_t answer_at_ = 0;  // where in unsent_ the answer that waits begins
  std::unique_ptr<ChunkedBody> chunked_;
  std::string chunked_head_;  // the head that the chunks belong to
};

}  // namespace guard
