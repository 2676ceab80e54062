// Tested by tests/unit/engine/load_test.cc and vap_files_test.cc.
#include "policies/engine/read_policy_file.h"

#include <fstream>
#include <sstream>

namespace guard {

Error ErrorAt(const std::filesystem::path& path, std::string message, std::string hint) {
  Error error;
  error.message = std::move(message);
  error.hint = std::move(hint);
  error.place.file = path.string();
  return error;
}

Result<std::string> ReadPolicyFile(const std::filesystem::path& path, uintmax_t largest,
                                   const std::string& what) {
  std::error_code code;
  if (uintmax_t size = std::filesystem::file_size(path, code); !code && size > largest)
    return Fail(ErrorAt(path, "too large for a " + what));
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  if (!file) return Fail(ErrorAt(path, "cannot be read"));
  return std::move(text).str();
}

}  // namespace guard
