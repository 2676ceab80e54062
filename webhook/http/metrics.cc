// Tested by metrics_test.cc.
#include "webhook/http/metrics.h"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <sstream>

#include "webhook/http/process_stats.h"

namespace guard {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;
using Labels = std::vector<ClientMetric::Label>;

double Seconds(Metrics::SystemTime time) {
  return std::chrono::duration<double>(time.time_since_epoch()).count();
}

// Builds families in the order in which they are told.
class Page {
 public:
  void Family(std::string name, std::string help, MetricType type) {
    families_.push_back({std::move(name), std::move(help), type, {}});
  }
  void Value(double value, Labels labels = {}) {
    ClientMetric metric;
    metric.label = std::move(labels);
    (families_.back().type == MetricType::Counter ? metric.counter.value : metric.gauge.value) = value;
    families_.back().metric.push_back(std::move(metric));
  }
  void Value(uint64_t value, Labels labels = {}) { Value(static_cast<double>(value), std::move(labels)); }
  void Gauge(std::string name, std::string help, double value) {
    Family(std::move(name), std::move(help), MetricType::Gauge);
    Value(value);
  }
  void Histogram(ClientMetric::Histogram histogram, Labels labels) {
    ClientMetric metric;
    metric.label = std::move(labels);
    metric.histogram = std::move(histogram);
    families_.back().metric.push_back(std::move(metric));
  }
  std::string Text() const {
    std::ostringstream out;
    prometheus::TextSerializer().Serialize(out, families_);
    return out.str();
  }

 private:
  std::vector<MetricFamily> families_;
};

template <class Of>
uint64_t Sum(const std::vector<const LoopCounters*>& loops, Of of) {
  uint64_t sum = 0;
  for (const LoopCounters* loop : loops) sum += of(*loop);
  return sum;
}

void WriteSockets(const std::vector<const LoopCounters*>& loops, Page* page) {
  auto gauge = [&](std::string name, std::string help, auto of) {
    page->Gauge("guard_webhook_" + std::move(name), std::move(help), static_cast<double>(Sum(loops, of)));
  };
  gauge("connections", "Open connections.", [](auto& loop) { return loop.connections.get(); });
  gauge("requests_in_flight", "Requests of which some bytes have come, and that are not answered.",
        [](auto& loop) { return loop.in_flight.get(); });
  gauge("requests_waiting_for_log", "Requests that are judged and wait for the decision log.",
        [](auto& loop) { return loop.waiting.get(); });
  gauge("request_bytes_held", "Bytes of unfinished requests.",
        [](auto& loop) { return loop.held_bytes.get(); });
  page->Family("guard_webhook_loop_lag_seconds",
               "How late the last tick of an event loop was: time in its queue.", MetricType::Gauge);
  for (size_t i = 0; i < loops.size(); ++i)
    page->Value(static_cast<double>(loops[i]->lag_microseconds.get()) / 1e6, {{"loop", std::to_string(i)}});

  auto counter = [&](std::string name, std::string help) {
    page->Family("guard_webhook_" + std::move(name), std::move(help), MetricType::Counter);
  };
  counter("connections_total", "Connections accepted.");
  page->Value(Sum(loops, [](auto& loop) { return loop.accepted.get(); }));
  counter("handshake_failures_total", "TLS handshakes that failed.");
  page->Value(Sum(loops, [](auto& loop) { return loop.handshakes_failed.get(); }));
  counter("timeouts_total", "Connections that were given up, by what they were waited for.");
  page->Value(Sum(loops, [](auto& loop) { return loop.timeouts_handshake.get(); }), {{"phase", "handshake"}});
  page->Value(Sum(loops, [](auto& loop) { return loop.timeouts_idle.get(); }), {{"phase", "idle"}});
  page->Value(Sum(loops, [](auto& loop) { return loop.timeouts_read.get(); }), {{"phase", "read"}});
  page->Value(Sum(loops, [](auto& loop) { return loop.timeouts_write.get(); }), {{"phase", "write"}});
  counter("http_responses_total", "Answers by HTTP status; every verdict is a 200.");
  for (size_t i = 0; i < kCountedStatuses.size(); ++i) {
    int status = kCountedStatuses[i];
    page->Value(Sum(loops, [i](auto& loop) { return loop.responses[i].get(); }),
                {{"code", status ? std::to_string(status) : "other"}});
  }
}

void WriteLatency(const std::vector<const ReviewCounters*>& loops, Page* page) {
  page->Family("guard_webhook_review_duration_seconds", "Time that judging one review took.",
               MetricType::Histogram);
  for (size_t operation = 0; operation < kCountedOperations.size(); ++operation) {
    for (size_t verdict = 0; verdict < kVerdicts; ++verdict) {
      ClientMetric::Histogram histogram;
      uint64_t count = 0, nanoseconds = 0;
      for (size_t bucket = 0; bucket <= kLatencyBounds.size(); ++bucket) {
        for (const ReviewCounters* loop : loops)
          count += loop->latency[operation][verdict].buckets[bucket].get();
        double bound = bucket < kLatencyBounds.size() ? kLatencyBounds[bucket] / 1e6
                                                      : std::numeric_limits<double>::infinity();
        histogram.bucket.push_back({count, bound});
      }
      for (const ReviewCounters* loop : loops)
        nanoseconds += loop->latency[operation][verdict].nanoseconds.get();
      if (count == 0) continue;
      histogram.sample_count = count;
      histogram.sample_sum = static_cast<double>(nanoseconds) / 1e9;
      page->Histogram(std::move(histogram),
                      {{"operation", std::string(kCountedOperations[operation])},
                       {"verdict", std::string(ToString(static_cast<Verdict>(verdict)))}});
    }
  }
}

void WriteReviews(const std::vector<const ReviewCounters*>& loops, Page* page) {
  WriteLatency(loops, page);
  std::map<std::string, ReviewCounters::Guardrail, std::less<>> guardrails;
  std::map<std::string, ReviewCounters::Profile, std::less<>> profiles;
  uint64_t errors = 0;
  for (const ReviewCounters* loop : loops) {
    errors += loop->errors.get();
    for (const auto& [name, row] : loop->guardrails()) {
      ReviewCounters::Guardrail& sum = guardrails[name];
      for (size_t i = 0; i < kActionCount; ++i) sum.findings[i] += row.findings[i];
      sum.exempted += row.exempted;
    }
    for (const auto& [name, row] : loop->profiles())
      for (size_t route = 0; route < 2; ++route)
        for (size_t i = 0; i < kVerdicts; ++i) profiles[name].reviews[route][i] += row.reviews[route][i];
  }
  page->Family("guard_webhook_reviews_total", "Reviews by profile, route and verdict.", MetricType::Counter);
  for (const auto& [name, row] : profiles)
    for (size_t route = 0; route < 2; ++route)
      for (size_t i = 0; i < kVerdicts; ++i)
        if (row.reviews[route][i] > 0)
          page->Value(row.reviews[route][i], {{"profile", name},
                                              {"route", route ? "steer" : "validate"},
                                              {"verdict", std::string(ToString(static_cast<Verdict>(i)))}});
  page->Family("guard_webhook_review_errors_total", "Reviews that were denied as they could not be judged.",
               MetricType::Counter);
  page->Value(errors);
  page->Family("guard_webhook_guardrail_findings_total",
               "Findings by guardrail and what was done about them; exempted: an exemption covered them.",
               MetricType::Counter);
  for (const auto& [name, row] : guardrails) {
    for (size_t i = 0; i < kActionCount; ++i)
      if (row.findings[i] > 0)
        page->Value(row.findings[i],
                    {{"guardrail", name}, {"action", std::string(ToString(static_cast<Action>(i)))}});
    if (row.exempted > 0) page->Value(row.exempted, {{"guardrail", name}, {"action", "exempted"}});
  }
}

void WriteProcess(Page* page) {
  ProcessStats stats = ReadProcessStats();
  page->Gauge("process_resident_memory_bytes", "Resident memory.", stats.resident_bytes);
  page->Gauge("process_start_time_seconds", "When the process began, in Unix time.", stats.start_time);
  page->Gauge("process_open_fds", "Open file descriptors.", stats.open_descriptors);
  page->Family("process_cpu_seconds_total", "User and system CPU time.", MetricType::Counter);
  page->Value(stats.cpu_seconds);
}

}  // namespace

void Metrics::AddLoop(const LoopCounters* sockets, const ReviewCounters* reviews) {
  sockets_.push_back(sockets);
  reviews_.push_back(reviews);
}

void Metrics::CountReload(Reloaded what, bool ok, SystemTime now) {
  std::lock_guard lock(mutex_);
  Reloads& reloads = reloads_[static_cast<size_t>(what)];
  ++(ok ? reloads.good : reloads.bad);
  reloads.last_good = ok;
  if (ok) reloads.last_success = now;
}

void Metrics::SetCertificate(SystemTime not_after) {
  std::lock_guard lock(mutex_);
  certificate_not_after_ = not_after;
}

void Metrics::SetPolicies(std::string digest) {
  std::lock_guard lock(mutex_);
  policies_ = std::move(digest);
}

std::string Metrics::Scrape() const {
  Page page;
  page.Family("guard_webhook_build_info", "The version that runs.", MetricType::Gauge);
  page.Value(1.0, {{"version", version_}});
  page.Gauge("guard_webhook_draining", "1 while the server ends.", draining_ ? 1 : 0);
  WriteReviews(reviews_, &page);
  WriteSockets(sockets_, &page);
  {
    std::lock_guard lock(mutex_);
    page.Family("guard_webhook_policy_set_info", "The digest of the policies in force.", MetricType::Gauge);
    page.Value(1.0, {{"digest", policies_}});
    page.Gauge("guard_webhook_certificate_expiry_timestamp_seconds",
               "When the serving certificate expires, in Unix time.", Seconds(certificate_not_after_));
    constexpr const char* kWhat[] = {"certificate", "policies"};
    page.Family("guard_webhook_reloads_total", "Reloads that were tried, the start included.",
                MetricType::Counter);
    for (size_t i = 0; i < 2; ++i) {
      page.Value(reloads_[i].good, {{"what", kWhat[i]}, {"result", "success"}});
      page.Value(reloads_[i].bad, {{"what", kWhat[i]}, {"result", "failure"}});
    }
    page.Family("guard_webhook_reload_last_ok",
                "0 while the newest version was refused and an older one serves.", MetricType::Gauge);
    for (size_t i = 0; i < 2; ++i) page.Value(reloads_[i].last_good ? 1.0 : 0.0, {{"what", kWhat[i]}});
    page.Family("guard_webhook_reload_last_success_timestamp_seconds", "When what is in force was loaded.",
                MetricType::Gauge);
    for (size_t i = 0; i < 2; ++i) page.Value(Seconds(reloads_[i].last_success), {{"what", kWhat[i]}});
  }
  uint64_t log_errors = 0;
  for (const ReviewCounters* loop : reviews_) log_errors += loop->log_errors.get() + loop->durable_log_errors;
  page.Family("guard_webhook_decision_log_errors_total", "Decisions that could not be written down.",
              MetricType::Counter);
  page.Value(log_errors);
  if (log_) {
    DecisionLogStatus status = log_->status();
    page.Family("guard_webhook_decision_log_records", "The number of the newest record.", MetricType::Gauge);
    page.Value(status.seq);
    page.Family("guard_webhook_decision_log_rotations_total", "Files that were full.", MetricType::Counter);
    page.Value(status.rotations);
    page.Family("guard_webhook_decision_log_breaks_total", "Breaks of the chain that were recorded.",
                MetricType::Counter);
    page.Value(status.breaks);
  }
  WriteProcess(&page);
  return page.Text();
}

}  // namespace guard
