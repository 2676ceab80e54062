// Names of users and groups, looked up in the image's own /etc/passwd and /etc/group.
#pragma once

#include <sys/types.h>

#include <string>
#include <utility>
#include <vector>

#include "policies/base/error.h"

namespace guard::builder {

struct ImageUser {
  uid_t uid = 0;
  gid_t gid = 0;
  std::vector<gid_t> groups;  // supplementary
  std::string home = "/";
};

// For USER and RUN: "", "name", "uid", either with ":group". A user alone has the groups that /etc/group
// gives it; with a group it has that one only. A number without an entry is itself, with group 0. A name
// without an entry is an error.
Result<ImageUser> ResolveUser(int root, const std::string& user);

// For --chown: a user alone has the group of its entry; a number alone is its own group.
Result<std::pair<uid_t, gid_t>> ResolveOwner(int root, const std::string& owner);

}  // namespace guard::builder
