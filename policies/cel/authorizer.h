// The authorizer that there is not: what a host binds `authorizer` to, so that expressions that ask it fail
// with an error that says why.
#pragma once

#include "policies/cel/value.h"

namespace guard::cel {

inline constexpr const char* kAuthorizerType = "kubernetes.authorization.Authorizer";

Value UnavailableAuthorizer();

}  // namespace guard::cel
