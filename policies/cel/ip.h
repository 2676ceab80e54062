// IP addresses and CIDR blocks as Go's net/netip reads and writes them: what CEL's ip() and cidr() are made
// of.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "policies/base/error.h"

namespace guard::cel {

// Neither zones (fe80::1%eth0) nor IPv4-mapped IPv6 addresses (::ffff:1.2.3.4) exist here: Kubernetes refuses
// them.
struct IpAddress {
  bool v4 = true;
  std::array<uint8_t, 16> bytes = {};  // of IPv4 the first four

  uint32_t size() const { return v4 ? 4 : 16; }
  bool operator==(const IpAddress&) const = default;
};

struct Cidr {
  IpAddress address;  // as written: the bits behind the prefix may be set
  uint32_t bits = 0;
  bool operator==(const Cidr&) const = default;
};

Result<IpAddress> ParseIp(std::string_view text);
Result<Cidr> ParseCidr(std::string_view text);

// RFC 5952: the one canonical form.
std::string ToString(const IpAddress& address);
std::string ToString(const Cidr& cidr);

bool IsUnspecified(const IpAddress& address);
bool IsLoopback(const IpAddress& address);
bool IsMulticast(const IpAddress& address);
bool IsLinkLocalMulticast(const IpAddress& address);
bool IsLinkLocalUnicast(const IpAddress& address);
bool IsGlobalUnicast(const IpAddress& address);

// The block with the bits behind its prefix cleared.
Cidr Masked(const Cidr& cidr);
bool Contains(const Cidr& cidr, const IpAddress& address);
bool Contains(const Cidr& outer, const Cidr& inner);

}  // namespace guard::cel
