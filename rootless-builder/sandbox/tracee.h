// A process whose call is being answered: its memory, and the files that its paths and descriptors mean.
//
// The supervisor is in the step's mount namespace but in the builder's pid namespace, and its working
// directory is its own /proc/PID/fd, of the builder's /proc: so the path "7" names what its descriptor 7 is.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "rootless-builder/sandbox/system.h"

namespace guard::builder {

class Tracee {
 public:
  // `proc`: the builder's /proc.
  Tracee(int proc, pid_t tid) : proc_(proc), tid_(tid) {}

  pid_t tid() const { return tid_; }
  bool Read(uint64_t address, void* to, size_t size) const;
  bool Write(uint64_t address, const void* from, size_t size) const;
  // A NUL-terminated text of at most 4095 bytes.
  std::optional<std::string> ReadText(uint64_t address) const;

  // What a path means, as an O_PATH descriptor; not valid where it cannot be told (also: no such file).
  Fd Resolve(int dir, const std::string& path, bool follow) const;
  // The directory of a path whose last part is to be made, and that part. Not valid for odd ends ("..", "/").
  Fd ResolveParent(int dir, const std::string& path, std::string& name) const;
  Fd OpenDescriptor(int fd) const;
  mode_t Umask() const;

 private:
  Fd Open(const char* what, int flags) const;
  int proc_;
  pid_t tid_;
};

// The path of one of this process's descriptors, for calls that know paths alone.
inline std::string NameOf(const Fd& fd) { return std::to_string(fd.get()); }

}  // namespace guard::builder
