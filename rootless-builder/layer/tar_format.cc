// ustar (POSIX.1-1988) and pax (POSIX.1-2001) headers.
//
// Tested by write_test.cc, and by GNU tar, bsdtar, Python, Go (umoci, skopeo) in tests/e2e/layer_readers.sh.
#include "rootless-builder/layer/tar_format.h"

#include <sys/sysmacros.h>

#include <algorithm>
#include <cstdio>
#include <cstring>

#include "policies/base/utf8.h"

namespace guard::builder {
namespace {

constexpr uint64_t kLargest7 = 07777777, kLargest11 = 077777777777;

// The offsets of ustar's fields.
struct Header {
  char name[100], mode[8], uid[8], gid[8], size[12], mtime[12], checksum[8], type, link[100], magic[6],
      version[2], user[32], group[32], major[8], minor[8], prefix[155], padding[12];
};
static_assert(sizeof(Header) == kTarBlock);

void Octal(char* field, size_t width, uint64_t number) {
  for (size_t i = width - 1; i-- > 0; number >>= 3) field[i] = static_cast<char>('0' + (number & 7));
  field[width - 1] = '\0';
}
template <size_t N>
void Text(char (&field)[N], std::string_view text) {
  std::memcpy(field, text.data(), std::min(N, text.size()));
}

bool IsAscii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

// "27 path=some/long/name\n": the number counts itself.
void PaxRecord(std::string& out, std::string_view key, std::string_view value) {
  const size_t rest = key.size() + value.size() + 3;
  size_t length = rest + 1;
  while (std::to_string(length).size() + rest != length) length = std::to_string(length).size() + rest;
  out += std::to_string(length);
  out += ' ';
  out += key;
  out += '=';
  out += value;
  out += '\n';
}

void Append(std::string& out, Header& header) {
  std::memset(header.checksum, ' ', sizeof header.checksum);
  unsigned sum = 0;
  for (const unsigned char byte : std::string_view(reinterpret_cast<const char*>(&header), sizeof header))
    sum += byte;
  Octal(header.checksum, 7, sum);
  out.append(reinterpret_cast<const char*>(&header), sizeof header);
}

Header NewHeader(char type) {
  Header header{};
  header.type = type;
  Text(header.magic, "ustar");
  Text(header.version, "00");
  Octal(header.major, sizeof header.major, 0);
  Octal(header.minor, sizeof header.minor, 0);
  return header;
}

// Whether the name fits into name and prefix; if so, it is there.
bool SplitName(Header& header, std::string_view name) {
  if (name.size() <= sizeof header.name) {
    Text(header.name, name);
    return true;
  }
  // The last slash that leaves a name that is not empty, nor too long.
  const size_t slash = name.rfind('/', std::min(sizeof header.prefix, name.size() - 2));
  if (slash == name.npos || slash == 0 || name.size() - slash - 1 > sizeof header.name) {
    Text(header.name, name);
    return false;
  }
  Text(header.prefix, name.substr(0, slash));
  Text(header.name, name.substr(slash + 1));
  return true;
}

std::string Seconds(int64_t seconds, uint32_t nanoseconds) {
  const bool negative = seconds < 0;
  if (negative && nanoseconds != 0) {
    ++seconds;
    nanoseconds = 1'000'000'000 - nanoseconds;
  }
  std::string text = negative && seconds == 0 ? "-0" : std::to_string(seconds);
  if (nanoseconds == 0) return text;
  char fraction[16];
  std::snprintf(fraction, sizeof fraction, ".%09u", nanoseconds);
  text += fraction;
  while (text.ends_with('0')) text.pop_back();
  return text;
}

// The pax header with these records; `binary`: some of them are no UTF-8.
void AppendPax(std::string records, bool binary, std::string& out) {
  if (binary) {
    std::string charset;
    PaxRecord(charset, "hdrcharset", "BINARY");
    records.insert(0, charset);
  }
  Header header = NewHeader('x');
  Text(header.name, "PaxHeaders.0/entry");
  Octal(header.mode, sizeof header.mode, 0644);
  Octal(header.uid, sizeof header.uid, 0);
  Octal(header.gid, sizeof header.gid, 0);
  Octal(header.size, sizeof header.size, records.size());
  Octal(header.mtime, sizeof header.mtime, 0);
  Append(out, header);
  out += records;
  out.append(TarPadding(records.size()), '\0');
}

std::string_view BaseName(std::string_view path) { return path.substr(path.rfind('/') + 1); }

Result<char> TypeFlag(const Entry& entry) {
  if (entry.hard_link) return '1';
  switch (entry.attributes.mode & S_IFMT) {
    case S_IFREG: return '0';
    case S_IFLNK: return '2';
    case S_IFCHR: return '3';
    case S_IFBLK: return '4';
    case S_IFDIR: return '5';
    case S_IFIFO: return '6';
    default: return Fail("'" + entry.path + "' is a socket or of an unknown type, which a layer cannot hold");
  }
}

void AppendMarker(std::string_view name, std::string& out) {
  std::string pax;
  Header header = NewHeader('0');
  const bool fits = SplitName(header, name);
  if (!fits || !IsAscii(name)) PaxRecord(pax, "path", name);
  if (!pax.empty()) AppendPax(std::move(pax), FindInvalidUtf8(name) != std::string_view::npos, out);
  Octal(header.mode, sizeof header.mode, 0644);
  Octal(header.uid, sizeof header.uid, 0);
  Octal(header.gid, sizeof header.gid, 0);
  Octal(header.size, sizeof header.size, 0);
  Octal(header.mtime, sizeof header.mtime, 0);
  Append(out, header);
}

}  // namespace

Result<void> AppendTarHeader(const Entry& entry, std::string& out) {
  const std::string_view base = BaseName(entry.path);
  if (base.starts_with(".wh.")) {
    return Fail(
        "'" + entry.path + "' cannot be in an image: names that begin with .wh. stand for removed files",
        "give the file another name, or remove it in the same step");
  }
  if (entry.path.find('\0') != std::string::npos || entry.link.find('\0') != std::string::npos) {
    return Fail("a name with a NUL byte cannot be in an image");
  }
  if (entry.whiteout) {
    if (base.empty()) return Fail("the root itself cannot be removed by a layer");
    AppendMarker(entry.path.substr(0, entry.path.size() - base.size()) + ".wh." + std::string(base), out);
    return {};
  }

  const Attributes& attributes = entry.attributes;
  const char type = TRY(TypeFlag(entry));
  const bool directory = type == '5';
  const uint64_t size = type == '0' ? entry.size : 0;
  std::string name = entry.path;
  if (name.empty()) name = ".";
  if (directory) name += '/';

  Header header = NewHeader(type);
  std::string pax;
  bool binary = false;
  const auto text_record = [&](const char* key, std::string_view text) {
    PaxRecord(pax, key, text);
    binary |= FindInvalidUtf8(text) != std::string_view::npos;
  };
  if (!SplitName(header, name) || !IsAscii(name)) text_record("path", name);
  if (type == '1' || type == '2') {
    Text(header.link, entry.link);
    if (entry.link.size() > sizeof header.link || !IsAscii(entry.link)) text_record("linkpath", entry.link);
  }
  const auto number = [&](char* field, size_t width, uint64_t value, uint64_t largest, const char* key) {
    Octal(field, width, value <= largest ? value : 0);
    if (value > largest) PaxRecord(pax, key, std::to_string(value));
  };
  Octal(header.mode, sizeof header.mode, attributes.mode & 07777);
  number(header.uid, sizeof header.uid, attributes.uid, kLargest7, "uid");
  number(header.gid, sizeof header.gid, attributes.gid, kLargest7, "gid");
  number(header.size, sizeof header.size, size, kLargest11, "size");
  const bool plain_time = entry.mtime >= 0 && static_cast<uint64_t>(entry.mtime) <= kLargest11;
  Octal(header.mtime, sizeof header.mtime, plain_time ? static_cast<uint64_t>(entry.mtime) : 0);
  if (!plain_time || entry.mtime_nsec != 0) PaxRecord(pax, "mtime", Seconds(entry.mtime, entry.mtime_nsec));
  if (type == '3' || type == '4') {
    Octal(header.major, sizeof header.major, major(attributes.rdev));
    Octal(header.minor, sizeof header.minor, minor(attributes.rdev));
  }
  if (type != '1') {
    if (!attributes.capability.empty()) {
      PaxRecord(pax, "SCHILY.xattr.security.capability", attributes.capability);
    }
    for (const auto& [key, value] : entry.xattrs) {
      if (key.find('=') != key.npos || !IsAscii(key)) {
        return Fail("'" + entry.path + "' has the extended attribute '" + key +
                    "', whose name a layer cannot hold");
      }
      PaxRecord(pax, "SCHILY.xattr." + key, value);
    }
  }
  if (!pax.empty()) {
    if (pax.size() > (size_t{1} << 20)) {
      return Fail("'" + entry.path.substr(0, 200) + "' has more than a megabyte of extended attributes");
    }
    AppendPax(std::move(pax), binary, out);
  }
  Append(out, header);
  if (entry.opaque) {
    AppendMarker(entry.path.empty() ? ".wh..wh..opq" : entry.path + "/.wh..wh..opq", out);
  }
  return {};
}

}  // namespace guard::builder
