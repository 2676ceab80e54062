// Time zones: how far local time is from UTC at a moment, for names ("Europe/Berlin") and offsets ("+02:00").
//
// Names are looked up in the system's own time zone files (TZif, RFC 9636); there is no table of rules in
// here that would go stale. Nothing is remembered between calls: the files are a few kilobytes and in the
// page cache.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "policies/base/error.h"

namespace guard::cel {

// Seconds east of UTC at `moment` (seconds since 1970). "" and "UTC" are 0; "+02:00", "-2:30" and "02:00"
// need no files; everything else is the name of a file below the system's zoneinfo folder and can only be
// that: names are letters, digits, '_', '-', '+' and single slashes, no part begins with a dot.
Result<int32_t> OffsetInZone(std::string_view zone, int64_t moment);

// The same for the bytes of a TZif file.
Result<int32_t> OffsetInTzif(std::string_view file, int64_t moment);

// The same for a POSIX TZ string ("CET-1CEST,M3.5.0,M10.5.0/3"), which is how a TZif file ends.
Result<int32_t> OffsetInRule(std::string_view rule, int64_t moment);

}  // namespace guard::cel
