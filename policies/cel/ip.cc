// Strict reading: IPv4 in four decimal parts without leading zeros, IPv6 as RFC 4291 writes it with an
// embedded IPv4 address allowed at its end, prefixes without signs or leading zeros.
//
// Tested by lib_network_test.cc.
#include "policies/cel/ip.h"

#include <algorithm>

namespace guard::cel {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

int HexValue(char c) {
  if (IsDigit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// Four parts of 0..255 into `out`.
bool ReadV4(std::string_view text, uint8_t* out) {
  for (int part = 0; part < 4; ++part) {
    if (part > 0) {
      if (text.empty() || text.front() != '.') return false;
      text.remove_prefix(1);
    }
    size_t digits = 0;
    unsigned value = 0;
    for (; digits < text.size() && digits < 3 && IsDigit(text[digits]); ++digits)
      value = value * 10 + static_cast<unsigned>(text[digits] - '0');
    if (digits == 0 || value > 255 || (digits > 1 && text.front() == '0')) return false;
    out[part] = static_cast<uint8_t>(value);
    text.remove_prefix(digits);
  }
  return text.empty();
}

bool ReadV6(std::string_view text, std::array<uint8_t, 16>* bytes) {
  size_t at = 0;  // bytes filled
  int gap = -1;   // where "::" is
  if (text.starts_with("::")) {
    gap = 0;
    text.remove_prefix(2);
    if (text.empty()) return true;
  }
  while (at < 16) {
    size_t digits = 0;
    unsigned value = 0;
    for (; digits < text.size() && HexValue(text[digits]) >= 0; ++digits) {
      value = value * 16 + static_cast<unsigned>(HexValue(text[digits]));
      if (digits == 4) return false;
    }
    if (digits == 0) return false;
    if (digits < text.size() && text[digits] == '.') {
      // An IPv4 address may stand for the last four bytes.
      if ((gap < 0 && at != 12) || at > 12 || !ReadV4(text, bytes->data() + at)) return false;
      at += 4;
      text = {};
      break;
    }
    (*bytes)[at++] = static_cast<uint8_t>(value >> 8);
    (*bytes)[at++] = static_cast<uint8_t>(value);
    text.remove_prefix(digits);
    if (text.empty()) break;
    if (text.front() != ':' || text.size() == 1) return false;
    text.remove_prefix(1);
    if (text.front() == ':') {
      if (gap >= 0) return false;
      gap = static_cast<int>(at);
      text.remove_prefix(1);
      if (text.empty()) break;
    }
  }
  if (!text.empty()) return false;
  if (at < 16) {
    if (gap < 0) return false;
    // What is behind the gap belongs at the end.
    uint8_t *first = bytes->data() + gap, *last = bytes->data() + at, *end = bytes->data() + 16;
    std::move_backward(first, last, end);
    std::fill(first, end - (last - first), uint8_t{0});
  } else if (gap >= 0) {
    return false;
  }
  return true;
}

std::string Quote(std::string_view text) {
  constexpr size_t kLongest = 64;
  std::string out = "\"";
  for (char c : text.substr(0, kLongest)) out += static_cast<unsigned char>(c) < ' ' ? '?' : c;
  return out + (text.size() > kLongest ? "...\"" : "\"");
}

bool IsMapped(const IpAddress& address) {
  return !address.v4 &&
         std::all_of(address.bytes.begin(), address.bytes.begin() + 10, [](uint8_t b) { return b == 0; }) &&
         address.bytes[10] == 0xff && address.bytes[11] == 0xff;
}

bool SamePrefix(const IpAddress& a, const IpAddress& b, uint32_t bits) {
  if (a.v4 != b.v4) return false;
  uint32_t whole = bits / 8, rest = bits % 8;
  if (!std::equal(a.bytes.begin(), a.bytes.begin() + whole, b.bytes.begin())) return false;
  return rest == 0 || (a.bytes[whole] >> (8 - rest)) == (b.bytes[whole] >> (8 - rest));
}

}  // namespace

Result<IpAddress> ParseIp(std::string_view text) {
  IpAddress address;
  size_t mark = text.find_first_of(".:%");
  if (mark != std::string_view::npos && text[mark] == '.') {
    if (!ReadV4(text, address.bytes.data())) return Fail(Quote(text) + " is not an IPv4 address");
    return address;
  }
  if (mark == std::string_view::npos || text[mark] != ':') return Fail(Quote(text) + " is not an IP address");
  if (text.find('%') != std::string_view::npos)
    return Fail("IP address " + Quote(text) + " with zone value is not allowed");
  address.v4 = false;
  if (!ReadV6(text, &address.bytes)) return Fail(Quote(text) + " is not an IPv6 address");
  if (IsMapped(address)) return Fail("IPv4-mapped IPv6 address " + Quote(text) + " is not allowed");
  return address;
}

Result<Cidr> ParseCidr(std::string_view text) {
  size_t slash = text.rfind('/');
  if (slash == std::string_view::npos) return Fail(Quote(text) + " is not a CIDR: it has no '/'");
  Cidr cidr;
  cidr.address = TRY(ParseIp(text.substr(0, slash)));
  std::string_view digits = text.substr(slash + 1);
  uint32_t most = cidr.address.size() * 8;
  bool valid = !digits.empty() && digits.size() <= 3 && (digits.size() == 1 || digits.front() != '0') &&
               std::all_of(digits.begin(), digits.end(), IsDigit);
  if (valid)
    for (char c : digits) cidr.bits = cidr.bits * 10 + static_cast<uint32_t>(c - '0');
  if (!valid || cidr.bits > most)
    return Fail(Quote(text) + " is not a CIDR: its prefix is not a number from 0 to " + std::to_string(most));
  return cidr;
}

std::string ToString(const IpAddress& address) {
  std::string out;
  if (address.v4) {
    for (int i = 0; i < 4; ++i) {
      if (i > 0) out += '.';
      out += std::to_string(address.bytes[static_cast<size_t>(i)]);
    }
    return out;
  }
  auto group = [&](int i) {
    return address.bytes[static_cast<size_t>(i) * 2] << 8 | address.bytes[static_cast<size_t>(i) * 2 + 1];
  };
  // The first of the longest runs of at least two zero groups is left out.
  int gap = 8, gap_size = 1;
  for (int i = 0; i < 8;) {
    int end = i;
    while (end < 8 && group(end) == 0) ++end;
    if (end - i > gap_size) gap = i, gap_size = end - i;
    i = end + 1;
  }
  constexpr char kDigits[] = "0123456789abcdef";
  for (int i = 0; i < 8; ++i) {
    if (i == gap) {
      out += "::";
      i += gap_size - 1;
      continue;
    }
    if (!out.empty() && out.back() != ':') out += ':';
    bool started = false;
    for (int shift = 12; shift >= 0; shift -= 4) {
      int digit = group(i) >> shift & 15;
      started |= digit != 0 || shift == 0;
      if (started) out += kDigits[digit];
    }
  }
  return out;
}

std::string ToString(const Cidr& cidr) { return ToString(cidr.address) + "/" + std::to_string(cidr.bits); }

bool IsUnspecified(const IpAddress& a) {
  return std::all_of(a.bytes.begin(), a.bytes.begin() + a.size(), [](uint8_t b) { return b == 0; });
}
bool IsLoopback(const IpAddress& a) {
  if (a.v4) return a.bytes[0] == 127;
  return std::all_of(a.bytes.begin(), a.bytes.begin() + 15, [](uint8_t b) { return b == 0; }) &&
         a.bytes[15] == 1;
}
bool IsMulticast(const IpAddress& a) { return a.v4 ? (a.bytes[0] & 0xf0) == 0xe0 : a.bytes[0] == 0xff; }
bool IsLinkLocalMulticast(const IpAddress& a) {
  if (a.v4) return a.bytes[0] == 224 && a.bytes[1] == 0 && a.bytes[2] == 0;
  return a.bytes[0] == 0xff && (a.bytes[1] & 0x0f) == 0x02;
}
bool IsLinkLocalUnicast(const IpAddress& a) {
  if (a.v4) return a.bytes[0] == 169 && a.bytes[1] == 254;
  return a.bytes[0] == 0xfe && (a.bytes[1] & 0xc0) == 0x80;
}
bool IsGlobalUnicast(const IpAddress& a) {
  bool broadcast =
      a.v4 && std::all_of(a.bytes.begin(), a.bytes.begin() + 4, [](uint8_t b) { return b == 255; });
  return !broadcast && !IsUnspecified(a) && !IsLoopback(a) && !IsMulticast(a) && !IsLinkLocalUnicast(a);
}

Cidr Masked(const Cidr& cidr) {
  Cidr masked = cidr;
  for (uint32_t i = 0; i < cidr.address.size(); ++i) {
    uint32_t kept = cidr.bits > i * 8 ? std::min(cidr.bits - i * 8, uint32_t{8}) : 0;
    masked.address.bytes[i] &= static_cast<uint8_t>(0xff00u >> kept);
  }
  return masked;
}

bool Contains(const Cidr& cidr, const IpAddress& address) {
  return SamePrefix(cidr.address, address, cidr.bits);
}

bool Contains(const Cidr& outer, const Cidr& inner) {
  return outer.bits <= inner.bits && SamePrefix(outer.address, inner.address, outer.bits);
}

}  // namespace guard::cel
