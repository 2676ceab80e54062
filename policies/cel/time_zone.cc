// Reads TZif files: a table of transitions for the past and a POSIX TZ string for the time behind it.
//
// A file is trusted no further than any other input: its size is bounded and every count in it is checked
// against its size before anything is read through it.
//
// Tested by lib_time_test.cc.
#include "policies/cel/time_zone.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "policies/cel/time.h"

namespace guard::cel {
namespace {

constexpr const char* kFolders[] = {"/usr/share/zoneinfo/", "/usr/lib/zoneinfo/", "/usr/share/lib/zoneinfo/",
                                    "/etc/zoneinfo/"};
constexpr size_t kLargestFile = 256 * 1024;
constexpr size_t kLongestName = 64;

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

int64_t BigEndian(std::string_view bytes) {
  uint64_t value = bytes.size() < 8 && (static_cast<unsigned char>(bytes[0]) & 0x80) ? ~uint64_t{0} : 0;
  for (char c : bytes) value = value << 8 | static_cast<unsigned char>(c);
  return static_cast<int64_t>(value);
}

// ---- POSIX TZ strings
// -----------------------------------------------------------------------------------------

// When in a year the clocks change: the day, and seconds since that day's midnight by the clock then in use.
struct Change {
  enum class Kind : uint8_t { kMonthWeekDay, kJulian, kZeroBased } kind = Kind::kMonthWeekDay;
  int month = 0, week = 0, day = 0;
  int64_t time = 7200;

  // Seconds since 1970 by the local clock.
  int64_t In(int64_t year) const {
    int64_t first = DaysFromCivil(year, 1, 1);
    bool leap = DaysFromCivil(year + 1, 1, 1) - first == 366;
    if (kind == Kind::kJulian) return (first + day - 1 + (leap && day >= 60 ? 1 : 0)) * 86'400 + time;
    if (kind == Kind::kZeroBased) return (first + day) * 86'400 + time;
    int64_t begin = DaysFromCivil(year, month, 1);
    int weekday = ToCivil(begin * 86'400).weekday;
    int date = (day - weekday + 7) % 7 + (week - 1) * 7;
    if (date >= DaysInMonth(year, month)) date -= 7;
    return (begin + date) * 86'400 + time;
  }
};

class RuleReader {
 public:
  explicit RuleReader(std::string_view text) : rest_(text) {}

  bool done() const { return rest_.empty(); }
  bool Take(char c) {
    if (rest_.empty() || rest_.front() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }
  bool At(char c) const { return !rest_.empty() && rest_.front() == c; }

  // "CET" or "<+03>".
  bool Name() {
    size_t length = 0;
    if (Take('<')) {
      size_t end = rest_.find('>');
      if (end == std::string_view::npos) return false;
      rest_.remove_prefix(end + 1);
      return end > 0;
    }
    while (length < rest_.size() && IsLetter(rest_[length])) ++length;
    rest_.remove_prefix(length);
    return length > 0;
  }

  bool Number(int largest, int* value) {
    if (rest_.empty() || !IsDigit(rest_.front())) return false;
    for (*value = 0; !rest_.empty() && IsDigit(rest_.front()); rest_.remove_prefix(1)) {
      *value = *value * 10 + (rest_.front() - '0');
      if (*value > largest) return false;
    }
    return true;
  }

  // [+-]hh[:mm[:ss]], hours up to a week.
  bool Seconds(int64_t* seconds) {
    bool negative = Take('-');
    if (!negative) Take('+');
    int hours, minutes = 0, rest = 0;
    if (!Number(167, &hours)) return false;
    if (Take(':') && (!Number(59, &minutes) || (Take(':') && !Number(59, &rest)))) return false;
    *seconds = (negative ? -1 : 1) * (int64_t{hours} * 3600 + minutes * 60 + rest);
    return true;
  }

  // Mm.w.d, Jn or n, and /time.
  bool ReadChange(Change* change) {
    if (Take('M')) {
      if (!Number(12, &change->month) || !Take('.') || !Number(5, &change->week) || !Take('.') ||
          !Number(6, &change->day) || change->month < 1 || change->week < 1)
        return false;
    } else if (Take('J')) {
      change->kind = Change::Kind::kJulian;
      if (!Number(365, &change->day) || change->day < 1) return false;
    } else {
      change->kind = Change::Kind::kZeroBased;
      if (!Number(365, &change->day)) return false;
    }
    return !Take('/') || Seconds(&change->time);
  }

 private:
  std::string_view rest_;
};

// ---- TZif
// -----------------------------------------------------------------------------------------------------

struct Header {
  char version = 0;
  uint64_t utc_flags = 0, standard_flags = 0, leaps = 0, transitions = 0, types = 0, letters = 0;

  // Bytes of the data block behind this header, when its times take `time_size` bytes.
  uint64_t Size(uint64_t time_size) const {
    return transitions * time_size + transitions + types * 6 + letters + leaps * (time_size + 4) +
           standard_flags + utc_flags;
  }
};

constexpr size_t kHeaderSize = 44;

bool ReadHeader(std::string_view file, Header* header) {
  if (file.size() < kHeaderSize || !file.starts_with("TZif")) return false;
  header->version = file[4];
  uint64_t* counts[] = {&header->utc_flags,   &header->standard_flags, &header->leaps,
                        &header->transitions, &header->types,          &header->letters};
  size_t at = 20;
  for (uint64_t* count : counts) {
    *count = static_cast<uint64_t>(BigEndian(file.substr(at, 4))) & 0xffffffff;
    at += 4;
  }
  return header->types > 0;
}

std::unexpected<Error> Damaged() { return Fail("the time zone file is damaged"); }

Result<std::string> ReadZoneFile(std::string_view name) {
  for (const char* folder : kFolders) {
    std::string path = folder + std::string(name);
    int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0) continue;
    struct stat status;
    std::string bytes;
    if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && status.st_size > 0 &&
        static_cast<size_t>(status.st_size) <= kLargestFile) {
      bytes.resize(static_cast<size_t>(status.st_size));
      size_t have = 0;
      while (have < bytes.size()) {
        ssize_t got = read(fd, bytes.data() + have, bytes.size() - have);
        if (got <= 0) break;
        have += static_cast<size_t>(got);
      }
      bytes.resize(have);
    }
    close(fd);
    if (!bytes.empty()) return bytes;
  }
  if (access(kFolders[0], F_OK) != 0)
    return Fail("unknown time zone '" + std::string(name) + "': this system has no time zone files",
                "install tzdata, or write the offset: \"+02:00\"");
  return Fail("unknown time zone '" + std::string(name) + "'");
}

bool IsZoneName(std::string_view name) {
  if (name.empty() || name.size() > kLongestName) return false;
  bool at_start = true;  // of a part between slashes
  for (char c : name) {
    if (at_start && !IsLetter(c)) return false;
    at_start = c == '/';
    if (!IsLetter(c) && !IsDigit(c) && c != '/' && c != '_' && c != '-' && c != '+') return false;
  }
  return !at_start;
}

// "+02:00", "-2:30", "02:00".
bool ReadOffset(std::string_view text, int32_t* offset) {
  bool west = text.starts_with('-');
  if (west || text.starts_with('+')) text.remove_prefix(1);
  size_t colon = text.find(':');
  if (colon < 1 || colon > 2 || text.size() != colon + 3) return false;
  int32_t parts[2] = {0, 0};
  for (size_t i = 0; i < text.size(); ++i) {
    if (i == colon) continue;
    if (!IsDigit(text[i])) return false;
    int32_t& part = parts[i < colon ? 0 : 1];
    part = part * 10 + (text[i] - '0');
  }
  if (parts[0] > 23 || parts[1] > 59) return false;
  *offset = (west ? -1 : 1) * (parts[0] * 3600 + parts[1] * 60);
  return true;
}

}  // namespace

Result<int32_t> OffsetInRule(std::string_view rule, int64_t moment) {
  auto malformed = [] { return Fail("the time zone's rule is malformed"); };
  RuleReader reader(rule);
  int64_t standard;
  if (!reader.Name() || !reader.Seconds(&standard)) return malformed();
  standard = -standard;  // POSIX counts westwards
  if (reader.done()) return static_cast<int32_t>(standard);
  int64_t summer = standard + 3600;
  if (!reader.Name()) return malformed();
  if (!reader.done() && !reader.At(',')) {
    if (!reader.Seconds(&summer)) return malformed();
    summer = -summer;
  }
  // Without rules POSIX leaves the days to the implementation; these are what everybody takes.
  Change to_summer{.month = 3, .week = 2, .day = 0}, to_standard{.month = 11, .week = 1, .day = 0};
  if (!reader.done()) {
    to_summer = {}, to_standard = {};
    if (!reader.Take(',') || !reader.ReadChange(&to_summer) || !reader.Take(',') ||
        !reader.ReadChange(&to_standard) || !reader.done())
      return malformed();
  }
  int64_t year = ToCivil(moment + standard).year;
  int64_t begin = to_summer.In(year) - standard, end = to_standard.In(year) - summer;
  bool is_summer = begin < end ? moment >= begin && moment < end : moment >= begin || moment < end;
  return static_cast<int32_t>(is_summer ? summer : standard);
}

Result<int32_t> OffsetInTzif(std::string_view file, int64_t moment) {
  Header header;
  if (!ReadHeader(file, &header)) return Damaged();
  size_t time_size = 4;
  if (header.version >= '2') {
    // The first block is for old readers; the one behind it says the same in 64 bits.
    uint64_t skip = kHeaderSize + header.Size(4);
    if (skip > file.size()) return Damaged();
    file.remove_prefix(skip);
    if (!ReadHeader(file, &header)) return Damaged();
    time_size = 8;
  }
  if (header.Size(time_size) > file.size() - kHeaderSize) return Damaged();
  file.remove_prefix(kHeaderSize);
  std::string_view times = file.substr(0, header.transitions * time_size);
  std::string_view kinds = file.substr(times.size(), header.transitions);
  std::string_view types = file.substr(times.size() + kinds.size(), header.types * 6);
  std::string_view footer = file.substr(header.Size(time_size));

  // The first transition that is later than the moment.
  uint64_t low = 0, high = header.transitions;
  while (low < high) {
    uint64_t middle = (low + high) / 2;
    if (BigEndian(times.substr(middle * time_size, time_size)) <= moment) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  if (low == header.transitions && time_size == 8 && footer.size() > 2 && footer.front() == '\n') {
    size_t end = footer.find('\n', 1);
    if (end == std::string_view::npos) return Damaged();
    if (end > 1) return OffsetInRule(footer.substr(1, end - 1), moment);
  }
  // Before the first transition the first type holds.
  uint64_t type = low == 0 ? 0 : static_cast<unsigned char>(kinds[low - 1]);
  if (type >= header.types) return Damaged();
  int64_t offset = BigEndian(types.substr(type * 6, 4));
  if (offset < -86'400 || offset > 86'400) return Damaged();
  return static_cast<int32_t>(offset);
}

Result<int32_t> OffsetInZone(std::string_view zone, int64_t moment) {
  if (zone.empty() || zone == "UTC") return 0;
  if (zone.find(':') != std::string_view::npos) {
    int32_t offset;
    if (!ReadOffset(zone, &offset))
      return Fail("invalid time zone offset '" + std::string(zone.substr(0, kLongestName)) + "'",
                  "an offset is written \"+02:00\"");
    return offset;
  }
  if (!IsZoneName(zone))
    return Fail("invalid time zone name '" + std::string(zone.substr(0, kLongestName)) + "'");
  return OffsetInTzif(TRY(ReadZoneFile(zone)), moment);
}

}  // namespace guard::cel
