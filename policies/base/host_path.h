// Paths of the node that a container would mount: what they mean, and whether they reach a container
// runtime's socket or the host's secrets.
//
// Texts are compared as paths, never as strings: doubled slashes, dots and trailing slashes do not matter, a
// folder reaches what is below it, /var/run is /run, and only whole segments count (/run/docker.socket is not
// /run/docker.sock). Only the text is looked at, never a file system.
//
// What is not plainly an absolute path is read as follows; where two readings are possible, the worse one
// counts:
//   empty            mounts nothing: reaches nothing
//   var/run          no leading slash: as if it had one
//   . or ./x         below the project's folder, which is not the host's
//   ../x             as if the folder were the root: /x; nothing but dots is the root itself
//   ~, $HOME         somebody's home
//   $NAME/x          ./x for variables that CI systems set to the project's folder; for others /x
//   ${NAME:-/x}      /x too
//   a/../b           besides the lexical reading: /b, since a may be a symbolic link
//   /x:/y:ro         /x, in case nobody took the mount options off
//   unix:///x        /x
//   \\.\pipe\x, npipe:////./pipe/x, C:\x   Windows; case does not matter there
#pragma once

#include <string>
#include <string_view>

namespace guard {

struct HostPath {
  std::string text;  // normalised: "/var/run/docker.sock", "/"; for relative paths "a/b", "../a", "."
  bool absolute = false;
  bool climbs = false;  // has a ".." segment, which Kubernetes refuses and nobody needs
};

// Lexical normalisation: "//" and "/./" collapse, trailing slashes go, ".." takes its parent away (never the
// root).
HostPath NormalizeHostPath(std::string_view path);

// Whether `ancestor` is `path` or a folder above it, in whole segments; both are normalised first, and /run
// and /var/run are one folder.
bool IsSameOrAbove(std::string_view ancestor, std::string_view path);

// Whether mounting `path` gives a container some runtime's socket: the path is one (by place or by name), or
// a folder above one. Docker, containerd, k3s, RKE2, MicroK8s, CRI-O, Podman, BuildKit, cri-dockerd, Frakti;
// on desktops Docker Desktop, Colima, Rancher Desktop, OrbStack; Windows' named pipes; and all of them
// through /proc/PID/root.
bool ReachesRuntimeSocket(std::string_view path);

// Whether mounting `path` gives a container what belongs to the host alone: credentials, other containers'
// files, the kernel's interfaces, devices, or programs and configuration that the host runs as root; or a
// folder above such.
bool ReachesHostSecrets(std::string_view path);

}  // namespace guard
