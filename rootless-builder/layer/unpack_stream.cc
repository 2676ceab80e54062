// One thread unpacks into a ring of pieces; the other takes them. Memory is bounded by the ring.
//
// Tested by apply_test.cc and layer_fuzz.cc.
#include "rootless-builder/layer/unpack_stream.h"

#include <fcntl.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include <cerrno>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

#include "policies/base/sha256.h"

namespace guard::builder {
namespace {

constexpr size_t kPiece = size_t{512} << 10;
constexpr size_t kRing = 6;
constexpr size_t kInput = size_t{256} << 10;
// A window of more than that is refused, as zstd's own program does by default.
constexpr int kZstdWindowLog = 27;

class Source {
 public:
  explicit Source(Fd blob) : blob_(std::move(blob)) {}
  // Empty: the end.
  Result<std::string_view> Read() {
    for (;;) {
      const ssize_t got = read(blob_.get(), buffer_.data(), buffer_.size());
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return FailErrno("read", "a layer");
      return std::string_view(buffer_.data(), static_cast<size_t>(got));
    }
  }

 private:
  Fd blob_;
  std::string buffer_ = std::string(kInput, '\0');
};

// Fills `out` as far as it goes; fewer bytes only at the end.
class Decoder {
 public:
  virtual ~Decoder() = default;
  virtual Result<size_t> Fill(char* out, size_t room) = 0;
};

std::unexpected<Error> Cut() {
  return Fail("the layer ends in the midst of its compressed data", "it was cut short; pull the image again");
}

class PlainDecoder : public Decoder {
 public:
  explicit PlainDecoder(Source source) : source_(std::move(source)) {}
  Result<size_t> Fill(char* out, size_t room) override {
    size_t done = 0;
    while (done < room) {
      if (input_.empty()) input_ = TRY(source_.Read());
      if (input_.empty()) break;
      const size_t count = std::min(room - done, input_.size());
      input_.copy(out + done, count);
      input_.remove_prefix(count);
      done += count;
    }
    return done;
  }

 private:
  Source source_;
  std::string_view input_;
};

class GzipDecoder : public Decoder {
 public:
  explicit GzipDecoder(Source source) : source_(std::move(source)) {
    ready_ = inflateInit2(&stream_, 15 + 16) == Z_OK;  // gzip headers alone
  }
  ~GzipDecoder() override { inflateEnd(&stream_); }
  GzipDecoder(const GzipDecoder&) = delete;
  GzipDecoder& operator=(const GzipDecoder&) = delete;

  Result<size_t> Fill(char* out, size_t room) override {
    if (!ready_) return Fail("unpacking a layer failed: out of memory");
    stream_.next_out = reinterpret_cast<Bytef*>(out);
    stream_.avail_out = static_cast<uInt>(room);
    while (stream_.avail_out != 0) {
      if (stream_.avail_in == 0) {
        const std::string_view input = TRY(source_.Read());
        if (input.empty()) {
          if (in_member_) return Cut();
          break;
        }
        stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(input.data()));
        stream_.avail_in = static_cast<uInt>(input.size());
      }
      if (!in_member_) {
        if (inflateReset(&stream_) != Z_OK) return Fail("unpacking a layer failed");
        in_member_ = true;
      }
      const int status = inflate(&stream_, Z_NO_FLUSH);
      if (status == Z_STREAM_END) {
        in_member_ = false;
      } else if (status != Z_OK && status != Z_BUF_ERROR) {
        return Fail(std::string("the layer is no valid gzip: ") + (stream_.msg ? stream_.msg : "damaged"));
      }
    }
    return room - stream_.avail_out;
  }

 private:
  Source source_;
  z_stream stream_{};
  bool ready_ = false, in_member_ = true;
};

class ZstdDecoder : public Decoder {
 public:
  explicit ZstdDecoder(Source source) : source_(std::move(source)), context_(ZSTD_createDCtx()) {
    if (context_) ZSTD_DCtx_setParameter(context_, ZSTD_d_windowLogMax, kZstdWindowLog);
  }
  ~ZstdDecoder() override { ZSTD_freeDCtx(context_); }
  ZstdDecoder(const ZstdDecoder&) = delete;
  ZstdDecoder& operator=(const ZstdDecoder&) = delete;

  Result<size_t> Fill(char* out, size_t room) override {
    if (!context_) return Fail("unpacking a layer failed: out of memory");
    ZSTD_outBuffer output{out, room, 0};
    while (output.pos < output.size) {
      if (input_.pos == input_.size && !pending_) {
        const std::string_view input = TRY(source_.Read());
        if (input.empty()) {
          if (in_frame_) return Cut();
          break;
        }
        input_ = {input.data(), input.size(), 0};
      }
      const size_t before = output.pos;
      const size_t status = ZSTD_decompressStream(context_, &output, &input_);
      if (ZSTD_isError(status) != 0) {
        return Fail(std::string("the layer is no valid zstd: ") + ZSTD_getErrorName(status));
      }
      in_frame_ = status != 0;
      pending_ = in_frame_ && output.pos == output.size && output.pos != before;
      if (output.pos == before && input_.pos == input_.size) pending_ = false;
    }
    return output.pos;
  }

 private:
  Source source_;
  ZSTD_DCtx* context_;
  ZSTD_inBuffer input_{nullptr, 0, 0};
  bool in_frame_ = true, pending_ = false;
};

std::unique_ptr<Decoder> MakeDecoder(Compression compression, Source source) {
  switch (compression) {
    case Compression::kGzip: return std::make_unique<GzipDecoder>(std::move(source));
    case Compression::kZstd: return std::make_unique<ZstdDecoder>(std::move(source));
    case Compression::kNone: break;
  }
  return std::make_unique<PlainDecoder>(std::move(source));
}

struct Piece {
  std::string bytes = std::string(kPiece, '\0');
  size_t used = 0;
};

class ThreadedStream : public TarStream {
 public:
  ThreadedStream(std::unique_ptr<Decoder> decoder, uint64_t limit)
      : decoder_(std::move(decoder)), limit_(limit) {
    thread_ = std::thread([this] { Work(); });
  }
  ~ThreadedStream() override {
    {
      const std::lock_guard lock(mutex_);
      stop_ = true;
    }
    changed_.notify_all();
    thread_.join();
  }
  ThreadedStream(const ThreadedStream&) = delete;
  ThreadedStream& operator=(const ThreadedStream&) = delete;

  Result<std::string_view> Next() override {
    std::unique_lock lock(mutex_);
    if (taken_) free_.push_back(std::move(taken_));
    changed_.notify_all();
    changed_.wait(lock, [&] { return ended_ || !full_.empty(); });
    if (full_.empty()) {
      if (!end_) return Fail(end_.error());
      return std::string_view();
    }
    taken_ = std::move(full_.front());
    full_.pop_front();
    return std::string_view(taken_->bytes.data(), taken_->used);
  }

  Digest DiffId() override { return diff_id_; }
  uint64_t size() const override { return size_; }

 private:
  void Work() {
    Sha256 hash;
    for (;;) {
      std::unique_ptr<Piece> piece;
      {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return stop_ || full_.size() < kRing; });
        if (stop_) return;
        if (!free_.empty()) piece = std::move(free_.back()), free_.pop_back();
      }
      if (!piece) piece = std::make_unique<Piece>();
      auto filled = decoder_->Fill(piece->bytes.data(), kPiece);
      Result<void> end;
      if (!filled) {
        end = Fail(std::move(filled.error()));
      } else {
        size_ += *filled;
        if (size_ > limit_) {
          end = Fail("the layer unpacks to more than " + std::to_string(limit_) + " bytes",
                     "it may be made to fill the disk; nothing of it is used");
        } else if (*filled != 0) {
          piece->used = *filled;
          hash.Update(std::string_view(piece->bytes.data(), piece->used));
          const std::lock_guard lock(mutex_);
          full_.push_back(std::move(piece));
          changed_.notify_all();
          continue;
        }
      }
      const std::lock_guard lock(mutex_);
      diff_id_ = Digest::FromHex(hash.Hex());
      end_ = std::move(end);
      ended_ = true;
      changed_.notify_all();
      return;
    }
  }

  std::unique_ptr<Decoder> decoder_;
  uint64_t limit_, size_ = 0;
  Digest diff_id_;
  std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  std::deque<std::unique_ptr<Piece>> full_;
  std::vector<std::unique_ptr<Piece>> free_;
  std::unique_ptr<Piece> taken_;
  Result<void> end_;
  bool ended_ = false, stop_ = false;
  std::thread thread_;
};

}  // namespace

Compression DetectCompression(std::string_view begin) {
  if (begin.starts_with("\x1f\x8b")) return Compression::kGzip;
  if (begin.starts_with("\x28\xb5\x2f\xfd")) return Compression::kZstd;
  // A skippable frame, with which seekable formats begin.
  if (begin.size() >= 4 && (begin[0] & 0xf0) == 0x50 && begin.substr(1, 3) == "\x2a\x4d\x18")
    return Compression::kZstd;
  return Compression::kNone;
}

Result<std::unique_ptr<TarStream>> TarStream::Open(Fd blob, Compression compression, uint64_t limit) {
  if (lseek(blob.get(), 0, SEEK_SET) != 0) return FailErrno("read", "a layer");
  return std::unique_ptr<TarStream>(
      std::make_unique<ThreadedStream>(MakeDecoder(compression, Source(std::move(blob))), limit));
}

}  // namespace guard::builder
