// Compose files (compose-spec) -> subjects: a `service` for every service.
//
// A service is what Compose makes of it, so that guardrails know one form of everything:
//   name, image, user     texts; of ${NAME:-default} the default, as nobody knows the environment. What has
//   no
//                         default stays as written
//   privileged, use_api_socket   truths
//   namespaces            [{name, value}] of network_mode, pid, ipc, uts, userns_mode, cgroup
//   capabilities          cap_add
//   security_options      security_opt
//   devices               the host's side of devices; and device_cgroup_rules
//   groups                group_add
//   mounts                [{type, source, target}] of both forms of volumes; a named volume that its driver
//   options
//                         bind to a path of the host is a bind of that path
//   variables             [{name, value}] of both forms of environment
//   build                 privileged, network, entitlements; absent where nothing is built
//   unread                other files that the service is made of: extends, include, env_file
// What it extends in the same file is in it. A value that has no form that Compose knows stands as it is, for
// the engine to say so.
#pragma once

#include <vector>

#include "policies/document/document.h"
#include "policies/engine/subject.h"

namespace guard {

// As Compose reads YAML (core schema). An error: a document without a map of services.
Documents ReadCompose(const Source& source);

void ProjectCompose(Documents& documents, const Document& document, std::vector<Subject>* subjects);

// An example in a guardrail: a whole file, or one service.
void ProjectComposeExample(Documents& documents, const Document& document, const Node& example,
                           std::vector<Subject>* subjects);

}  // namespace guard
