// Tested by virtual_credentials_test.cc.
#include "rootless-builder/sandbox/virtual_credentials.h"

#include <algorithm>
#include <cerrno>

namespace guard::builder {
namespace {

std::array<uint32_t, 4>& Ids(VirtualCredentials& who, bool gids) { return gids ? who.gid : who.uid; }

// An unprivileged process may only take ids that it has.
bool Has(const std::array<uint32_t, 4>& ids, uint32_t id) {
  return id == kUnchanged || id == ids[0] || id == ids[1] || id == ids[2];
}

}  // namespace

bool VirtualCredentials::InGroup(uint32_t group) const {
  return gid[1] == group || gid[3] == group || std::find(groups.begin(), groups.end(), group) != groups.end();
}

int SetId(VirtualCredentials& who, bool gids, uint32_t id) {
  std::array<uint32_t, 4>& ids = Ids(who, gids);
  if (id == kUnchanged) return EINVAL;
  if (who.Privileged()) {
    ids = {id, id, id, id};
    return 0;
  }
  if (id != ids[0] && id != ids[2]) return EPERM;
  ids[1] = ids[3] = id;
  return 0;
}

int SetReId(VirtualCredentials& who, bool gids, uint32_t real, uint32_t effective) {
  std::array<uint32_t, 4>& ids = Ids(who, gids);
  if (!who.Privileged()) {
    if (real != kUnchanged && real != ids[0] && real != ids[1]) return EPERM;
    if (!Has(ids, effective)) return EPERM;
  }
  uint32_t former = ids[0];
  if (real != kUnchanged) ids[0] = real;
  if (effective != kUnchanged) ids[1] = effective;
  if (real != kUnchanged || (effective != kUnchanged && effective != former)) ids[2] = ids[1];
  ids[3] = ids[1];
  return 0;
}

int SetResId(VirtualCredentials& who, bool gids, uint32_t real, uint32_t effective, uint32_t saved) {
  std::array<uint32_t, 4>& ids = Ids(who, gids);
  if (!who.Privileged() && !(Has(ids, real) && Has(ids, effective) && Has(ids, saved))) return EPERM;
  if (real != kUnchanged) ids[0] = real;
  if (effective != kUnchanged) ids[1] = effective;
  if (saved != kUnchanged) ids[2] = saved;
  ids[3] = ids[1];
  return 0;
}

uint32_t SetFsId(VirtualCredentials& who, bool gids, uint32_t id) {
  std::array<uint32_t, 4>& ids = Ids(who, gids);
  uint32_t former = ids[3];
  if (id != kUnchanged && (who.Privileged() || Has(ids, id))) ids[3] = id;
  return former;
}

int SetGroups(VirtualCredentials& who, std::vector<uint32_t> groups) {
  if (!who.Privileged()) return EPERM;
  who.groups = std::move(groups);
  return 0;
}

uint64_t CredentialTable::NumberOf(const VirtualCredentials& who) {
  auto [at, added] = numbers_.try_emplace(who, all_.size());
  if (added) all_.push_back(who);
  return at->second;
}

}  // namespace guard::builder
