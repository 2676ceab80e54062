// Tested by metrics_test.cc.
#include "webhook/http/process_stats.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace guard {

ProcessStats ReadProcessStats() {
  ProcessStats stats;
  const auto ticks = static_cast<double>(::sysconf(_SC_CLK_TCK));
  std::string line;
  std::getline(std::ifstream("/proc/self/stat"), line);
  // The program's name stands in brackets and may hold anything.
  size_t name_end = line.rfind(')');
  if (name_end != std::string::npos) {
    std::istringstream fields(line.substr(name_end + 1));
    std::string skipped;
    double user = 0, system = 0, start = 0, pages = 0;
    for (int i = 3; i < 14; ++i) fields >> skipped;
    fields >> user >> system;
    for (int i = 16; i < 22; ++i) fields >> skipped;
    fields >> start >> skipped >> pages;
    stats.cpu_seconds = (user + system) / ticks;
    stats.resident_bytes = pages * static_cast<double>(::sysconf(_SC_PAGESIZE));
    std::ifstream system_stat("/proc/stat");
    for (std::string word; system_stat >> word;) {
      double boot = 0;
      if (word == "btime" && system_stat >> boot) stats.start_time = boot + start / ticks;
    }
  }
  std::error_code error;
  for (std::filesystem::directory_iterator at("/proc/self/fd", error), end; !error && at != end;
       at.increment(error))
    ++stats.open_descriptors;
  return stats;
}

}  // namespace guard
