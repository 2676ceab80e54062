// Why a request came to nothing, so that callers can tell what is worth another try.
#pragma once

#include <expected>
#include <utility>

#include "policies/base/error.h"

namespace guard::builder::http {

enum class FailureKind : uint8_t {
  kNoHost,       // the name does not exist
  kConnect,      // no connection: names that cannot be asked for, TCP, a proxy that refuses
  kNotTls,       // whoever answers does not speak TLS
  kCertificate,  // TLS, but not with somebody we trust
  kBroken,       // the connection broke or fell silent
  kTimeout,      // the time for the whole is over
  kStopped,      // the caller wants no more
  kRefused,      // what came is not allowed: redirects, sizes, what is no HTTP
  kCaller,       // the caller's sink or source failed
};

struct Failure {
  FailureKind kind;
  Error error;
};

template <class T>
using Outcome = std::expected<T, Failure>;

inline std::unexpected<Failure> Failed(FailureKind kind, std::string message, std::string hint = {}) {
  return std::unexpected<Failure>(
      Failure{kind, Error{.message = std::move(message), .hint = std::move(hint)}});
}

// Whether the same request may fare better a moment later.
inline bool WorthAnotherTry(FailureKind kind) {
  return kind == FailureKind::kConnect || kind == FailureKind::kBroken;
}

}  // namespace guard::builder::http

// As TRY, for Outcomes.
#define TRY_OUTCOME(...)                                                                        \
  ({                                                                                            \
    auto try_outcome_ = (__VA_ARGS__);                                                          \
    if (!try_outcome_)                                                                          \
      return std::unexpected<::guard::builder::http::Failure>(std::move(try_outcome_.error())); \
    std::move(*try_outcome_);                                                                   \
  })
#define TRY_OUTCOME_VOID(...)                                                                   \
  do {                                                                                          \
    auto try_outcome_ = (__VA_ARGS__);                                                          \
    if (!try_outcome_)                                                                          \
      return std::unexpected<::guard::builder::http::Failure>(std::move(try_outcome_.error())); \
  } while (false)
