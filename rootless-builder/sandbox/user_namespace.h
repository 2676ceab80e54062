// Becoming root in a user namespace of one's own.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "policies/base/error.h"

namespace guard::builder {

struct IdRange {
  uint32_t first = 0;
  uint32_t count = 0;
  bool operator==(const IdRange&) const = default;
};

// The ranges that /etc/subuid or /etc/subgid (`text`) give to a user, by name or by number.
std::vector<IdRange> ParseSubordinateIds(std::string_view text, std::string_view user, uint32_t uid);
// The name that /etc/passwd (`text`) has for a user id; empty: none.
std::string UserNameIn(std::string_view passwd, uint32_t uid);
// Own id as 0, then the ranges from 1 on: lines of /proc/PID/uid_map.
struct IdMapLine {
  uint32_t inside = 0, outside = 0, count = 0;
  bool operator==(const IdMapLine&) const = default;
};
std::vector<IdMapLine> MapRanges(uint32_t own, const std::vector<IdRange>& ranges);

// How many ids beyond the own one EnterUserNamespace(true) would map, uids and gids alike.
uint32_t MappableIds();

// Moves this process, which has one thread, to a new user namespace where it is root with all capabilities.
// `range`: with subordinate ids (newuidmap and newgidmap, or by itself as a root with CAP_SETUID).
Result<void> EnterUserNamespace(bool range);

}  // namespace guard::builder
