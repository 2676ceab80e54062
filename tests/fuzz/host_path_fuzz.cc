// Host paths: any bytes; normalising twice is normalising once, and a folder reaches what its contents are.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "policies/base/host_path.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view path(reinterpret_cast<const char*>(data), size);
  bool socket = guard::ReachesRuntimeSocket(path), secrets = guard::ReachesHostSecrets(path);
  guard::HostPath normal = guard::NormalizeHostPath(path);
  if (guard::NormalizeHostPath(normal.text).text != normal.text) abort();
  if (!guard::IsSameOrAbove(path, path)) abort();
  // What is plainly an absolute path keeps its verdict when normalised, and its folder is no better than it
  // is.
  if (!normal.absolute || normal.climbs || path.find_first_of("\\:?$ \t\r\n\v\f") != std::string_view::npos ||
      path.starts_with("//./") || path.size() > 4096)
    return 0;
  if (guard::ReachesRuntimeSocket(normal.text) != socket) abort();
  if (guard::ReachesHostSecrets(normal.text) != secrets) abort();
  size_t slash = normal.text.rfind('/');
  std::string folder = normal.text.substr(0, slash == 0 ? 1 : slash);
  if (secrets && !guard::ReachesHostSecrets(folder)) abort();
  return 0;
}
