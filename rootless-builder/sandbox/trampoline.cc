// Tested by tests/e2e/sandbox_namespaces.sh: every step goes through it.
#include "rootless-builder/sandbox/trampoline.h"

#include <elf.h>
#include <sys/mman.h>

#include <cerrno>
#include <cstring>

#ifndef MFD_EXEC
#define MFD_EXEC 0x0010U
#endif

// Without descriptor 3 it is not ours to run: a script with #!/proc/self/exe would run it for ever.
// if (fcntl(3, F_SETFD, FD_CLOEXEC) < 0) exit_group(127); execve(argv[0], argv + 1, envp); write(3, &errno,
// 4); exit_group(127)
#if defined(__x86_64__)
asm(R"(
  .pushsection .rodata
  .hidden guard_trampoline_begin
  .hidden guard_trampoline_end
  .globl guard_trampoline_begin
  .globl guard_trampoline_end
guard_trampoline_begin:
  mov (%rsp), %rbx
  lea 8(%rsp), %r12
  mov $72, %eax
  mov $3, %edi
  mov $2, %esi
  mov $1, %edx
  syscall
  test %eax, %eax
  js 1f
  mov (%r12), %rdi
  lea 8(%r12), %rsi
  lea 8(%r12,%rbx,8), %rdx
  mov $59, %eax
  syscall
  neg %eax
  push %rax
  mov %rsp, %rsi
  mov $3, %edi
  mov $4, %edx
  mov $1, %eax
  syscall
1:
  mov $127, %edi
  mov $231, %eax
  syscall
guard_trampoline_end:
  .popsection
)");
#elif defined(__aarch64__)
asm(R"(
  .pushsection .rodata
  .hidden guard_trampoline_begin
  .hidden guard_trampoline_end
  .globl guard_trampoline_begin
  .globl guard_trampoline_end
  .balign 4
guard_trampoline_begin:
  ldr x19, [sp]
  add x20, sp, #8
  mov x0, #3
  mov x1, #2
  mov x2, #1
  mov x8, #25
  svc #0
  tbnz w0, #31, 1f
  ldr x0, [x20]
  add x1, x20, #8
  add x2, x20, x19, lsl #3
  add x2, x2, #8
  mov x8, #221
  svc #0
  neg x0, x0
  str x0, [sp, #-16]!
  mov x1, sp
  mov x0, #3
  mov x2, #4
  mov x8, #64
  svc #0
1:
  mov x0, #127
  mov x8, #94
  svc #0
guard_trampoline_end:
  .popsection
)");
#else
#error "the trampoline is written for x86-64 and arm64"
#endif

extern "C" const char guard_trampoline_begin[], guard_trampoline_end[];

namespace guard::builder {

Result<Fd> MakeTrampoline() {
  constexpr uint64_t kBase = 0x400000;
  constexpr uint64_t kHeaders = sizeof(Elf64_Ehdr) + sizeof(Elf64_Phdr);
  std::string code(guard_trampoline_begin,
                   static_cast<size_t>(guard_trampoline_end - guard_trampoline_begin));
  Elf64_Ehdr header{};
  memcpy(header.e_ident, ELFMAG, SELFMAG);
  header.e_ident[EI_CLASS] = ELFCLASS64;
  header.e_ident[EI_DATA] = ELFDATA2LSB;
  header.e_ident[EI_VERSION] = EV_CURRENT;
  header.e_type = ET_EXEC;
#if defined(__x86_64__)
  header.e_machine = EM_X86_64;
#else
  header.e_machine = EM_AARCH64;
#endif
  header.e_version = EV_CURRENT;
  header.e_entry = kBase + kHeaders;
  header.e_phoff = sizeof header;
  header.e_ehsize = sizeof header;
  header.e_phentsize = sizeof(Elf64_Phdr);
  header.e_phnum = 1;
  Elf64_Phdr segment{};
  segment.p_type = PT_LOAD;
  segment.p_flags = PF_R | PF_X;
  segment.p_vaddr = segment.p_paddr = kBase;
  segment.p_filesz = segment.p_memsz = kHeaders + code.size();
  segment.p_align = 0x1000;
  std::string image(reinterpret_cast<const char*>(&header), sizeof header);
  image.append(reinterpret_cast<const char*>(&segment), sizeof segment);
  image += code;

  int fd = memfd_create("step", MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_EXEC);
  if (fd < 0 && errno == EINVAL) fd = memfd_create("step", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  Fd memory(fd);
  if (!memory.valid() || !WriteAll(memory.get(), image) ||
      fcntl(memory.get(), F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) != 0) {
    return SystemFail("cannot make the step's first program", errno);
  }
  return memory;
}

}  // namespace guard::builder
