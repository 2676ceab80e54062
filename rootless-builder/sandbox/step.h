// One step from the fork server's child to the command: keeper -> init (pid 1 of the step) -> command.
//
//   keeper   outside the step's namespaces; makes and removes mount points, passes `stop` on, kills,
//   supervises
//            virtual ownership, tells the builder how it ended
//   init     sets up the namespaces, starts the command, reaps; when it ends, the kernel ends everything
//   command  cuts its own rights and executes
//
// Messages on the sockets between them are packets: 'E' + text (+ NUL + hint): the step could not be run;
// 'X' + RunExit: how it ended; 'T': end politely.
#pragma once

#include <functional>
#include <string>

#include "rootless-builder/sandbox/mounts.h"
#include "rootless-builder/sandbox/sandbox.h"

namespace guard::builder {

struct StepPlace {
  bool user_namespace = false;  // all of this happens in a user namespace of the builder's own
  bool id_range = true;         // ids other than 0 exist
  bool virtual_ownership = false;
  bool chroot_only = false;
  std::string store_directory;
};

// The keeper. Gives back when the step is over and everything is cleaned up.
void KeepStep(const StepPlace& place, const std::string& request, int control, int output);

// The keeper of a step that has no namespaces, only chroot(2).
void KeepChrootStep(const StepPlace& place, const std::string& request, int control, int output);
// The command's input: its text, or nothing.
Result<Fd> InputOf(const RunSpec& spec);
RunExit ExitOf(int wait_status);
// Whether the command was executed at all: if not, says why on the step's own output, as a shell would.
void ReportExec(int errors, int output, const RunSpec& spec, RunExit& exit);
// A directory for what a step writes and nobody keeps; gone with the object.
class PrivateDirectory {
 public:
  Result<void> Make(const std::string& store);
  ~PrivateDirectory();
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// What init does; never returns. `link` leads to the keeper.
struct StepFiles {
  int link = -1;
  int output = -1;
  int input = -1;  // the command's stdin
  int trampoline = -1;
  int notify_link = -1;  // where the command sends its seccomp listener; -1: none is wanted
  std::string private_directory;
};
[[noreturn]] void RunInit(const StepPlace& place, const RunSpec& spec, const StepFiles& files);
// What the command's process does up to exec; never returns.
[[noreturn]] void RunCommand(const StepPlace& place, const RunSpec& spec, const StepFiles& files);

// Sends an 'E' packet.
void SendError(int link, const Error& error);

// The file that executing `name` in the root of this process means: with a slash as it is, otherwise the
// first executable one of PATH. Gives 0, or the exit status for a shell's case: 127 not found, 126 not
// executable.
int FindProgram(const std::string& name, const std::vector<std::string>& env, std::string& path,
                std::string& complaint);

}  // namespace guard::builder
