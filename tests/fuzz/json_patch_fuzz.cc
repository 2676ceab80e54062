// Two JSON texts, one a line: the patch from the first to the second applies and gives the second; and the
// second, read as a patch, never does more than fail.
#include <cstdlib>
#include <string_view>

#include "webhook/admission/json_patch.h"

namespace {

using nlohmann::json;

// The parser is nobody's concern here; depth is bounded as the webhook's reader bounds it.
json Parse(std::string_view text) {
  int depth = 0;
  bool deep = false;
  json value = json::parse(
      text,
      [&](int at, json::parse_event_t, json&) {
        depth = at;
        deep |= depth > 100;
        return true;
      },
      false);
  return deep ? json() : value;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size > 20'000) return 0;
  std::string_view text(reinterpret_cast<const char*>(data), size);
  size_t line = text.find('\n');
  if (line == std::string_view::npos) return 0;
  json before = Parse(text.substr(0, line)), after = Parse(text.substr(line + 1));
  if (before.is_discarded() || after.is_discarded()) return 0;
  auto applied = guard::ApplyPatch(before, guard::DiffPatch(before, after));
  if (!applied || *applied != after) std::abort();
  auto patched = guard::ApplyPatch(before, after);
  if (!patched && patched.error().message.empty()) std::abort();
  return 0;
}
