// How a RUN step is kept away from everything that is not its own. One interface, several ways, chosen by
// what the place allows (sandbox/choose.h).
#pragma once

#include <sys/types.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "rootless-builder/sandbox/ownership.h"

namespace guard::builder {

enum class SandboxKind : uint8_t {
  kNone,        // no RUN; everything else works
  kNamespaces,  // user, mount, pid, ipc, uts namespaces
  kChroot,      // root with CAP_SYS_CHROOT, nothing else
};

struct RunMount {
  enum class Kind : uint8_t { kBind, kTmpfs } kind = Kind::kBind;
  std::string source;  // kBind: an absolute path outside (a file or directory)
  std::string target;  // absolute inside; symlinks on the way are resolved inside the root
  bool read_only = false;
  // kBind, writable: changes go to a private copy that is thrown away (RUN --mount=type=bind,rw).
  bool discard_changes = false;
  uint64_t size = 0;   // kTmpfs: bytes, 0 for no limit
  mode_t mode = 0755;  // kTmpfs
};

enum class RunNetwork : uint8_t { kDefault, kHost, kNone };

struct RunSpec {
  std::string root;               // a directory: the step's /
  std::vector<std::string> argv;  // argv[0] is looked up in env's PATH inside the root when it has no slash
  std::vector<std::string> env;   // the whole environment: nothing of ours gets in
  std::string cwd = "/";          // made by the caller
  uid_t uid = 0;
  gid_t gid = 0;
  std::vector<gid_t> groups;
  std::vector<RunMount> mounts;  // in order
  RunNetwork network = RunNetwork::kDefault;
  std::string hostname = "buildkitsandbox";
  std::vector<std::pair<std::string, std::string>> hosts;  // name, address: --add-host
  std::string stdin_text;                                  // what the command reads; empty: /dev/null
  uint64_t shm_size = 64u << 20;
  std::vector<std::pair<std::string, std::pair<uint64_t, uint64_t>>>
      limits;  // --ulimit: "nofile", soft and hard
};

struct RunExit {
  int code = 0;    // exit status; 128 + signal when it was killed
  int signal = 0;  // the signal that ended it, or 0
};

// A root filesystem made of layers: mounted while the object lives.
class MountedRoot {
 public:
  virtual ~MountedRoot() = default;
  virtual const std::string& path() const = 0;
};

class Sandbox {
 public:
  virtual ~Sandbox() = default;
  virtual SandboxKind kind() const = 0;
  // "namespaces (65536 ids of tester's range)": the choice and its reason, one line for people.
  virtual std::string Describe() const = 0;
  // What this place would have to allow for Run to work, a line each; empty where it works.
  virtual std::string Obstacles() const { return {}; }
  virtual Ownership& ownership() = 0;
  // How files are owned on disk, as a directory's name: "root", "range" (subordinate ids) or "one"
  // (remembered). Unpacked layers of different forms cannot be mixed.
  virtual std::string_view OwnershipForm() const = 0;

  // Whether layers can be stacked with overlayfs. Otherwise a step's root is a plain directory, and what
  // changed is found by looking (layer/diff.h).
  virtual bool CanOverlay() const = 0;
  // `lowers`: unpacked layers, topmost first, in overlayfs's own form (whiteouts are 0/0 devices, opaque
  // directories have {user,trusted}.overlay.opaque as OverlayXattrPrefix says). `upper` and `work` are empty
  // directories on one filesystem.
  virtual Result<std::unique_ptr<MountedRoot>> MountOverlay(const std::vector<std::string>& lowers,
                                                            const std::string& upper, const std::string& work,
                                                            const std::string& target) = 0;
  virtual std::string_view OverlayXattrPrefix() const = 0;  // "user.overlay." or "trusted.overlay."

  // Runs a command to its end; `output` gets stdout and stderr as they come, in pieces, from one thread.
  // `stop` set true (from another thread or a signal handler) sends SIGTERM, after ten seconds SIGKILL, to
  // everything the step started. An error means that the step could not be run at all. Safe to call from
  // several threads at once.
  virtual Result<RunExit> Run(const RunSpec& spec, const std::function<void(std::string_view)>& output,
                              const std::atomic<bool>& stop) = 0;
};

}  // namespace guard::builder
