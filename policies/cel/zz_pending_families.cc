// Families of functions whose own file has not come in yet: the strong definition there wins over these (the
// name of this file keeps it last in the archive), and this file goes when the last of them is in.
#include "policies/cel/environment.h"
#include "policies/cel/function.h"

namespace guard::cel {

#define GUARD_PENDING(name) \
  [[gnu::weak]] void name(Environment&) {}
GUARD_PENDING(RegisterNetwork)
GUARD_PENDING(RegisterKubernetesLists)
GUARD_PENDING(RegisterKubernetesRegex)
GUARD_PENDING(RegisterKubernetesUrl)
GUARD_PENDING(RegisterKubernetesQuantity)
GUARD_PENDING(RegisterKubernetesIpCidr)
GUARD_PENDING(RegisterKubernetesFormat)
GUARD_PENDING(RegisterKubernetesSemver)
GUARD_PENDING(RegisterKubernetesAuthz)
#undef GUARD_PENDING

}  // namespace guard::cel
