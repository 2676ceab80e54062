// The small languages within a compose file's texts: interpolation, and the short form of a volume.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace guard {

// ${NAME:-default} and ${NAME-default} become the default, ${NAME:+other} and ${NAME+other} become what they
// would be, $$ becomes $. All else stays as written, also what is deeper than ten levels.
std::string InterpolateCompose(std::string_view text, int depth = 0);

// "source:target:options" at its colons, but those in ${...} and of a drive's letter.
std::vector<std::string_view> SplitComposeVolume(std::string_view text);

}  // namespace guard
