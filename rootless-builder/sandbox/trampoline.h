// The last program of ours that a step's process runs: a few instructions in memory that execute the step's
// command.
//
// While a process of the step still has the builder's own program behind /proc/PID/exe, a hostile image could
// open that file, or make `#!/proc/self/exe` execute it, and write to it later: with one user id it belongs
// to the very user who runs the builder. After the trampoline only a sealed piece of memory is there.
#pragma once

#include "policies/base/error.h"
#include "rootless-builder/sandbox/system.h"

namespace guard::builder {

// Where the trampoline writes the errno (4 bytes) of an exec that failed; closed when it worked.
inline constexpr int kTrampolineErrorFd = 3;

// A sealed, executable memory file, close-on-exec. Its first argument is the path to execute; the others
// become that program's whole argv.
Result<Fd> MakeTrampoline();

}  // namespace guard::builder
