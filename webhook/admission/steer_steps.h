// The steps of steering, in the order in which they are taken. Each works on a copy of the pod that becomes
// the answer when nothing stood in the way.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "webhook/admission/build_pod.h"
#include "webhook/admission/steer.h"

namespace guard::steering {

// Where things are, inside containers; docs/steering.md says what the builder's image must hold.
inline constexpr std::string_view kStandInName = "rootless-builder";  // of the init container and the volume
inline constexpr std::string_view kInstallPath = "/stand-in";
inline constexpr std::string_view kToolFolder = "/usr/local/bin";
inline constexpr std::string_view kHome = "/home/rootless-builder";
inline constexpr std::string_view kStandIns[] = {"docker", "buildah", "podman"};

struct Steering {
  json& metadata;
  json& spec;
  const SteerOptions& options;
  BuildPod& pod;
  std::vector<std::string> done;
  std::vector<std::string> problems;

  std::set<std::string> freed_volumes;  // lost a mount: they go when nobody mounts them any more
  // Programs of the node that were mounted into a container: the stand-in takes their place.
  std::vector<std::pair<size_t, std::string>> program_mounts;  // part, path
  std::vector<bool> moved;  // of the parts: root before, an ordinary user that we choose behind
  bool somebody_needs_a_user = false;
  bool users_stay = false;  // the pod has a user namespace of its own, where root is harmless
};

// What is in the way of steering this pod at all.
void FindObstacles(Steering& steering);
// Who would be root, before anything is changed.
void PlanUsers(Steering& steering);
// Sockets, daemons' volumes and variables go.
void TakeDaemonsAway(Steering& steering);
// Containers that are daemons become ones that only answer for them.
void ReplaceDaemons(Steering& steering);
// Containers that are build tools get the builder's image.
void ReplaceTools(Steering& steering);
// Containers that call build tools get the builder under their names, and a home.
void InstallStandIns(Steering& steering);
// The security context that Pod Security's level restricted demands.
void Harden(Steering& steering);
// For proposals: what FindObstacles found and nothing else takes away.
void ClearObstacles(Steering& steering);

// A hostPath that only a daemon has a use for: its storage, kernel modules, control groups.
bool IsDaemonPath(std::string_view path);
// A program of the node that is mounted for its client.
bool IsClientProgram(std::string_view path);

// "A, B, C and 2 more".
std::string List(const std::vector<std::string>& names);
// "container 'a'", "containers 'a', 'b'".
std::string Containers(const std::vector<std::string>& names);

}  // namespace guard::steering
