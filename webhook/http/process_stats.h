// What the kernel knows about this process, for the metrics page.
#pragma once

namespace guard {

struct ProcessStats {
  double resident_bytes = 0, cpu_seconds = 0, start_time = 0, open_descriptors = 0;
};

// Zeros where /proc does not tell.
ProcessStats ReadProcessStats();

}  // namespace guard
