// Capabilities: which this process has, and cutting a step's down to what builds get everywhere.
#pragma once

#include <cstdint>

#include "policies/base/error.h"

namespace guard::builder {

inline constexpr unsigned kCapChown = 0, kCapDacOverride = 1, kCapFowner = 3, kCapFsetid = 4, kCapKill = 5,
                          kCapSetgid = 6, kCapSetuid = 7, kCapSetpcap = 8, kCapNetBindService = 10,
                          kCapNetRaw = 13, kCapSysChroot = 18, kCapSysAdmin = 21, kCapMknod = 27,
                          kCapAuditWrite = 29, kCapSetfcap = 31;
constexpr uint64_t CapBit(unsigned capability) { return uint64_t{1} << capability; }

// What Docker gives the steps of a build.
inline constexpr uint64_t kStepCapabilities =
    CapBit(kCapChown) | CapBit(kCapDacOverride) | CapBit(kCapFowner) | CapBit(kCapFsetid) | CapBit(kCapKill) |
    CapBit(kCapSetgid) | CapBit(kCapSetuid) | CapBit(kCapSetpcap) | CapBit(kCapNetBindService) |
    CapBit(kCapNetRaw) | CapBit(kCapSysChroot) | CapBit(kCapMknod) | CapBit(kCapAuditWrite) |
    CapBit(kCapSetfcap);

bool HasCapability(unsigned capability);  // in the effective set

// Lets nothing beyond `keep` come back over exec: bounding, ambient and inheritable sets. What is not
// permitted to begin with is no error.
Result<void> BoundCapabilities(uint64_t keep);
// The permitted and effective sets become what they share with `keep`.
Result<void> CutCapabilities(uint64_t keep);

}  // namespace guard::builder
