// What gives an image build away: the tool's image, or the command that a container runs.
//
// One table for every kind of input, so that a kaniko job counts as a build in a pod, a CI file or a compose
// file alike. Docker in Docker is a question of its own (IsDindImage).
#pragma once

#include <string_view>

namespace guard {

// The tool that an image is made for, if it is one for building images: "kaniko" (and its forks), "buildah",
// "podman", "buildkit", "docker" (client or daemon), "nerdctl", "makisu", "img", "earthly", "dagger" or
// "rootless-builder", in any registry. Takes any text; empty for every other image.
std::string_view BuildToolOf(std::string_view image);

// Whether a command line builds images. The words of `command` and `args` are fed one by one; a word may be a
// whole script. Linear in the text, nothing is kept of it.
class BuildCommandScanner {
 public:
  // True once what was fed so far builds images.
  bool Feed(std::string_view word);

 private:
  bool Token(std::string_view token);
  void EndCommand();

  enum class Tool : unsigned char { kNone, kDocker, kPodman, kNerdctl, kImg };
  Tool tool_ = Tool::kNone;    // the command whose subcommand comes next
  bool after_option_ = false;  // the next word may be an option's value
  bool image_ = false;         // "docker image": the next word decides
  bool has_destination_ = false;
  bool has_source_ = false;
  bool found_ = false;
};

}  // namespace guard
