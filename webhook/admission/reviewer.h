// One AdmissionReview in, one out: reading, judging, steering and answering, without a socket or a clock.
//
// Rules is everything a decision rests on, immutable and shared by threads; a Reviewer is one thread's
// scratch over it. A server that reloads makes new Rules, gives them to new Reviewers, and lets the old ones
// go.
#pragma once

#include <chrono>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "policies/base/error.h"
#include "webhook/admission/config.h"
#include "webhook/admission/decision.h"

namespace guard {

class Rules {
 public:
  // Loads and compiles what the configuration names: the packs in the binary, folders of packs, Kubernetes'
  // own policies. All or nothing: every mistake is told, each at its place.
  static std::expected<std::shared_ptr<const Rules>, std::vector<Error>> Load(const RulesConfig& config);
  virtual ~Rules() = default;

  virtual std::string_view digest() const = 0;  // SHA-256 over all of it, hex
  virtual std::vector<std::string> profiles() const = 0;
  // Every guardrail and policy that some profile uses, for metrics; sorted.
  virtual std::vector<std::string> guardrails() const = 0;
};

enum class Route : uint8_t { kValidate, kSteer };

struct Answer {
  std::string body;  // the AdmissionReview to send back, HTTP status 200
  int status = 200;  // otherwise a call that is no review at all: 400 (unreadable), 404 (no such profile)
  Decision decision;
};

// One thread's. Keeps its buffers between reviews; memory does not grow with the number of reviews.
class Reviewer {
 public:
  explicit Reviewer(std::shared_ptr<const Rules> rules);
  ~Reviewer();
  Reviewer(Reviewer&&) noexcept;

  // Never fails: what cannot be read or judged is denied, with the reason. `now` decides about expiry of
  // exemptions. `answer` is overwritten; its strings' memory is used again.
  void Review(Route route, std::string_view profile, std::string_view body,
              std::chrono::system_clock::time_point now, Answer* answer);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace guard
