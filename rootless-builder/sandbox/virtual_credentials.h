// Users and groups that processes believe to be, where there is one real id: the kernel's rules, on paper.
#pragma once

#include <sys/types.h>

#include <array>
#include <cstdint>
#include <map>
#include <vector>

namespace guard::builder {

struct VirtualCredentials {
  // real, effective, saved, for file systems
  std::array<uint32_t, 4> uid{}, gid{};
  std::vector<uint32_t> groups;
  auto operator<=>(const VirtualCredentials&) const = default;

  bool Privileged() const { return uid[1] == 0; }
  bool InGroup(uint32_t group) const;
};

inline constexpr uint32_t kUnchanged = 0xffffffff;

// What the calls of that name do; 0 or an errno. `gids`: the call's twin for groups.
int SetId(VirtualCredentials& who, bool gids, uint32_t id);
int SetReId(VirtualCredentials& who, bool gids, uint32_t real, uint32_t effective);
int SetResId(VirtualCredentials& who, bool gids, uint32_t real, uint32_t effective, uint32_t saved);
// Gives the former one, as the call does whether or not it worked.
uint32_t SetFsId(VirtualCredentials& who, bool gids, uint32_t id);
int SetGroups(VirtualCredentials& who, std::vector<uint32_t> groups);

// Numbers for credentials: what is kept in a process is the number.
class CredentialTable {
 public:
  explicit CredentialTable(const VirtualCredentials& first) { NumberOf(first); }
  const VirtualCredentials& Get(uint64_t number) const { return all_[number < all_.size() ? number : 0]; }
  uint64_t NumberOf(const VirtualCredentials& who);

 private:
  std::vector<VirtualCredentials> all_;
  std::map<VirtualCredentials, uint64_t> numbers_;
};

}  // namespace guard::builder
