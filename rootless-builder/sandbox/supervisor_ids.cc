// Tested by tests/e2e/sandbox_one_id.sh; the rules by virtual_credentials_test.cc.
#include <sys/syscall.h>

#include <cerrno>

#include "rootless-builder/sandbox/supervisor.h"

namespace guard::builder {
namespace {

constexpr size_t kMostGroups = 65536;

Reply WriteThree(const seccomp_notif& notif, const Tracee& tracee, const std::array<uint32_t, 4>& ids) {
  for (unsigned i = 0; i < 3; ++i) {
    if (!tracee.Write(notif.data.args[i], &ids[i], sizeof ids[i])) return Reply::Failed(EFAULT);
  }
  return Reply::Value(0);
}

Reply ReadGroups(const seccomp_notif& notif, const Tracee& tracee, VirtualCredentials& who) {
  size_t count = static_cast<uint32_t>(notif.data.args[0]);
  if (count > kMostGroups) return Reply::Failed(EINVAL);
  std::vector<uint32_t> groups(count);
  if (count > 0 && !tracee.Read(notif.data.args[1], groups.data(), count * sizeof(uint32_t))) {
    return Reply::Failed(EFAULT);
  }
  int error = SetGroups(who, std::move(groups));
  return error ? Reply::Failed(error) : Reply::Value(0);
}

Reply WriteGroups(const seccomp_notif& notif, const Tracee& tracee, const VirtualCredentials& who) {
  int room = static_cast<int>(notif.data.args[0]);
  size_t count = who.groups.size();
  if (room < 0 || (room > 0 && static_cast<size_t>(room) < count)) return Reply::Failed(EINVAL);
  if (room > 0 && count > 0 &&
      !tracee.Write(notif.data.args[1], who.groups.data(), count * sizeof(uint32_t))) {
    return Reply::Failed(EFAULT);
  }
  return Reply::Value(static_cast<int64_t>(count));
}

}  // namespace

bool AnswerIdCall(const seccomp_notif& notif, const Tracee& tracee, VirtualCredentials& who, Reply& reply) {
  auto arg = [&](unsigned i) { return static_cast<uint32_t>(notif.data.args[i]); };
  auto done = [&](int error) { reply = error ? Reply::Failed(error) : Reply::Value(0); };
  bool gids = false;
  switch (notif.data.nr) {
    case SYS_getuid: reply = Reply::Value(who.uid[0]); return true;
    case SYS_geteuid: reply = Reply::Value(who.uid[1]); return true;
    case SYS_getgid: reply = Reply::Value(who.gid[0]); return true;
    case SYS_getegid: reply = Reply::Value(who.gid[1]); return true;
    case SYS_getresuid: reply = WriteThree(notif, tracee, who.uid); return true;
    case SYS_getresgid: reply = WriteThree(notif, tracee, who.gid); return true;
    case SYS_getgroups: reply = WriteGroups(notif, tracee, who); return true;
    case SYS_setgroups: reply = ReadGroups(notif, tracee, who); return true;
    case SYS_setgid: gids = true; [[fallthrough]];
    case SYS_setuid: done(SetId(who, gids, arg(0))); return true;
    case SYS_setregid: gids = true; [[fallthrough]];
    case SYS_setreuid: done(SetReId(who, gids, arg(0), arg(1))); return true;
    case SYS_setresgid: gids = true; [[fallthrough]];
    case SYS_setresuid: done(SetResId(who, gids, arg(0), arg(1), arg(2))); return true;
    case SYS_setfsgid: gids = true; [[fallthrough]];
    case SYS_setfsuid: reply = Reply::Value(SetFsId(who, gids, arg(0))); return true;
    default: return false;
  }
}

}  // namespace guard::builder
