// Whether files are still what they were: a digest over names and contents. Times and inodes would not do, as
// mounted ConfigMaps and Secrets are swapped by a symbolic link, and tools rewrite files with what they held.
#pragma once

#include <string>
#include <vector>

namespace guard {

// Over files, and over all files below folders (those with a dot in front are not looked at). What cannot be
// read is part of the digest as that.
std::string DigestFiles(const std::vector<std::string>& paths);

// The folders whose changes can change that digest: the folders themselves with all below them, those that
// hold the files, and those where symbolic links lead to.
std::vector<std::string> FoldersOf(const std::vector<std::string>& paths);

}  // namespace guard
