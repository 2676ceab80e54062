#include "rootless-builder/layer/diff.h"
#include <fcntl.h>
#include <sys/xattr.h>
#include "policies/base/files.h"
namespace guard::builder {
namespace {
Result<uint64_t> Walk(int dir, const std::string& at, Ownership& own, LayerWriter& w) {
  uint64_t n = 0;
  for (auto& name : TRY(ListDirectory(dir))) {
    Entry e; e.path = at.empty() ? name : at + "/" + name;
    struct stat st; fstatat(dir, name.c_str(), &st, AT_SYMLINK_NOFOLLOW);
    if (S_ISCHR(st.st_mode) && st.st_rdev == 0) { e.whiteout = true; TRY_VOID(w.Add(e, -1)); ++n; continue; }
    auto a = own.Get(dir, name, st); if (!a) return Fail(a.error());
    e.attributes = *a; e.mtime = st.st_mtim.tv_sec; e.mtime_nsec = (uint32_t)st.st_mtim.tv_nsec;
    if (S_ISLNK(st.st_mode)) { char b[4096]; auto s = readlinkat(dir, name.c_str(), b, sizeof b); e.link.assign(b, (size_t)s); }
    Fd f;
    if (S_ISREG(st.st_mode)) { e.size = (uint64_t)st.st_size; f = Fd(openat(dir, name.c_str(), O_RDONLY | O_CLOEXEC)); }
    auto ok = w.Add(e, f.get()); if (!ok) return Fail(ok.error());
    ++n;
    if (S_ISDIR(st.st_mode)) { Fd d(openat(dir, name.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)); auto r = Walk(d.get(), e.path, own, w); if (!r) return r; n += *r; }
  }
  return n;
}
}
Result<uint64_t> DiffOverlay(const std::string& upper, const std::vector<std::string>&, std::string_view, Ownership& own, const DiffOptions&, LayerWriter& w) {
  Fd d = TRY(OpenDirectory(upper)); return Walk(d.get(), "", own, w);
}
Result<std::unique_ptr<TreeSnapshot>> TakeSnapshot(const std::string&, Ownership&) { return std::make_unique<TreeSnapshot>(); }
Result<uint64_t> DiffTree(const TreeSnapshot&, const std::string& root, Ownership& own, const DiffOptions&, LayerWriter& w) { Fd d = TRY(OpenDirectory(root)); return Walk(d.get(), "", own, w); }
}
