// Tested by transfer_test.cc and tests/e2e/registry_lies.sh.
#include "rootless-builder/registry/download.h"

#include <charconv>

#include "rootless-builder/http/retry.h"
#include "rootless-builder/http/wait.h"

namespace guard::builder {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kMostPieces = 1000;
constexpr std::chrono::seconds kLongestAsked{120};  // a Retry-After beyond it is not waited for

std::optional<uint64_t> Number(std::string_view text) {
  uint64_t value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

class BlobDownload {
 public:
  BlobDownload(Registries& registries, const PullPlace& place, const Descriptor& blob, Store& store,
               const std::stop_token& stop, const std::function<void(uint64_t bytes)>& advance)
      : registries_(registries),
        registry_(registries.At(place)),
        name_(place.repository.name),
        blob_(blob),
        store_(store),
        stop_(stop),
        advance_(advance) {}

  Result<void> Run() {
    for (int round = 0;; ++round) {
      writer_ = TRY(store_.NewBlob());
      resumed_ = false;
      TRY_VOID(FetchAll());
      Result<Digest> committed = writer_->Commit(blob_.digest);
      if (committed) return {};
      // Pieces of two answers may be of two things; one answer as a whole is what it is.
      if (!resumed_ || round > 0) {
        committed.error().message = What() + ": " + committed.error().message;
        return Fail(std::move(committed.error()));
      }
    }
  }

 private:
  std::string What() const { return registry_.name() + "/" + name_ + "@" + blob_.digest.ToString(); }

  Result<void> FetchAll() {
    const RegistryOptions& options = registries_.options();
    for (int attempt = 0, pieces = 0;; ++attempt) {
      uint64_t before = writer_->size();
      http::Outcome<http::Response> answer = TRY(FetchOnce());
      if (answer && answer->ok() && writer_->size() == blob_.size) return {};
      std::optional<http::Milliseconds> asked;
      Error error = TRY(Passing(answer, &asked));
      if (writer_->size() > before) attempt = 0;  // it goes on, if in pieces
      if (attempt == options.retries || ++pieces > kMostPieces || (asked && *asked > kLongestAsked))
        return Fail(std::move(error));
      registries_.Warn(error.message + "; going on at byte " + std::to_string(writer_->size()));
      http::Milliseconds pause =
          http::Pause(attempt, asked, options.first_pause, http::Milliseconds(30000), 0);
      if (http::WaitFor(-1, 0, Clock::now() + pause, stop_) == http::Waited::kStopped) return Fail("stopped");
      resumed_ = writer_->size() > 0;
    }
  }

  // The error that an answer is, if it may pass; the Result fails with one that does not.
  Result<Error> Passing(const http::Outcome<http::Response>& answer,
                        std::optional<http::Milliseconds>* asked) {
    if (!answer) {
      if (!http::WorthAnotherTry(answer.error().kind)) return Fail(answer.error().error);
      return answer.error().error;
    }
    if (answer->status == 404) return Fail(What() + ": the registry does not have it");
    if (answer->ok())
      return Error{.message = What() + ": only " + std::to_string(writer_->size()) + " of " +
                              std::to_string(blob_.size) + " bytes came"};
    Error error = registry_.Explain(*answer, "fetch " + What(), Pulling());
    if (!http::IsPassing(answer->status)) return Fail(std::move(error));
    *asked = http::RetryAfter(answer->headers, std::time(nullptr));
    return error;
  }

  Result<http::Outcome<http::Response>> FetchOnce() {
    uint64_t offset = writer_->size(), skip = 0;
    http::Request request;
    request.url = TRY(registry_.At(name_ + "/blobs/" + blob_.digest.ToString(), stop_));
    request.limit = blob_.size;
    request.stop = stop_;
    request.retry = http::Retry::kNever;  // what is here already is not fetched again
    if (offset > 0) request.headers.Add("Range", "bytes=" + std::to_string(offset) + "-");
    request.on_head = [&](const http::Response& head) -> Result<void> {
      Result<uint64_t> first = BytesToSkip(head.status, head.headers.Get("Content-Range"),
                                           head.headers.Get("Content-Length"), offset, blob_.size);
      if (!first) return Fail(What() + ": " + first.error().message);
      skip = *first;
      return {};
    };
    request.sink = [&](std::string_view bytes) -> Result<void> {
      if (skip > 0) {
        size_t known = static_cast<size_t>(std::min<uint64_t>(skip, bytes.size()));
        skip -= known;
        bytes.remove_prefix(known);
      }
      TRY_VOID(writer_->Write(bytes));
      if (advance_) advance_(writer_->size());
      return {};
    };
    return registry_.Send(std::move(request), Pulling());
  }

  Access Pulling() const { return {.repository = name_}; }

  Registries& registries_;
  Registry& registry_;
  const std::string name_;
  const Descriptor& blob_;
  Store& store_;
  const std::stop_token& stop_;
  const std::function<void(uint64_t bytes)>& advance_;
  std::unique_ptr<BlobWriter> writer_;
  bool resumed_ = false;
};

}  // namespace

Result<uint64_t> BytesToSkip(int status, std::string_view content_range, std::string_view content_length,
                             uint64_t offset, uint64_t size) {
  uint64_t first = 0;
  if (status == 206) {
    // "bytes FIRST-LAST/SIZE"
    size_t dash = content_range.find('-'), slash = content_range.find('/');
    if (!content_range.starts_with("bytes ") || dash == std::string_view::npos ||
        slash == std::string_view::npos || dash > slash)
      return Fail("the registry sends a part and does not say which");
    std::optional<uint64_t> begin = Number(content_range.substr(6, dash - 6));
    std::string_view whole = content_range.substr(slash + 1);
    if (!begin || *begin > offset || (whole != "*" && Number(whole) != size))
      return Fail("the registry sends another part than was asked for");
    first = *begin;
  } else if (status != 200) {
    return Fail("the registry answers " + std::to_string(status) + " to a request for a blob");
  }
  std::optional<uint64_t> length = Number(content_length);
  if (length && *length != size - first)
    return Fail("the registry sends " + std::to_string(*length) + " bytes where " +
                std::to_string(size - first) + " belong");
  return offset - first;
}

Result<void> Download(Registries& registries, const PullPlace& place, const Descriptor& blob, Store& store,
                      const std::stop_token& stop, const std::function<void(uint64_t bytes)>& advance) {
  return BlobDownload(registries, place, blob, store, stop, advance).Run();
}

}  // namespace guard::builder
