// Tested by tests/e2e/sandbox_namespaces.sh.
#include "rootless-builder/sandbox/capabilities.h"

#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "rootless-builder/sandbox/system.h"

namespace guard::builder {
namespace {

struct Sets {
  uint64_t effective = 0, permitted = 0, inheritable = 0;
};

bool Get(Sets& sets) {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct data[2] = {};
  if (syscall(SYS_capget, &header, data) != 0) return false;
  sets.effective = data[0].effective | uint64_t{data[1].effective} << 32;
  sets.permitted = data[0].permitted | uint64_t{data[1].permitted} << 32;
  sets.inheritable = data[0].inheritable | uint64_t{data[1].inheritable} << 32;
  return true;
}

bool Put(const Sets& sets) {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct data[2] = {};
  for (int i = 0; i < 2; ++i) {
    data[i].effective = static_cast<uint32_t>(sets.effective >> (32 * i));
    data[i].permitted = static_cast<uint32_t>(sets.permitted >> (32 * i));
    data[i].inheritable = static_cast<uint32_t>(sets.inheritable >> (32 * i));
  }
  return syscall(SYS_capset, &header, data) == 0;
}

}  // namespace

bool HasCapability(unsigned capability) {
  Sets sets;
  return Get(sets) && (sets.effective & CapBit(capability)) != 0;
}

Result<void> BoundCapabilities(uint64_t keep) {
  for (unsigned capability = 0; capability < 64; ++capability) {
    int present = prctl(PR_CAPBSET_READ, capability, 0, 0, 0);
    if (present < 0) break;  // beyond the kernel's last
    if (present == 0 || (keep & CapBit(capability)) != 0) continue;
    if (prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) != 0) {
      return SystemFail("cannot take a capability away from the step", errno);
    }
  }
  if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) != 0 && errno != EINVAL) {
    return SystemFail("cannot clear the ambient capabilities", errno);
  }
  Sets sets;
  if (!Get(sets)) return SystemFail("cannot read the capabilities", errno);
  sets.inheritable = 0;
  if (!Put(sets)) return SystemFail("cannot clear the inheritable capabilities", errno);
  return {};
}

Result<void> CutCapabilities(uint64_t keep) {
  Sets sets;
  if (!Get(sets)) return SystemFail("cannot read the capabilities", errno);
  sets.permitted &= keep;
  sets.effective &= keep;
  sets.inheritable = 0;
  if (!Put(sets)) return SystemFail("cannot cut the capabilities", errno);
  return {};
}

}  // namespace guard::builder
