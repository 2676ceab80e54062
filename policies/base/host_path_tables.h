// What on a node is worth protecting, as data for host_path.cc. A segment "*" stands for any one segment.
#pragma once

#include <string_view>

namespace guard {

// Sockets at their usual places. /var/run/x is listed as /run/x: they are one folder. The names of these
// files are runtime sockets wherever they lie.
inline constexpr std::string_view kRuntimeSockets[] = {
    "/run/docker.sock",
    "/run/docker/containerd/containerd.sock",
    "/run/docker-containerd/docker-containerd.sock",
    "/run/containerd/containerd.sock",
    "/run/containerd/containerd.sock.ttrpc",
    "/run/containerd/debug.sock",
    "/run/k3s/containerd/containerd.sock",
    "/run/k3s/containerd/containerd.sock.ttrpc",
    "/run/k3s/cri-dockerd/cri-dockerd.sock",
    "/run/rke2/containerd/containerd.sock",
    "/run/k0s/containerd.sock",
    "/run/crio/crio.sock",
    "/run/podman/podman.sock",
    "/run/user/*/podman/podman.sock",
    "/run/user/*/docker.sock",
    "/run/user/*/containerd/containerd.sock",
    "/run/user/*/containerd-rootless/api.sock",
    "/run/user/*/buildkit/buildkitd.sock",
    "/run/user/*/buildkit-default/buildkitd.sock",
    "/run/buildkit/buildkitd.sock",
    "/run/buildkit-default/buildkitd.sock",
    "/run/cri-dockerd.sock",
    "/run/dockershim.sock",
    "/run/frakti.sock",
    "/run/balena-engine.sock",
    "/run/balena.sock",
    "/run/crun/crun.sock",
    "/run/rkt/api-service.sock",
    "/run/nerdctl/nerdctl.sock",
    "/run/host-services/docker.proxy.sock",
    "/run/guest-services/docker.sock",
    "/run/docker.sock.raw",
    "/run/docker-cli.sock",
    "/run/docker-latest.sock",
    "/run/snap.docker/docker.sock",
    "/var/snap/microk8s/common/run/containerd.sock",
    "/var/snap/microk8s/common/run/containerd.sock.ttrpc",
    "/var/snap/docker/common/run/docker.sock",
    "/var/lib/k0s/run/containerd.sock",
    "/home/*/.docker/run/docker.sock",
    "/home/*/.docker/run/docker-cli-api.sock",
    "/home/*/.docker/desktop/docker.sock",
    "/home/*/.docker/desktop/docker-cli.sock",
    "/home/*/.docker/desktop/backend.sock",
    "/home/*/.docker/desktop/docker.raw.sock",
    "/home/*/.colima/docker.sock",
    "/home/*/.colima/*/docker.sock",
    "/home/*/.colima/*/containerd.sock",
    "/home/*/.config/colima/*/docker.sock",
    "/home/*/.lima/*/sock/docker.sock",
    "/home/*/.lima/*/sock/podman.sock",
    "/home/*/.rd/docker.sock",
    "/home/*/.orbstack/run/docker.sock",
    "/home/*/.local/share/containers/podman/machine/podman.sock",
    "/home/*/.local/share/containers/podman/machine/*/podman.sock",
    "/home/*/Library/Containers/com.docker.docker/Data/docker.raw.sock",
    "/home/*/Library/Containers/com.docker.docker/Data/docker-cli.sock",
};

// Names that are a runtime's socket in any folder.
inline constexpr std::string_view kRuntimeSocketNames[] = {
    "docker.sock",     "docker.sock.raw",       "docker.raw.sock",    "docker.proxy.sock",
    "docker-cli.sock", "dockershim.sock",       "cri-dockerd.sock",   "docker-containerd.sock",
    "containerd.sock", "containerd.sock.ttrpc", "crio.sock",          "podman.sock",
    "buildkitd.sock",  "frakti.sock",           "balena-engine.sock", "docker.socket",
};

// Windows' named pipes, in lower case.
inline constexpr std::string_view kRuntimePipes[] = {
    "docker_engine",
    "docker_engine_linux",
    "docker_engine_windows",
    "docker_cli",
    "dockerdesktoplinuxengine",
    "dockerdesktopwindowsengine",
    "dockerdesktopengine",
    "dockerbackendapiserver",
    "containerd-containerd",
    "containerd-containerd.ttrpc",
    "dockershim",
    "cri-dockerd",
    "podman-machine-default",
    "docker_podman-machine-default",
    "buildkitd",
    "rancher_wins",
};

struct SensitivePath {
  std::string_view path;
  // Whether everything below it is sensitive too. Folders above it always are.
  bool below = true;
};

inline constexpr SensitivePath kSensitivePaths[] = {
    // configuration and credentials of the host
    {"/etc"},
    {"/root"},
    {"/boot"},
    {"/home/*/.ssh"},
    {"/home/*/.kube"},
    {"/home/*/.docker"},
    {"/home/*/.aws"},
    {"/home/*/.azure"},
    {"/home/*/.gnupg"},
    {"/home/*/.config/gcloud"},
    {"/home/*/.config/containers"},
    {"/home/*/.config/helm"},
    {"/home/*/.config/gh"},
    {"/home/*/.config/systemd"},
    {"/home/*/.local/share/containers"},
    {"/home/*/.local/share/docker"},
    {"/home/*/.vault-token"},
    {"/home/*/.netrc"},
    {"/home/*/.npmrc"},
    {"/home/*/.pypirc"},
    {"/home/*/.git-credentials"},
    {"/home/*/.bash_history"},
    {"/home/*/.bashrc"},
    {"/home/*/.profile"},
    // the kernel's interfaces and devices
    {"/proc"},
    {"/sys"},
    {"/dev"},
    // other containers and the cluster
    {"/run", false},
    {"/run/secrets"},
    {"/run/credentials"},
    {"/run/systemd"},
    {"/run/dbus"},
    {"/run/user"},
    {"/run/docker"},
    {"/run/containerd"},
    {"/run/containers"},
    {"/run/crio"},
    {"/run/runc"},
    {"/run/k3s"},
    {"/run/rke2"},
    {"/run/netns"},
    {"/run/kubernetes"},
    {"/var/lib/kubelet"},
    {"/var/lib/docker"},
    {"/var/lib/containerd"},
    {"/var/lib/containers"},
    {"/var/lib/crio"},
    {"/var/lib/buildkit"},
    {"/var/lib/buildkitd"},
    {"/var/lib/nerdctl"},
    {"/var/lib/rancher"},
    {"/var/lib/k0s"},
    {"/var/lib/etcd"},
    {"/var/lib/etcd-data"},
    {"/var/lib/minikube"},
    {"/var/lib/kube-proxy"},
    {"/var/lib/cloud"},
    {"/var/lib/cni"},
    {"/var/lib/sss"},
    {"/var/lib/systemd"},
    {"/var/snap/microk8s"},
    {"/var/snap/docker"},
    {"/var/log"},  // the kubelet serves it and follows links in it
    {"/var/spool/cron"},
    {"/var/spool/at"},
    {"/var/backups"},
    {"/srv/kubernetes"},
    // programs that the host runs
    {"/bin"},
    {"/sbin"},
    {"/lib", false},
    {"/lib64", false},
    {"/usr/lib", false},
    {"/usr/lib64", false},
    {"/usr/bin"},
    {"/usr/sbin"},
    {"/usr/local/bin"},
    {"/usr/local/sbin"},
    {"/usr/libexec/kubernetes"},
    {"/usr/lib/systemd"},
    {"/lib/systemd"},
    {"/opt/cni"},
    {"/opt/containerd"},
    {"/opt/bin"},
    {"/snap", false},
};

// Below sensitive folders, but in every container anyway or made for them; only the path itself and what is
// below it.
inline constexpr std::string_view kHarmlessPaths[] = {
    "/etc/localtime",     "/etc/timezone",    "/etc/hostname",  "/etc/hosts",        "/etc/resolv.conf",
    "/etc/os-release",    "/etc/lsb-release", "/etc/ssl/certs", "/etc/pki/ca-trust", "/etc/ca-certificates",
    "/etc/nsswitch.conf", "/etc/protocols",   "/etc/services",  "/etc/mime.types",   "/dev/null",
    "/dev/zero",          "/dev/full",        "/dev/random",    "/dev/urandom",      "/dev/tty",
    "/dev/shm",           "/dev/fuse",        "/dev/net/tun",   "/dev/kvm",          "/dev/dri",
};

// Windows, in lower case and below any drive.
inline constexpr std::string_view kSensitiveWindowsPaths[] = {
    "/windows",
    "/programdata/docker",
    "/programdata/kubernetes",
    "/programdata/containerd",
    "/programdata/ssh",
    "/var/lib/kubelet",
    "/etc/kubernetes",
    "/var/log",
    "/users/*/.ssh",
    "/users/*/.kube",
    "/users/*/.docker",
    "/users/*/.aws",
    "/k",
    "/program files/containerd",
    "/program files/docker",
};

// Variables that name the folder a job or project works in.
inline constexpr std::string_view kProjectVariables[] = {
    "PWD",
    "CI_PROJECT_DIR",
    "CI_BUILDS_DIR",
    "GITHUB_WORKSPACE",
    "RUNNER_WORKSPACE",
    "WORKSPACE",
    "DRONE_WORKSPACE",
    "BITBUCKET_CLONE_DIR",
    "CIRCLE_WORKING_DIRECTORY",
    "BUILD_SOURCESDIRECTORY",
    "CI_WORKSPACE",
    "RUNNER_TEMP",
};

}  // namespace guard
