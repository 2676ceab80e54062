// The order matters: the filter while this process may still install one, limits while it may raise them,
// then groups, ids and capabilities. There is no no_new_privs: builds use su and sudo, and what those can
// become is bounded by the capability bounding set (and in a user namespace by the namespace).
//
// Tested by tests/e2e/sandbox_namespaces.sh.
#include <grp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <cerrno>
#include <csignal>

#include "rootless-builder/sandbox/capabilities.h"
#include "rootless-builder/sandbox/seccomp_profile.h"
#include "rootless-builder/sandbox/step.h"
#include "rootless-builder/sandbox/supervisor.h"
#include "rootless-builder/sandbox/trampoline.h"

namespace guard::builder {
namespace {

constexpr std::string_view kDefaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

constexpr std::pair<std::string_view, __rlimit_resource> kLimits[] = {
    {"as", RLIMIT_AS},           {"core", RLIMIT_CORE},         {"cpu", RLIMIT_CPU},
    {"data", RLIMIT_DATA},       {"fsize", RLIMIT_FSIZE},       {"locks", RLIMIT_LOCKS},
    {"memlock", RLIMIT_MEMLOCK}, {"msgqueue", RLIMIT_MSGQUEUE}, {"nice", RLIMIT_NICE},
    {"nofile", RLIMIT_NOFILE},   {"nproc", RLIMIT_NPROC},       {"rss", RLIMIT_RSS},
    {"rtprio", RLIMIT_RTPRIO},   {"rttime", RLIMIT_RTTIME},     {"sigpending", RLIMIT_SIGPENDING},
    {"stack", RLIMIT_STACK}};

Result<void> SetLimits(const RunSpec& spec) {
  for (const auto& [name, values] : spec.limits) {
    const std::pair<std::string_view, __rlimit_resource>* found = nullptr;
    for (const auto& known : kLimits) {
      if (known.first == name) found = &known;
    }
    if (!found) return Fail("there is no limit '" + name + "'");
    rlimit limit{values.first, values.second};
    if (setrlimit(found->second, &limit) != 0) {
      return SystemFail("cannot set the limit " + name + " to " + std::to_string(values.first) + ":" +
                            std::to_string(values.second),
                        errno, "the builder's own limit is a step's highest");
    }
  }
  return {};
}

Result<void> BecomeUser(const StepPlace& place, const RunSpec& spec) {
  TRY_VOID(SetLimits(spec));
  // With virtual ownership the supervisor knows who the command is.
  if (!place.virtual_ownership && setgroups(spec.groups.size(), spec.groups.data()) != 0) {
    return SystemFail("cannot set the command's groups", errno);
  }
  // On the host's network, root's raw sockets would be the host's; elsewhere they are the step's own affair.
  uint64_t keep = kStepCapabilities;
  if (!place.user_namespace && spec.network != RunNetwork::kNone) keep &= ~CapBit(kCapNetRaw);
  TRY_VOID(BoundCapabilities(keep));
  if (place.virtual_ownership) return CutCapabilities(keep);
  if (setresgid(spec.gid, spec.gid, spec.gid) != 0 || setresuid(spec.uid, spec.uid, spec.uid) != 0) {
    return SystemFail("cannot become user " + std::to_string(spec.uid) + ":" + std::to_string(spec.gid),
                      errno, "ids beyond the mapped range need more subordinate ids");
  }
  return CutCapabilities(keep);
}

Result<void> Prepare(const StepPlace& place, const RunSpec& spec, const StepFiles& files) {
  if (setsid() < 0) return SystemFail("cannot start a session", errno);
  if (dup2(files.input, 0) < 0 || dup2(files.output, 1) < 0 || dup2(files.output, 2) < 0) {
    return SystemFail("cannot set up the command's input and output", errno);
  }
  for (int number = 1; number < NSIG; ++number) signal(number, SIG_DFL);
  umask(022);
  if (place.chroot_only) {
    if (chroot(spec.root.c_str()) != 0 || chdir("/") != 0)
      return SystemFail("cannot enter the step's root", errno);
    // Without CAP_SYS_ADMIN a filter would need no_new_privs, which breaks su and sudo: then the container's
    // own profile is what there is.
    (void)InstallSeccomp(CompileSeccomp(StepSeccompTables()));
  }
  if (files.notify_link >= 0) TRY_VOID(InstallSupervised(files.notify_link));
  TRY_VOID(BecomeUser(place, spec));
  if (chdir(spec.cwd.c_str()) != 0) return SystemFail("cannot change to the directory " + spec.cwd, errno);
  return {};
}

}  // namespace

int FindProgram(const std::string& name, const std::vector<std::string>& env, std::string& path,
                std::string& complaint) {
  auto usable = [](const std::string& file, int& error) {
    struct stat status;
    if (stat(file.c_str(), &status) != 0) return error = errno, false;
    if (S_ISDIR(status.st_mode)) return error = EISDIR, false;
    if (syscall(SYS_faccessat2, AT_FDCWD, file.c_str(), X_OK, AT_EACCESS) != 0) return error = errno, false;
    return true;
  };
  int error = 0, worst = ENOENT;
  if (name.find('/') != name.npos) {
    path = name;
    if (usable(path, error)) return 0;
    complaint = "cannot run '" + name + "': " + ErrorText(error);
    return error == ENOENT || error == ENOTDIR ? 127 : 126;
  }
  std::string_view folders = kDefaultPath;
  for (const std::string& variable : env) {
    if (variable.starts_with("PATH=")) folders = std::string_view(variable).substr(5);
  }
  std::string_view rest = folders;
  while (!name.empty()) {
    size_t colon = rest.find(':');
    std::string folder(rest.substr(0, colon));
    path = (folder.empty() ? "." : folder) + "/" + name;
    if (usable(path, error)) return 0;
    if (error == EACCES) worst = EACCES;
    if (colon == rest.npos) break;
    rest.remove_prefix(colon + 1);
  }
  complaint = "cannot run '" + name + "': ";
  if (worst == EACCES) return complaint += "no permission to execute it", 126;
  complaint += "not found in PATH (" + std::string(folders) + ")";
  return 127;
}

void RunCommand(const StepPlace& place, const RunSpec& spec, const StepFiles& files) {
  if (Result<void> ready = Prepare(place, spec, files); !ready) {
    SendError(files.link, ready.error());
    _exit(126);
  }
  std::string path, complaint;
  if (int status = FindProgram(spec.argv[0], spec.env, path, complaint)) {
    WriteAll(2, complaint + "\n");
    _exit(status);
  }
  std::vector<char*> argv = {path.data()}, env;
  for (const std::string& word : spec.argv) argv.push_back(const_cast<char*>(word.c_str()));
  for (const std::string& variable : spec.env) env.push_back(const_cast<char*>(variable.c_str()));
  argv.push_back(nullptr);
  env.push_back(nullptr);
  // Everything else that is open is ours.
  close_range(kTrampolineErrorFd + 1, ~0U, CLOSE_RANGE_CLOEXEC);
  syscall(SYS_execveat, files.trampoline, "", argv.data(), env.data(), AT_EMPTY_PATH);
  SendError(files.link, SystemFail("cannot start the command", errno).error());
  _exit(126);
}

}  // namespace guard::builder
