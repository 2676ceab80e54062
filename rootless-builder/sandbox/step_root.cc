// Everything here happens in the step's own mount namespace, by descriptors: a target is resolved inside the
// root once, and what was found is what is mounted on.
//
// Tested by tests/e2e/sandbox_namespaces.sh.
#include <sys/mount.h>
#include <sys/syscall.h>

#include <algorithm>
#include <cerrno>

#include "rootless-builder/sandbox/mounts.h"
#include "rootless-builder/sandbox/overlay.h"

namespace guard::builder {

namespace {

// As runc masks them.
constexpr const char* kMasked[] = {"proc/acpi",       "proc/asound",      "proc/interrupts",
                                   "proc/kcore",      "proc/keys",        "proc/latency_stats",
                                   "proc/timer_list", "proc/timer_stats", "proc/sched_debug",
                                   "proc/scsi",       "sys/firmware",     "sys/devices/virtual/powercap"};
constexpr const char* kReadOnly[] = {"proc/bus", "proc/fs", "proc/irq", "proc/sys", "proc/sysrq-trigger"};
constexpr const char* kDevices[] = {"null", "zero", "full", "random", "urandom", "tty"};
constexpr std::pair<const char*, const char*> kDeviceLinks[] = {{"/proc/self/fd", "fd"},
                                                                {"/proc/self/fd/0", "stdin"},
                                                                {"/proc/self/fd/1", "stdout"},
                                                                {"/proc/self/fd/2", "stderr"},
                                                                {"pts/ptmx", "ptmx"}};
constexpr uint64_t kQuiet = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;

using Options = std::vector<std::pair<const char*, std::string>>;

// A mount of a new file system that is nowhere yet.
Result<Fd> NewMount(const char* type, const Options& options, uint64_t attributes) {
  Fd context(fsopen(type, FSOPEN_CLOEXEC));
  if (!context.valid()) return SystemFail(std::string("cannot mount ") + type, errno);
  for (const auto& [key, value] : options) {
    if (fsconfig(context.get(), FSCONFIG_SET_STRING, key, value.c_str(), 0) != 0) {
      return SystemFail(std::string("cannot mount ") + type + " with " + key + "=" + value, errno);
    }
  }
  if (fsconfig(context.get(), FSCONFIG_CMD_CREATE, nullptr, nullptr, 0) != 0) {
    return SystemFail(std::string("cannot mount ") + type, errno);
  }
  Fd mounted(fsmount(context.get(), FSMOUNT_CLOEXEC, static_cast<unsigned>(attributes)));
  if (!mounted.valid()) return SystemFail(std::string("cannot mount ") + type, errno);
  return mounted;
}

// A second mount of what is there already (a bind mount), with more flags; nowhere yet.
Result<Fd> CloneMount(int dir, const char* path, bool recursive, uint64_t attributes) {
  unsigned flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | (*path == '\0' ? AT_EMPTY_PATH : 0U);
  Fd tree(open_tree(dir, path, flags | (recursive ? AT_RECURSIVE : 0U)));
  if (!tree.valid()) return SystemFail(std::string("cannot bind ") + path, errno);
  mount_attr attr{};
  attr.attr_set = attributes;
  if (attributes != 0 && mount_setattr(tree.get(), "", AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0), &attr,
                                       sizeof attr) != 0) {
    return SystemFail(std::string("cannot protect the mount of ") + path, errno);
  }
  return tree;
}

Result<void> Attach(const Fd& mounted, const Fd& target, const std::string& name) {
  if (move_mount(mounted.get(), "", target.get(), "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) !=
      0) {
    return SystemFail("cannot mount on /" + name, errno);
  }
  return {};
}

Result<void> AttachAt(const Fd& mounted, int root, const std::string& name, bool directory = true) {
  return Attach(mounted, TRY(OpenOrMake(root, name, directory, nullptr)), name);
}

Result<void> MountProc(int root) {
  Result<Fd> fresh = NewMount("proc", {}, kQuiet);
  // Where the /proc outside is partly covered, the kernel gives no uncovered one: then the outer one has to
  // do. It shows the processes outside; what they keep to themselves stays closed, as the step is in another
  // user namespace or has fewer capabilities.
  Fd mounted = fresh ? std::move(*fresh) : TRY(CloneMount(AT_FDCWD, "/proc", true, kQuiet));
  TRY_VOID(AttachAt(mounted, root, "proc"));
  for (const char* path : kReadOnly) {
    Fd target(OpenInRoot(root, path, O_PATH));
    if (!target.valid()) continue;
    Fd again = TRY(CloneMount(target.get(), "", true, MOUNT_ATTR_RDONLY | kQuiet));
    TRY_VOID(Attach(again, target, path));
  }
  return {};
}

// The outside's /sys lists the outside's network interfaces: a step without network gets one of its own, or
// where the place does not allow that, an empty one.
Result<void> MountSys(int root, RunNetwork network) {
  constexpr uint64_t kAttributes = MOUNT_ATTR_RDONLY | kQuiet;
  if (network == RunNetwork::kNone) {
    Result<Fd> own = NewMount("sysfs", {}, kAttributes);
    if (!own) own = NewMount("tmpfs", {{"mode", "0555"}}, kAttributes);
    if (!own) return Fail(std::move(own.error()));
    return AttachAt(*own, root, "sys");
  }
  Result<Fd> sys = CloneMount(AT_FDCWD, "/sys", false, kAttributes);
  if (!sys) sys = CloneMount(AT_FDCWD, "/sys", true, kAttributes);  // locked together in a user namespace
  if (!sys) sys = NewMount("tmpfs", {{"mode", "0555"}}, kAttributes);
  if (!sys) return Fail(std::move(sys.error()));
  return AttachAt(*sys, root, "sys");
}

Result<void> MountDev(int root, const RunSpec& spec, const MountPlace& place) {
  Fd dev = TRY(NewMount("tmpfs", {{"mode", "0755"}, {"size", "65536k"}}, MOUNT_ATTR_NOSUID));
  TRY_VOID(AttachAt(dev, root, "dev"));
  for (const char* name : kDevices) {
    Result<Fd> device = CloneMount(AT_FDCWD, (std::string("/dev/") + name).c_str(), false,
                                   MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC);
    if (!device) continue;  // what the place has not, the step has not
    TRY_VOID(AttachAt(*device, root, std::string("dev/") + name, false));
  }
  for (auto [target, name] : kDeviceLinks) {
    if (symlinkat(target, dev.get(), name) != 0) return SystemFail("cannot make /dev links", errno);
  }
  Options pts = {{"mode", "0620"}, {"ptmxmode", "0666"}};
  if (place.id_range) pts.emplace_back("gid", "5");
  Fd terminals = TRY(NewMount("devpts", pts, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC));
  TRY_VOID(AttachAt(terminals, root, "dev/pts"));
  Options shm = {{"mode", "1777"}, {"size", std::to_string(spec.shm_size)}};
  Fd shared = TRY(NewMount("tmpfs", shm, kQuiet));
  TRY_VOID(AttachAt(shared, root, "dev/shm"));
  if (Result<Fd> queues = NewMount("mqueue", {}, kQuiet)) TRY_VOID(AttachAt(*queues, root, "dev/mqueue"));
  // No device that a step makes can be opened: here as on its root.
  mount_attr attr{};
  attr.attr_set = MOUNT_ATTR_NODEV;
  if (mount_setattr(dev.get(), "", AT_EMPTY_PATH, &attr, sizeof attr) != 0) {
    return SystemFail("cannot protect /dev", errno);
  }
  return {};
}

Result<void> Mask(int root) {
  for (const char* path : kMasked) {
    Fd target(OpenInRoot(root, path, O_PATH));
    struct stat status;
    if (!target.valid() || fstat(target.get(), &status) != 0) continue;
    Fd cover = S_ISDIR(status.st_mode)
                   ? TRY(NewMount("tmpfs", {{"mode", "0555"}, {"size", "4k"}}, MOUNT_ATTR_RDONLY | kQuiet))
                   : TRY(CloneMount(AT_FDCWD, "/dev/null", false, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC));
    TRY_VOID(Attach(cover, target, path));
  }
  return {};
}

// The generated files live in a file system of their own that is nowhere but behind them.
Result<void> MountGenerated(int root, const RunSpec& spec) {
  Result<std::string> resolv = ReadSmallFile("/etc/resolv.conf");
  Fd stage = TRY(NewMount("tmpfs", {{"mode", "0755"}, {"size", "4096k"}}, kQuiet));
  TRY_VOID(AttachAt(stage, root, "dev"));  // a moment, to be able to clone from it
  std::vector<std::pair<std::string, Fd>> clones;
  for (const auto& [path, text] : GeneratedFiles(spec, resolv ? *resolv : "")) {
    std::string name = SplitLast(path).second;
    Fd file(openat(stage.get(), name.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0644));
    if (!file.valid() || !WriteAll(file.get(), text)) return SystemFail("cannot write " + path, errno);
    file.Reset();
    clones.emplace_back(path, TRY(CloneMount(stage.get(), name.c_str(), false, 0)));
  }
  if (fchdir(stage.get()) != 0 || umount2(".", MNT_DETACH) != 0 || fchdir(root) != 0) {
    return SystemFail("cannot take the staging mount away", errno);
  }
  for (const auto& [path, file] : clones) TRY_VOID(AttachAt(file, root, path, false));
  return {};
}

Result<void> MountPrivateCopy(int root, const RunMount& mount, const std::string& target, size_t number,
                              const MountPlace& place) {
  std::string base = place.state_directory + "/" + std::to_string(number);
  std::string upper = base + "/upper", work = base + "/work";
  struct stat status;
  if (stat(mount.source.c_str(), &status) != 0) return SystemFail("cannot mount " + mount.source, errno);
  if (!S_ISDIR(status.st_mode)) return Fail("a writable private mount of a single file is not possible");
  if (mkdir(base.c_str(), 0700) != 0 || mkdir(upper.c_str(), status.st_mode & 07777) != 0 ||
      mkdir(work.c_str(), 0700) != 0) {
    return SystemFail("cannot make " + base, errno);
  }
  Fd at = TRY(OpenOrMake(root, target, true, nullptr));
  return MountOverlayAt({mount.source}, upper, work, "/proc/self/fd/" + std::to_string(at.get()), true);
}

Result<void> MountOne(int root, const RunMount& mount, size_t number, const MountPlace& place) {
  std::string target = RelativeToRoot(mount.target);
  if (mount.kind == RunMount::Kind::kTmpfs) {
    char mode[16];
    snprintf(mode, sizeof mode, "%04o", static_cast<unsigned>(mount.mode & 07777));
    Options options = {{"mode", mode}};
    if (mount.size != 0) options.emplace_back("size", std::to_string(mount.size));
    Fd empty = TRY(NewMount("tmpfs", options, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV));
    return AttachAt(empty, root, target);
  }
  if (mount.discard_changes && !mount.read_only) return MountPrivateCopy(root, mount, target, number, place);
  struct stat status;
  if (stat(mount.source.c_str(), &status) != 0) return SystemFail("cannot mount " + mount.source, errno);
  uint64_t attributes = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | (mount.read_only ? MOUNT_ATTR_RDONLY : 0);
  Fd source = TRY(CloneMount(AT_FDCWD, mount.source.c_str(), true, attributes));
  return AttachAt(source, root, target, S_ISDIR(status.st_mode));
}

}  // namespace

std::vector<std::pair<std::string, std::string>> GeneratedFiles(const RunSpec& spec, std::string resolv) {
  std::string hosts = "127.0.0.1\tlocalhost " + spec.hostname +
                      "\n::1\tlocalhost ip6-localhost ip6-loopback\nfe00::\tip6-localnet\n"
                      "ff00::\tip6-mcastprefix\nff02::1\tip6-allnodes\nff02::2\tip6-allrouters\n";
  for (const auto& [name, address] : spec.hosts) hosts += address + "\t" + name + "\n";
  return {{"etc/hosts", std::move(hosts)},
          {"etc/hostname", spec.hostname + "\n"},
          {"etc/resolv.conf", std::move(resolv)}};
}

Result<void> EnterStepRoot(const RunSpec& spec, const MountPlace& place) {
  if (mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) {
    return SystemFail("cannot make the step's mounts private", errno);
  }
  Fd tree = TRY(CloneMount(AT_FDCWD, spec.root.c_str(), false, MOUNT_ATTR_NODEV));
  if (move_mount(tree.get(), "", AT_FDCWD, spec.root.c_str(), MOVE_MOUNT_F_EMPTY_PATH) != 0) {
    return SystemFail("cannot mount the step's root", errno);
  }
  int root = tree.get();
  if (fchdir(root) != 0) return SystemFail("cannot enter the step's root", errno);
  TRY_VOID(MountGenerated(root, spec));
  TRY_VOID(MountProc(root));
  TRY_VOID(MountSys(root, spec.network));
  TRY_VOID(MountDev(root, spec, place));
  TRY_VOID(Mask(root));
  for (size_t i = 0; i < spec.mounts.size(); ++i) TRY_VOID(MountOne(root, spec.mounts[i], i, place));
  if (fchdir(root) != 0 || syscall(SYS_pivot_root, ".", ".") != 0 || umount2(".", MNT_DETACH) != 0 ||
      chdir("/") != 0) {
    return SystemFail("cannot make the step's root the root", errno);
  }
  return {};
}

}  // namespace guard::builder
