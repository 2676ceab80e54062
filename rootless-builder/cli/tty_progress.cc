// Finished steps scroll away as lines of text; the running ones are drawn anew ten times a second below them.
#include "rootless-builder/cli/tty_progress.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <deque>
#include <map>
#include <mutex>
#include <thread>

#include "rootless-builder/cli/show_progress.h"

namespace guard::builder {

namespace {

using Clock = std::chrono::steady_clock;

constexpr size_t kShownLines = 6;

void Write(const std::string& text) {
  for (size_t done = 0; done < text.size();) {
    ssize_t wrote = write(2, text.data() + done, text.size() - done);
    if (wrote <= 0) return;
    done += static_cast<size_t>(wrote);
  }
}

// What a step prints may hold escape sequences; they must not move our lines.
std::string Harmless(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    unsigned char c = static_cast<unsigned char>(text[i]);
    if (c == 0x1B) {
      if (i + 1 < text.size() && text[i + 1] == '[')
        for (i += 2; i < text.size() && (text[i] < '@' || text[i] > '~');) ++i;
      continue;
    }
    if (c == '\t')
      out += "    ";
    else if (c >= 0x20 && c != 0x7F)
      out += static_cast<char>(c);
  }
  return out;
}

size_t Width() {
  winsize size{};
  return ioctl(2, TIOCGWINSZ, &size) == 0 && size.ws_col > 20 ? size.ws_col : 80;
}

size_t Height() {
  winsize size{};
  return ioctl(2, TIOCGWINSZ, &size) == 0 && size.ws_row > 5 ? size.ws_row : 24;
}

// Cut to a width; bytes that continue a code point take no place.
std::string Cut(const std::string& text, size_t width) {
  size_t columns = 0, at = 0;
  while (at < text.size()) {
    bool continues = (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80;
    if (!continues && columns == width) break;
    columns += !continues;
    ++at;
  }
  return text.substr(0, at);
}

size_t Columns(const std::string& text) {
  return static_cast<size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

class TtyProgress : public BuildProgress, private Progress {
 public:
  TtyProgress() : painter_([this](const std::stop_token& stop) { Paint(stop); }) {}
  ~TtyProgress() override {
    painter_.request_stop();
    wake_.notify_all();
    painter_.join();
    Write(Erase());
  }

  int Begin(const std::string& name) override {
    std::lock_guard lock(mutex_);
    int number = ++count_;
    running_[number] = {.name = Harmless(name.substr(0, name.find('\n'))), .begin = Clock::now()};
    return number;
  }

  void Output(int vertex, std::string_view bytes) override {
    std::lock_guard lock(mutex_);
    auto of = running_.find(vertex);
    if (of == running_.end()) return;
    Vertex& step = of->second;
    for (char c : bytes) {
      if (c == '\n') {
        step.lines.push_back(Harmless(step.line));
        if (step.lines.size() > kShownLines) step.lines.pop_front();
        step.line.clear();
      } else if (c == '\r') {
        step.line.clear();
      } else if (step.line.size() < 4096) {
        step.line += c;
      }
    }
  }

  void End(int vertex, VertexEnd end, const std::string& error) override {
    std::lock_guard lock(mutex_);
    auto of = running_.find(vertex);
    if (of == running_.end()) return;
    static constexpr const char* kMarks[] = {"\033[34m=>\033[0m", "\033[32m=>\033[0m", "\033[31m=>\033[0m",
                                             "\033[33m=>\033[0m"};
    std::string what = end == VertexEnd::kCached     ? "CACHED "
                       : end == VertexEnd::kFailed   ? "ERROR "
                       : end == VertexEnd::kCanceled ? "CANCELED "
                                                     : "";
    std::string line = Line(kMarks[static_cast<int>(end)], what + of->second.name, of->second.begin);
    // The last lines of what failed stay on the screen.
    if (end == VertexEnd::kFailed && !error.empty())
      for (const std::string& text : of->second.lines) line += "   " + Cut(text, Width() - 4) + "\n";
    scrolled_ += line;
    running_.erase(of);
    Draw();
  }

  void Warn(const std::string& text) override {
    std::lock_guard lock(mutex_);
    scrolled_ += text;
  }
  Progress& Transfers() override { return *this; }

 private:
  struct Vertex {
    std::string name;
    Clock::time_point begin;
    std::deque<std::string> lines;
    std::string line;
  };
  struct Blob {
    Direction direction = Direction::kPull;
    uint64_t size = 0, done = 0;
    Clock::time_point begin;
  };

  void Begin(Direction direction, const Descriptor& blob) override {
    std::lock_guard lock(mutex_);
    blobs_[blob.digest] = {direction, blob.size, 0, Clock::now()};
  }
  void Advance(const Digest& blob, uint64_t bytes) override {
    std::lock_guard lock(mutex_);
    auto of = blobs_.find(blob);
    if (of != blobs_.end()) of->second.done = bytes;
  }
  void End(const Digest& blob, Outcome) override {
    std::lock_guard lock(mutex_);
    blobs_.erase(blob);
  }

  static std::string Line(const std::string& mark, const std::string& text, Clock::time_point begin) {
    char time[32];
    snprintf(time, sizeof time, "%.1fs", std::chrono::duration<double>(Clock::now() - begin).count());
    size_t width = Width(), room = width - std::min(width, std::string_view(time).size() + 5);
    std::string shown = Cut(text, room);
    return " " + mark + " " + shown + std::string(room - Columns(shown) + 1, ' ') + time + "\n";
  }

  static std::string Bar(const Blob& blob) {
    constexpr size_t kCells = 24;
    double part =
        blob.size == 0 ? 1 : std::min(1.0, static_cast<double>(blob.done) / static_cast<double>(blob.size));
    size_t full = static_cast<size_t>(part * kCells);
    return "[" + std::string(full, '=') + (full < kCells ? ">" : "") +
           std::string(kCells - std::min(kCells, full + 1), ' ') + "] " + ShowSize(blob.done) + " / " +
           ShowSize(blob.size);
  }

  std::string Erase() {
    std::string out;
    if (drawn_ > 0) out = "\033[" + std::to_string(drawn_) + "A\033[J";
    drawn_ = 0;
    return out;
  }

  void Draw() {
    std::string out = Erase() + scrolled_;
    scrolled_.clear();
    size_t room = Height() - 2, width = Width();
    for (const auto& [number, step] : running_) {
      if (drawn_ + 1 > room) break;
      out += Line("\033[36m=>\033[0m", step.name, step.begin), ++drawn_;
      for (const std::string& line : step.lines) {
        if (drawn_ + 1 > room) break;
        out += "\033[2m   " + Cut(line, width - 4) + "\033[0m\n", ++drawn_;
      }
    }
    for (const auto& [digest, blob] : blobs_) {
      if (drawn_ + 1 > room) break;
      std::string text = (blob.direction == Direction::kPull ? "pull " : "push ") +
                         digest.hex().substr(0, 12) + " " + Bar(blob);
      out += Line("\033[36m=>\033[0m", text, blob.begin), ++drawn_;
    }
    Write(out);
  }

  void Paint(const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    while (!stop.stop_requested()) {
      wake_.wait_for(lock, std::chrono::milliseconds(100), [&] { return stop.stop_requested(); });
      Draw();
    }
  }

  std::mutex mutex_;
  std::condition_variable wake_;
  int count_ = 0;
  std::map<int, Vertex> running_;
  std::map<Digest, Blob> blobs_;
  std::string scrolled_;
  size_t drawn_ = 0;
  std::jthread painter_;
};

}  // namespace

std::unique_ptr<BuildProgress> MakeTtyProgress() { return std::make_unique<TtyProgress>(); }

}  // namespace guard::builder
