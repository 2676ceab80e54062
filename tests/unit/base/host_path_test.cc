#include "policies/base/host_path.h"

#include <gtest/gtest.h>

namespace guard {
namespace {

TEST(HostPath, Normalises) {
  const struct {
    const char *path, *want;
    bool climbs;
  } kCases[] = {
      {"/", "/", false},
      {"//", "/", false},
      {"//var/run/docker.sock", "/var/run/docker.sock", false},
      {"/var//run///docker.sock/", "/var/run/docker.sock", false},
      {"/var/run/./docker.sock", "/var/run/docker.sock", false},
      {"/var/run/", "/var/run", false},
      {"/a/../b", "/b", true},
      {"/../../etc", "/etc", true},
      {"/a/..", "/", true},
      {"/a/...", "/a/...", false},
      {"/..a", "/..a", false},
      {"a/b", "a/b", false},
      {"./a", "a", false},
      {".", ".", false},
      {"", ".", false},
      {"a/../../b", "../b", true},
      {"../..", "../..", true},
  };
  for (const auto& c : kCases) {
    HostPath got = NormalizeHostPath(c.path);
    EXPECT_EQ(got.text, c.want) << c.path;
    EXPECT_EQ(got.climbs, c.climbs) << c.path;
    EXPECT_EQ(got.absolute, c.path[0] == '/') << c.path;
  }
}

TEST(HostPath, AncestorsAreWholeSegments) {
  EXPECT_TRUE(IsSameOrAbove("/foo", "/foo"));
  EXPECT_TRUE(IsSameOrAbove("/foo/", "//foo/bar"));
  EXPECT_FALSE(IsSameOrAbove("/foo", "/foobar"));
  EXPECT_FALSE(IsSameOrAbove("/data", "/database"));
  EXPECT_TRUE(IsSameOrAbove("/", "/anything"));
  EXPECT_FALSE(IsSameOrAbove("/foo/bar", "/foo"));
  EXPECT_TRUE(IsSameOrAbove("/run", "/var/run/docker.sock"));
  EXPECT_TRUE(IsSameOrAbove("/var/run", "/run/docker.sock"));
  EXPECT_TRUE(IsSameOrAbove("/var", "/var/run/docker.sock"));
  EXPECT_TRUE(IsSameOrAbove("/data", "/x/../data/y"));
}

TEST(RuntimeSocket, Reached) {
  for (const char* path : {
           // the plain ones
           "/var/run/docker.sock",
           "/run/docker.sock",
           "/run/containerd/containerd.sock",
           "/var/run/containerd/containerd.sock",
           "/run/k3s/containerd/containerd.sock",
           "/var/run/k3s/containerd/containerd.sock",
           "/run/crio/crio.sock",
           "/var/run/crio/crio.sock",
           "/run/podman/podman.sock",
           "/run/user/1000/podman/podman.sock",
           "/run/user/1000/docker.sock",
           "/run/buildkit/buildkitd.sock",
           "/run/cri-dockerd.sock",
           "/var/run/cri-dockerd.sock",
           "/var/run/frakti.sock",
           "/run/rke2/containerd/containerd.sock",
           "/var/snap/microk8s/common/run/containerd.sock",
           "/var/run/dockershim.sock",
           // other ways to write them
           "//var/run/docker.sock",
           "/var/run/./docker.sock",
           "/var/run/docker.sock/",
           "/var/run//docker.sock",
           "/var//run/docker.sock",
           "/var/run/../run/docker.sock",
           "/var/run/../../run/docker.sock",
           "/tmp/../var/run/docker.sock",
           "/var/run/../var/run/docker.sock",
           "/x/link/../../var/run",
           "var/run/docker.sock",
           "var/run",
           " /var/run/docker.sock\n",
           "unix:///var/run/docker.sock",
           "/var/run/docker.sock:ro",
           "/var/run/docker.sock:/var/run/docker.sock:z",
           "/var/run:/host/run",
           // folders above them
           "/",
           "//",
           "/.",
           "/..",
           "/a/..",
           "/var",
           "/var/",
           "/var/run",
           "/var/run/",
           "/run",
           "/run/",
           "/run/containerd",
           "/var/run/containerd",
           "/run/k3s",
           "/run/k3s/containerd",
           "/run/crio",
           "/run/podman",
           "/run/user",
           "/run/user/1000",
           "/run/user/1000/podman",
           "/run/buildkit",
           "/var/snap",
           "/var/snap/microk8s",
           "/var/snap/microk8s/common/run",
           "/home",
           "/home/me",
           "/root",
           "/Users/me/.docker",
           // desktops
           "~/.docker/desktop/docker.sock",
           "~/.docker/run/docker.sock",
           "~/.docker/run",
           "~/.docker",
           "~",
           "~me/.docker/run",
           "/home/me/.docker/desktop/docker.sock",
           "/root/.docker/run",
           "/Users/me/.colima/default",
           "$HOME/.docker/run/docker.sock",
           "${HOME}/.docker/desktop",
           "/home/me/.rd/docker.sock",
           // variables
           "$XDG_RUNTIME_DIR/docker.sock",
           "${XDG_RUNTIME_DIR}/podman",
           "/run/user/$UID/podman",
           "/run/user/${UID}/docker.sock",
           "${SOCKET_DIR}/docker.sock",
           "${SOCK:-/var/run/docker.sock}",
           "${SOCK:-/var/run/docker.sock}:/var/run/docker.sock",
           "${ROOT:-}/var/run",
           "$ROOT/var/run",
           "${A:-${B:-/run}}",
           // by name, wherever they lie
           "/custom/docker.sock",
           "./docker.sock",
           "/srv/containerd.sock",
           "docker.sock",
           // through another root
           "/proc",
           "/proc/1",
           "/proc/1/root",
           "/proc/1/root/var/run",
           "/proc/1/root/run/docker.sock",
           "/proc/self/root/",
           "/proc/1/cwd/run",
           "/proc/1/task/1/root/run",
           "/proc/1/task",
           "/proc/1/root/proc/1/root/run",
           "/proc/1/root/proc",
           "/proc/$PID/root",
           // out of the project's folder
           "../../../var/run/docker.sock",
           "../..",
           "./../../../run",
           "$PWD/../../run",
           // Windows
           R"(\\.\pipe\docker_engine)",
           "//./pipe/docker_engine",
           R"(\\\\.\\pipe\\docker_engine)",
           "npipe:////./pipe/docker_engine",
           R"(npipe:\\.\pipe\docker_engine)",
           R"(\\.\PIPE\Docker_Engine)",
           R"(\\.\pipe\containerd-containerd)",
           R"(\\.\pipe\)",
           R"(\\?\pipe\docker_engine)",
           R"(\\.\pipe\docker_engine:\\.\pipe\docker_engine)",
       })
    EXPECT_TRUE(ReachesRuntimeSocket(path)) << path;
}

TEST(RuntimeSocket, NotReached) {
  for (const char* path : {
           "",
           " ",
           "/data",
           "/database",
           "/var/lib/app",
           "/variety",
           "/runner",
           "/run/myapp",
           "/var/run/myapp.pid",
           "/run/docker.sockets",
           "/run/containerd2",
           "/opt/docker",
           "/etc",
           "/etc/docker",
           "/tmp",
           "/dev/fuse",
           "/sys",
           "/home/me/project",
           "/home/me/.docker/config.json",
           "/proc/sys",
           "/proc/1/environ",
           "/var/log",
           ".",
           "./",
           "./run",
           "./var/run",
           "./a/../b",
           "src",
           "$PWD",
           "${PWD}/run",
           "$CI_PROJECT_DIR/var/run",
           "$DATA",
           "${DATA:-/data}",
           "$CACHE/app",
           "~/project",
           "/run/user/1000/app",
           R"(C:\data)",
           "C:/data",
           R"(\\.\pipe\my_app)",
           R"(\\server\share)",
           "/mnt/host",
           "../shared",
       })
    EXPECT_FALSE(ReachesRuntimeSocket(path)) << path;
}

TEST(HostSecrets, Reached) {
  for (const char* path : {
           "/",
           "//",
           "/etc",
           "/etc/",
           "/etc/kubernetes",
           "/etc/kubernetes/manifests",
           "/etc/kubernetes/pki/ca.key",
           "/etc/shadow",
           "/etc/cron.d",
           "/var",
           "/var/lib",
           "/var/lib/kubelet",
           "/var/lib/kubelet/pods",
           "//var/lib/kubelet/",
           "/var/lib/docker",
           "/var/lib/docker/overlay2",
           "/var/lib/containerd",
           "/var/lib/etcd",
           "/var/log",
           "/var/log/pods",
           "/root",
           "/root/.ssh",
           "/proc",
           "/proc/1/environ",
           "/proc/sys",
           "/sys",
           "/sys/fs/cgroup",
           "/dev",
           "/dev/sda",
           "/dev/mem",
           "/boot",
           "/boot/grub",
           "/run",
           "/var/run",
           "/run/secrets",
           "/var/run/secrets",
           "/run/systemd",
           "/home",
           "/home/me",
           "/home/me/.ssh",
           "/home/me/.ssh/id_rsa",
           "/Users/me/.aws",
           "~",
           "~/.kube/config",
           "$HOME/.docker/config.json",
           "/usr",
           "/usr/bin",
           "/usr/local/bin/kubectl",
           "/bin",
           "/lib",
           "/opt",
           "/opt/cni/bin",
           "etc",
           "etc/kubernetes",
           "/data/../etc",
           "/var/home/me/.ssh",
           "/var/roothome/.ssh",
           "../../etc/passwd",
           "${CONF:-/etc/kubernetes}",
           "$ROOT/etc",
           "/etc:/host/etc:ro",
           R"(C:\)",
           "C:/",
           R"(c:\Windows\System32)",
           R"(C:\ProgramData)",
           R"(D:\ProgramData\docker)",
           R"(C:\Users\me\.ssh)",
           "/home/$USER/.ssh",
       })
    EXPECT_TRUE(ReachesHostSecrets(path)) << path;
}

TEST(HostSecrets, NotReached) {
  for (const char* path : {
           "",
           "/data",
           "/database",
           "/etcetera",
           "/srv/app",
           "/mnt/data",
           "/tmp",
           "/opt/app",
           "/var/lib/app",
           "/var/cache/app",
           "/home/me/project",
           "/run/myapp",
           "/run/docker.sock",
           "/etc/localtime",
           "/etc/ssl/certs",
           "/etc/ssl/certs/ca-certificates.crt",
           "/dev/null",
           "/dev/fuse",
           "/lib/modules",
           "/usr/share/zoneinfo",
           ".",
           "./etc",
           "$PWD/etc",
           "$GITHUB_WORKSPACE/root",
           "${DATA}",
           "src/etc",
           "../shared",
           R"(C:\data)",
           R"(\\.\pipe\docker_engine)",
           "/rooted",
           "/system",
       })
    EXPECT_FALSE(ReachesHostSecrets(path)) << path;
}

}  // namespace
}  // namespace guard
