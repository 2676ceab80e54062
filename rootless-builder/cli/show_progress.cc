// The plain style is what scripts and people know from BuildKit: "#5 [build 2/4] RUN make", "#5 1.234
// output", "#5 DONE 2.1s". Tested by tests/e2e/builder_build.sh.
#include "rootless-builder/cli/show_progress.h"

#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <vector>

#include "rootless-builder/cli/tty_progress.h"

namespace guard::builder {

namespace {

using Clock = std::chrono::steady_clock;

double Since(Clock::time_point begin) { return std::chrono::duration<double>(Clock::now() - begin).count(); }

void Write(const std::string& text) {
  for (size_t done = 0; done < text.size();) {
    ssize_t wrote = write(2, text.data() + done, text.size() - done);
    if (wrote <= 0) return;  // nobody listens
    done += static_cast<size_t>(wrote);
  }
}

std::string Seconds(double seconds, int digits) {
  char text[32];
  snprintf(text, sizeof text, "%.*f", digits, seconds);
  return text;
}

class PlainProgress : public BuildProgress, private Progress {
 public:
  int Begin(const std::string& name) override {
    std::lock_guard lock(mutex_);
    vertices_.push_back({.name = name, .begin = Clock::now()});
    int number = static_cast<int>(vertices_.size());
    Write("#" + std::to_string(number) + " " + OneLine(name) + "\n");
    return number;
  }

  void Output(int vertex, std::string_view bytes) override {
    std::lock_guard lock(mutex_);
    Vertex& of = vertices_[static_cast<size_t>(vertex) - 1];
    of.line += bytes;
    std::string out;
    size_t at = 0;
    for (size_t end; (end = of.line.find('\n', at)) != std::string::npos; at = end + 1)
      out += Prefix(vertex) + Seconds(Since(of.begin), 3) + " " + of.line.substr(at, end - at) + "\n";
    of.line.erase(0, at);
    // A line that never ends is shown in pieces.
    if (of.line.size() > (64u << 10)) {
      out += Prefix(vertex) + Seconds(Since(of.begin), 3) + " " + of.line + "\n";
      of.line.clear();
    }
    Write(out);
  }

  void End(int vertex, VertexEnd end, const std::string& error) override {
    std::lock_guard lock(mutex_);
    Vertex& of = vertices_[static_cast<size_t>(vertex) - 1];
    std::string out;
    if (!of.line.empty()) out = Prefix(vertex) + Seconds(Since(of.begin), 3) + " " + of.line + "\n";
    of.line.clear();
    switch (end) {
      case VertexEnd::kDone: out += Prefix(vertex) + "DONE " + Seconds(Since(of.begin), 1) + "s\n"; break;
      case VertexEnd::kCached: out += Prefix(vertex) + "CACHED\n"; break;
      case VertexEnd::kFailed: out += Prefix(vertex) + "ERROR: " + OneLine(error) + "\n"; break;
      case VertexEnd::kCanceled: out += Prefix(vertex) + "CANCELED\n"; break;
    }
    Write(out + "\n");
  }

  void Warn(const std::string& text) override { Write(text); }
  Progress& Transfers() override { return *this; }

 private:
  struct Vertex {
    std::string name;
    Clock::time_point begin;
    std::string line;
  };
  struct Blob {
    Direction direction;
    uint64_t size = 0;
    Clock::time_point begin, shown;
    int number = 0;
  };

  static std::string Prefix(int vertex) { return "#" + std::to_string(vertex) + " "; }
  static std::string OneLine(const std::string& text) { return text.substr(0, text.find('\n')); }

  void Begin(Direction direction, const Descriptor& blob) override {
    std::lock_guard lock(mutex_);
    vertices_.push_back({.name = blob.digest.ToString(), .begin = Clock::now()});
    blobs_[blob.digest] = {direction, blob.size, Clock::now(), Clock::now(),
                           static_cast<int>(vertices_.size())};
  }
  void Advance(const Digest& digest, uint64_t bytes) override {
    std::lock_guard lock(mutex_);
    auto blob = blobs_.find(digest);
    if (blob == blobs_.end() || Since(blob->second.shown) < 2) return;
    blob->second.shown = Clock::now();
    Write(Prefix(blob->second.number) + digest.ToString().substr(0, 19) + " " + ShowSize(bytes) + " / " +
          ShowSize(blob->second.size) + " " + Seconds(Since(blob->second.begin), 1) + "s\n");
  }
  void End(const Digest& digest, Outcome outcome) override {
    std::lock_guard lock(mutex_);
    auto blob = blobs_.find(digest);
    if (blob == blobs_.end()) return;
    static constexpr const char* kOutcomes[] = {"done", "there already", "mounted", "failed"};
    Write(Prefix(blob->second.number) +
          (blob->second.direction == Direction::kPull ? "pulling " : "pushing ") +
          digest.ToString().substr(0, 19) + " " + ShowSize(blob->second.size) + " " +
          kOutcomes[static_cast<int>(outcome)] + " " + Seconds(Since(blob->second.begin), 1) + "s\n");
    blobs_.erase(blob);
  }

  std::mutex mutex_;
  std::vector<Vertex> vertices_;
  std::map<Digest, Blob> blobs_;
};

// One JSON object a line, for programs.
class JsonProgress : public BuildProgress, private Progress {
 public:
  int Begin(const std::string& name) override {
    std::lock_guard lock(mutex_);
    int number = ++count_;
    Put({{"vertex", number}, {"name", name}, {"started", Now()}});
    return number;
  }
  void Output(int vertex, std::string_view bytes) override {
    std::lock_guard lock(mutex_);
    Put({{"vertex", vertex}, {"log", std::string(bytes)}});
  }
  void End(int vertex, VertexEnd end, const std::string& error) override {
    std::lock_guard lock(mutex_);
    static constexpr const char* kEnds[] = {"done", "cached", "failed", "canceled"};
    nlohmann::json json = {
        {"vertex", vertex}, {"completed", Now()}, {"result", kEnds[static_cast<int>(end)]}};
    if (!error.empty()) json["error"] = error;
    Put(json);
  }
  void Warn(const std::string& text) override {
    std::lock_guard lock(mutex_);
    Put({{"warning", text}});
  }
  Progress& Transfers() override { return *this; }

 private:
  static double Now() {
    return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
  }
  static void Put(const nlohmann::json& json) {
    Write(json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
  }
  void Begin(Direction direction, const Descriptor& blob) override {
    std::lock_guard lock(mutex_);
    Put({{"blob", blob.digest.ToString()},
         {"size", blob.size},
         {"direction", direction == Direction::kPull ? "pull" : "push"}});
  }
  void Advance(const Digest&, uint64_t) override {}
  void End(const Digest& blob, Outcome outcome) override {
    std::lock_guard lock(mutex_);
    static constexpr const char* kOutcomes[] = {"done", "existed", "mounted", "failed"};
    Put({{"blob", blob.ToString()}, {"result", kOutcomes[static_cast<int>(outcome)]}});
  }

  std::mutex mutex_;
  int count_ = 0;
};

class QuietProgress : public BuildProgress, private Progress {
 public:
  int Begin(const std::string&) override { return 0; }
  void Output(int, std::string_view) override {}
  void End(int, VertexEnd, const std::string&) override {}
  void Warn(const std::string&) override {}
  Progress& Transfers() override { return *this; }

 private:
  void Begin(Direction, const Descriptor&) override {}
  void Advance(const Digest&, uint64_t) override {}
  void End(const Digest&, Outcome) override {}
};

}  // namespace

std::string ShowSize(uint64_t bytes) {
  static constexpr const char* kUnits[] = {"B", "kB", "MB", "GB", "TB"};
  double value = static_cast<double>(bytes);
  int unit = 0;
  while (value >= 1000 && unit < 4) value /= 1000, ++unit;
  char text[32];
  snprintf(text, sizeof text, unit == 0 ? "%.0f%s" : "%.1f%s", value, kUnits[unit]);
  return text;
}

Result<std::unique_ptr<BuildProgress>> MakeProgress(const std::string& style) {
  if (style == "plain" || (style == "auto" && !isatty(2)))
    return std::unique_ptr<BuildProgress>(std::make_unique<PlainProgress>());
  if (style == "auto" || style == "tty") return MakeTtyProgress();
  if (style == "quiet" || style == "none")
    return std::unique_ptr<BuildProgress>(std::make_unique<QuietProgress>());
  if (style == "rawjson") return std::unique_ptr<BuildProgress>(std::make_unique<JsonProgress>());
  return Fail("'" + style + "' is no style of progress", "known are auto, plain, tty, quiet and rawjson");
}

}  // namespace guard::builder
