// The order is: is it there, can it be mounted, one PUT with everything; after a break, what the session says
// it lacks; where a registry or a proxy in front of it does not take it in one piece, chunks.
//
// Tested by transfer_test.cc, tests/e2e/registry_transfer.sh and registry_lies.sh.
#include "rootless-builder/registry/upload.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>

#include "rootless-builder/http/retry.h"
#include "rootless-builder/http/wait.h"

namespace guard::builder {
namespace {

using Clock = std::chrono::steady_clock;
using http::FailureKind;

constexpr uint64_t kChunk = 16u << 20;  // ECR wants 5 MiB at least; proxies take 100 MB at most
constexpr size_t kMostMounts = 2;       // repositories that are asked for a mount

class MemorySource final : public http::BodySource {
 public:
  explicit MemorySource(std::string_view bytes) : bytes_(bytes) {}
  uint64_t size() const override { return bytes_.size(); }
  Result<size_t> ReadAt(uint64_t offset, char* to, size_t size) override {
    if (offset >= bytes_.size()) return 0;
    return bytes_.copy(to, size, static_cast<size_t>(offset));
  }

 private:
  const std::string bytes_;
};

class DescriptorSource final : public http::BodySource {
 public:
  DescriptorSource(int descriptor, uint64_t size) : descriptor_(descriptor), size_(size) {}
  ~DescriptorSource() override { ::close(descriptor_); }
  uint64_t size() const override { return size_; }
  Result<size_t> ReadAt(uint64_t offset, char* to, size_t size) override {
    ssize_t count = ::pread(descriptor_, to, size, static_cast<off_t>(offset));
    if (count < 0) return Fail(std::string("a blob of the store cannot be read: ") + std::strerror(errno));
    return static_cast<size_t>(count);
  }

 private:
  const int descriptor_;
  const uint64_t size_;
};

// A part of another source.
class PartSource final : public http::BodySource {
 public:
  PartSource(http::BodySource& whole, uint64_t begin, uint64_t size)
      : whole_(whole), begin_(begin), size_(size) {}
  uint64_t size() const override { return size_; }
  Result<size_t> ReadAt(uint64_t offset, char* to, size_t size) override {
    return whole_.ReadAt(begin_ + offset, to, static_cast<size_t>(std::min<uint64_t>(size, size_ - offset)));
  }

 private:
  http::BodySource& whole_;
  const uint64_t begin_, size_;
};

class Session {
 public:
  Session(Registries& registries, const Upload& upload) : registries_(registries), upload_(upload) {}

  Result<UploadOutcome> Run() {
    if (TRY(Exists())) return UploadOutcome::kExisted;
    if (TRY(Mount())) return UploadOutcome::kMounted;
    source_ = TRY(upload_.open());
    if (source_->size() != upload_.blob.size)
      return Fail(upload_.blob.digest.ToString() + " has " + std::to_string(source_->size()) +
                  " bytes where its descriptor says " + std::to_string(upload_.blob.size));
    TRY_VOID(SendAll());
    return UploadOutcome::kSent;
  }

 private:
  enum class Step : uint8_t { kDone, kAgain, kOver };  // kAgain: from where the session is; kOver: a new one

  std::string What() const { return upload_.registry.name() + "/" + upload_.name; }
  Access Pushing() const { return {.repository = upload_.name, .actions = "pull,push"}; }

  Result<http::Request> NewRequest(const char* method, const std::string& path) {
    http::Request request{.method = method};
    request.url = TRY(upload_.registry.At(upload_.name + path, upload_.stop));
    request.stop = upload_.stop;
    request.limit = 64u << 10;
    return request;
  }
  http::Request ToSession(const char* method) const {
    http::Request request{.method = method, .url = *location_};
    request.stop = upload_.stop;
    request.limit = 64u << 10;
    request.retry = http::Retry::kNever;  // what a session has taken is asked for before anything is repeated
    return request;
  }
  Result<http::Response> Send(http::Request request, const Access& access) {
    http::Outcome<http::Response> answer = upload_.registry.Send(std::move(request), access);
    if (!answer) return Fail(std::move(answer.error().error));
    return std::move(*answer);
  }

  Result<bool> Exists() {
    http::Request request = TRY(NewRequest("HEAD", "/blobs/" + upload_.blob.digest.ToString()));
    http::Response answer = TRY(Send(std::move(request), Pushing()));
    if (answer.ok()) return true;
    // Whoever may push and not look gets 403 from some: the upload itself will tell.
    if (answer.status == 404 || answer.status == 403 || answer.status == 405) return false;
    return Fail(upload_.registry.Explain(answer, "push to " + What(), Pushing()));
  }

  // Leaves a session behind where the registry begins one instead.
  Result<bool> Mount() {
    size_t asked = 0;
    for (const std::string& from : upload_.mount_from) {
      if (from == upload_.name || asked++ == kMostMounts) continue;
      http::Request request = TRY(NewRequest("POST", "/blobs/uploads/"));
      request.url.target = http::WithQuery(request.url.target, "mount", upload_.blob.digest.ToString());
      request.url.target = http::WithQuery(request.url.target, "from", from);
      request.retry = http::Retry::kAlways;
      Access access = Pushing();
      access.mounted = from;
      Result<http::Response> answer = Send(std::move(request), access);
      if (!answer) continue;  // the way without a mount says what is wrong
      if (answer->status == 201) return true;
      if (answer->status != 202) continue;
      if (location_) GiveUp();
      Result<http::Url> location = upload_.registry.Location(*answer);
      if (location) location_ = std::move(*location);
    }
    return false;
  }

  void GiveUp() {
    if (location_) (void)Send(ToSession("DELETE"), Pushing());
    location_.reset();
  }

  Result<void> Begin() {
    http::Request request = TRY(NewRequest("POST", "/blobs/uploads/"));
    request.retry = http::Retry::kAlways;
    http::Response answer = TRY(Send(std::move(request), Pushing()));
    if (answer.status != 202) return Fail(upload_.registry.Explain(answer, "push to " + What(), Pushing()));
    std::string_view least = answer.headers.Get("OCI-Chunk-Min-Length");
    uint64_t bytes = 0;
    std::from_chars(least.data(), least.data() + least.size(), bytes);
    chunk_ = std::clamp<uint64_t>(bytes, kChunk, uint64_t{1} << 30);
    location_ = TRY(upload_.registry.Location(answer));
    taken_ = 0;
    return {};
  }

  Result<void> SendAll() {
    const RegistryOptions& options = registries_.options();
    for (int attempt = 0;; ++attempt) {
      if (upload_.stop.stop_requested()) return Fail("stopped");
      if (!location_) TRY_VOID(Begin());
      Step step = TRY(chunked_ || taken_ > 0 ? SendRest() : SendWhole());
      if (step == Step::kDone) return {};
      if (step == Step::kOver) location_.reset();
      if (attempt == options.retries) break;
      registries_.Warn("pushing " + upload_.blob.digest.ToString() + " to " + What() +
                       " did not work; trying again");
      http::Milliseconds pause =
          http::Pause(attempt, asked_, options.first_pause, http::Milliseconds(30000), 0);
      asked_.reset();
      http::WaitFor(-1, 0, Clock::now() + pause, upload_.stop);
      if (location_ && !TRY(AskState())) location_.reset();
    }
    GiveUp();
    if (last_error_) return Fail(std::move(*last_error_));
    return Fail("cannot push to " + What() + ": the upload does not come to an end");
  }

  // Everything in one request, which also ends the session.
  Result<Step> SendWhole() {
    http::Request request = ToSession("PUT");
    request.url.target = http::WithQuery(request.url.target, "digest", upload_.blob.digest.ToString());
    request.headers.Add("Content-Type", "application/octet-stream");
    request.source = source_.get();
    request.on_sent = upload_.advance;
    http::Outcome<http::Response> answer = upload_.registry.Send(std::move(request), Pushing());
    if (answer && answer->ok()) return CheckDigest(*answer);
    if (answer && (answer->status == 405 || answer->status == 411 || answer->status == 413 ||
                   answer->status == 415 || answer->status == 416 || answer->status == 501)) {
      if (chunked_) return Fail(upload_.registry.Explain(*answer, "push to " + What(), Pushing()));
      chunked_ = true;  // too large, or not in this way
      return Step::kOver;
    }
    return Judge(answer);
  }

  // What the session lacks, in chunks, and then its end.
  Result<Step> SendRest() {
    while (taken_ < upload_.blob.size) {
      uint64_t size = std::min(chunk_, upload_.blob.size - taken_);
      PartSource part(*source_, taken_, size);
      http::Request request = ToSession("PATCH");
      request.headers.Add("Content-Type", "application/octet-stream");
      request.headers.Add("Content-Range", std::to_string(taken_) + "-" + std::to_string(taken_ + size - 1));
      request.source = &part;
      if (upload_.advance) request.on_sent = [&](uint64_t sent) { upload_.advance(taken_ + sent); };
      http::Outcome<http::Response> answer = upload_.registry.Send(std::move(request), Pushing());
      // 201 is ECR's.
      if (!answer || !answer->ok()) return Judge(answer);
      if (answer->headers.Find("Location")) location_ = TRY(upload_.registry.Location(*answer));
      uint64_t taken = BytesTaken(answer->headers.Get("Range")).value_or(taken_ + size);
      if (taken == 0 && taken_ + size == 1) taken = 1;  // "0-0" is also what one byte looks like
      if (taken <= taken_ || taken > taken_ + size) {
        last_error_ = Error{.message = "cannot push to " + What() +
                                       ": the registry takes chunks and does not keep them"};
        return Step::kOver;
      }
      taken_ = taken;
    }
    http::Request request = ToSession("PUT");
    request.url.target = http::WithQuery(request.url.target, "digest", upload_.blob.digest.ToString());
    http::Outcome<http::Response> answer = upload_.registry.Send(std::move(request), Pushing());
    if (answer && answer->ok()) return CheckDigest(*answer);
    return Judge(answer);
  }

  Result<Step> CheckDigest(const http::Response& answer) const {
    std::string_view digest = answer.headers.Get("Docker-Content-Digest");
    if (digest.starts_with("sha256:") && digest != upload_.blob.digest.ToString())
      return Fail("the registry " + upload_.registry.name() +
                  " took a blob under another digest than it has");
    return Step::kDone;
  }

  // What comes of an answer that is no success.
  Result<Step> Judge(const http::Outcome<http::Response>& answer) {
    if (!answer) {
      if (!http::WorthAnotherTry(answer.error().kind)) return Fail(answer.error().error);
      last_error_ = answer.error().error;
      return Step::kAgain;
    }
    last_error_ = upload_.registry.Explain(*answer, "push to " + What(), Pushing());
    if (answer->status == 404) return Step::kOver;   // the session is lost
    if (answer->status == 416) return Step::kAgain;  // we are not where it thinks we are
    if (http::IsPassing(answer->status)) {
      asked_ = http::RetryAfter(answer->headers, std::time(nullptr));
      if (asked_ && *asked_ > std::chrono::seconds(120)) return Fail(*last_error_);
      return Step::kAgain;
    }
    return Fail(*last_error_);
  }

  // False: the session cannot be gone on with.
  Result<bool> AskState() {
    http::Outcome<http::Response> answer = upload_.registry.Send(ToSession("GET"), Pushing());
    if (!answer && answer.error().kind == FailureKind::kStopped) return Fail(answer.error().error);
    if (!answer || !answer->ok()) return false;
    if (answer->headers.Find("Location")) {
      Result<http::Url> location = upload_.registry.Location(*answer);
      if (!location) return false;
      location_ = std::move(*location);
    }
    std::optional<uint64_t> taken = BytesTaken(answer->headers.Get("Range"));
    if (!taken || *taken > upload_.blob.size) return false;
    taken_ = *taken;
    return true;
  }

  Registries& registries_;
  const Upload& upload_;
  std::unique_ptr<http::BodySource> source_;
  std::optional<http::Url> location_;  // of the session
  uint64_t taken_ = 0;                 // bytes that the session has
  uint64_t chunk_ = kChunk;
  bool chunked_ = false;
  std::optional<http::Milliseconds> asked_;  // a pause that the registry asked for
  std::optional<Error> last_error_;
};

}  // namespace

std::optional<uint64_t> BytesTaken(std::string_view range) {
  if (range.starts_with("bytes=")) range.remove_prefix(6);
  uint64_t last = 0;
  if (!range.starts_with("0-")) return std::nullopt;
  auto [end, error] = std::from_chars(range.data() + 2, range.data() + range.size(), last);
  if (error != std::errc() || end != range.data() + range.size() || last == UINT64_MAX) return std::nullopt;
  return last == 0 ? 0 : last + 1;  // "0-0" is how an empty session is told; one byte more does no harm
}

std::unique_ptr<http::BodySource> BytesSource(std::string_view bytes) {
  return std::make_unique<MemorySource>(bytes);
}

std::unique_ptr<http::BodySource> FileSource(int descriptor, uint64_t size) {
  return std::make_unique<DescriptorSource>(descriptor, size);
}

Result<UploadOutcome> Run(Registries& registries, const Upload& upload) {
  return Session(registries, upload).Run();
}

}  // namespace guard::builder
