// Entries as text.
//
// Tested by write_test.cc and apply_test.cc.
#include "rootless-builder/layer/entry.h"

#include <sys/stat.h>
#include <sys/sysmacros.h>

namespace guard::builder {
namespace {

char TypeLetter(mode_t mode) {
  switch (mode & S_IFMT) {
    case S_IFDIR: return 'd';
    case S_IFLNK: return 'l';
    case S_IFCHR: return 'c';
    case S_IFBLK: return 'b';
    case S_IFIFO: return 'p';
    case S_IFSOCK: return 's';
    default: return '-';
  }
}

// As ls writes it: "rwsr-xr-t".
std::string Permissions(mode_t mode) {
  std::string text;
  for (int shift = 6; shift >= 0; shift -= 3) {
    const mode_t bits = mode >> shift;
    const bool special = (mode & (shift == 6 ? S_ISUID : shift == 3 ? S_ISGID : S_ISVTX)) != 0;
    const char set = shift == 0 ? 't' : 's';
    text += (bits & 4) != 0 ? 'r' : '-';
    text += (bits & 2) != 0 ? 'w' : '-';
    if (special) {
      text += (bits & 1) != 0 ? set : static_cast<char>(set - 'a' + 'A');
    } else {
      text += (bits & 1) != 0 ? 'x' : '-';
    }
  }
  return text;
}

std::string Hex(const std::string& bytes) {
  std::string hex;
  for (const char byte : bytes) {
    hex += "0123456789abcdef"[static_cast<unsigned char>(byte) >> 4];
    hex += "0123456789abcdef"[static_cast<unsigned char>(byte) & 15];
  }
  return hex;
}

}  // namespace

std::string ToString(const Entry& entry) {
  const std::string path = entry.path.empty() ? "." : entry.path;
  if (entry.whiteout) return "whiteout " + path;
  if (entry.hard_link) return "link " + path + " -> " + entry.link;
  const Attributes& attributes = entry.attributes;
  std::string text = TypeLetter(attributes.mode) + Permissions(attributes.mode) + " " +
                     std::to_string(attributes.uid) + ":" + std::to_string(attributes.gid) + " ";
  if (S_ISREG(attributes.mode)) text += std::to_string(entry.size) + " ";
  if (S_ISCHR(attributes.mode) || S_ISBLK(attributes.mode)) {
    text += std::to_string(major(attributes.rdev)) + "," + std::to_string(minor(attributes.rdev)) + " ";
  }
  text += path;
  if (S_ISLNK(attributes.mode)) text += " -> " + entry.link;
  if (entry.opaque) text += " (opaque)";
  if (!attributes.capability.empty()) text += " capability=" + Hex(attributes.capability);
  for (const auto& [name, value] : entry.xattrs) text += " " + name + "=" + Hex(value);
  return text;
}

}  // namespace guard::builder
