// Patterns agree with host_path.cc about every path of the tables, and about paths around them.
#include <gtest/gtest.h>
#include <re2/re2.h>

#include <set>
#include <string>

#include "policies/base/host_path.h"
#include "policies/base/host_path_tables.h"
#include "policies/engine/vap_rewrite.h"

namespace guard {
namespace {

std::set<std::string> Paths() {
  std::set<std::string> all = {"/",
                               "//",
                               "/./",
                               "/.",
                               "",
                               "/data",
                               "/var/lib/app",
                               "/var/runner",
                               "/runtime/containerd",
                               "/run/docker.socket",
                               "/home",
                               "/home/dev",
                               "/Users/dev",
                               "/var/log/app",
                               "/etcd",
                               "/.etc",
                               "/proc",
                               "/proc/1",
                               "/proc/self/root",
                               "/proc/1/root/run/docker.sock",
                               "/proc/1/root/data",
                               "/proc/1/task/2/root/var/run/docker.sock",
                               "/proc/1/cwd/",
                               "/proc/net",
                               "/process",
                               "\\\\.\\pipe\\docker_engine",
                               "//./pipe/docker_engine",
                               "npipe:////./pipe/docker_engine",
                               "\\\\.\\pipe\\other",
                               "C:\\",
                               "C:\\Windows\\System32",
                               "c:/programdata",
                               "C:\\data",
                               "C:\\ProgramData\\docker\\x",
                               "~",
                               "~/.docker/run/docker.sock",
                               "~/work",
                               "/mnt/any/docker.sock",
                               "/mnt/docker.sock.d/x",
                               "unix:///var/run/docker.sock",
                               "var/run/docker.sock",
                               "data/x",
                               "/roots",
                               "/root",
                               "/root/.docker",
                               "/var/roothome/.ssh",
                               "/etc/hosts",
                               "/etc/hosts/x",
                               "/etc/ssl/certs/ca.crt",
                               "/dev/shm",
                               "/dev/shmx",
                               "/etc/ssl",
                               "/lib/modules",
                               "/snap/bin",
                               "/usr/lib/x",
                               "/lib"};
  auto around = [&](std::string path) {
    for (size_t star; (star = path.find('*')) != path.npos;) path.replace(star, 1, "1000");
    all.insert(path);
    all.insert(path + "/");
    all.insert(path + "/below");
    all.insert(path + "x");
    all.insert(path.substr(1));
    if (path.starts_with("/run")) all.insert("/var" + path);
    if (path.starts_with("/home/1000")) {
      for (const char* home : {"/root", "/Users/me", "/var/home/me", "~"}) all.insert(home + path.substr(10));
    }
    std::string messy;
    for (char c : path) messy += c == '/' ? "/.//" : std::string(1, c);
    all.insert(messy);
    for (size_t slash = path.rfind('/'); slash != path.npos && slash != 0;
         slash = path.rfind('/', slash - 1)) {
      all.insert(path.substr(0, slash));
      all.insert(path.substr(0, slash) + "/.");
      all.insert(path.substr(0, slash) + "/other");
    }
  };
  for (std::string_view path : kRuntimeSockets) around(std::string(path));
  for (const SensitivePath& path : kSensitivePaths) around(std::string(path.path));
  for (std::string_view path : kHarmlessPaths) around(std::string(path));
  for (std::string_view name : kRuntimeSocketNames) around("/opt/x/" + std::string(name));
  for (std::string_view name : kRuntimePipes) all.insert("\\\\.\\pipe\\" + std::string(name));
  return all;
}

TEST(VapPathPattern, RuntimeSockets) {
  re2::RE2 pattern(RuntimeSocketPattern());
  ASSERT_TRUE(pattern.ok()) << pattern.error();
  EXPECT_LT(pattern.pattern().size(), 16000u);
  for (const std::string& path : Paths())
    EXPECT_EQ(re2::RE2::PartialMatch(path, pattern), ReachesRuntimeSocket(path)) << path;
}

TEST(VapPathPattern, HostSecrets) {
  re2::RE2 pattern(HostSecretsPattern()), harmless(HarmlessPathPattern());
  ASSERT_TRUE(pattern.ok()) << pattern.error();
  ASSERT_TRUE(harmless.ok()) << harmless.error();
  for (const std::string& path : Paths())
    EXPECT_EQ(re2::RE2::PartialMatch(path, pattern) && !re2::RE2::PartialMatch(path, harmless),
              ReachesHostSecrets(path))
        << path;
}

TEST(VapPathPattern, WhatIsNotKnownIsTheWorst) {
  re2::RE2 sockets(RuntimeSocketPattern()), secrets(HostSecretsPattern());
  for (const char* path : {"/data/../etc", "..", "../x", "/x/..", "/data/$X", "${A:-/b}", "a\\..\\b"}) {
    EXPECT_TRUE(re2::RE2::PartialMatch(path, sockets)) << path;
    EXPECT_TRUE(re2::RE2::PartialMatch(path, secrets)) << path;
  }
  EXPECT_FALSE(re2::RE2::PartialMatch("/data/..x", sockets));
  EXPECT_FALSE(re2::RE2::PartialMatch("/data/x..", secrets));
}

}  // namespace
}  // namespace guard
