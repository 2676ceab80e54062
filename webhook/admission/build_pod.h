// What a pod has to do with building images: which CI system made it, and what each container is for.
//
// Labels and names say who a pod claims to be from. That only decides how much of it is steered: a pod that
// lies is changed more, never trusted more.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "webhook/admission/build_command.h"
#include "webhook/admission/build_images.h"

namespace guard::steering {

enum class System : uint8_t { kPlain, kGitlab, kGithub, kTekton, kArgo, kJenkins };

enum class Role : uint8_t {
  kOther,
  kKaniko,     // a kaniko executor: gets the builder's image
  kTool,       // its command is a build tool: gets the builder's image and `words`
  kClient,     // its script calls a build tool: gets the stand-in
  kDaemon,     // a Docker daemon for others in the pod: is replaced
  kBuilder,    // has the builder's image already
  kInstaller,  // our own init container
};

struct Part {
  std::string_view list;  // "initContainers" or "containers"
  size_t index = 0;
  std::string name;
  Role role = Role::kOther;
  ImageKind image = ImageKind::kOther;
  CommandLine command;
  ToolUse tools;                   // of the command and of the script behind it
  std::vector<std::string> words;  // kTool: the builder's command line

  bool init() const { return list == "initContainers"; }
  bool builds() const { return role == Role::kKaniko || role == Role::kTool || role == Role::kClient; }
};

struct BuildPod {
  System system = System::kPlain;
  std::vector<Part> parts;            // in the order of the lists
  std::vector<std::string> problems;  // builds that nothing can be made of, for people

  bool Has(Role role) const;
  bool builds() const;  // something in it builds images, or is to
};

inline json& ContainerOf(json& spec, const Part& part) { return spec[std::string(part.list)][part.index]; }
inline const json& ContainerOf(const json& spec, const Part& part) {
  return spec[std::string(part.list)][part.index];
}

BuildPod Recognise(const json& metadata, const json& spec, std::string_view builder_image);

// Whether the job's own commands run in this container, wherever they come from.
bool RunsTheJob(System system, const Part& part);

// Whether a volume is a socket of the node, or a folder of the node that people mount for one.
bool IsSocketVolume(const json& volume);

}  // namespace guard::steering
