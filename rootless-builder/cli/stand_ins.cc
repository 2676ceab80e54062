// By what name we were called, and how a stand-in's build ends. Tested by tests/e2e/builder_standins.sh.
#include "rootless-builder/cli/stand_ins.h"

#include <unistd.h>

#include <cstdio>

#include "rootless-builder/cli/common_options.h"
#include "rootless-builder/cli/manifest_list.h"

namespace guard::builder {

std::optional<int> RunStandInFor(const std::string& name, const Words& words, const Session& session) {
  if (name == "docker") return RunDocker(words, session);
  if (name == "buildah" || name == "podman") return RunBuildah(name, words, session);
  if (name == "kaniko" || name == "executor") return RunKaniko(words, session);
  if (name == "warmer") {
    return Report(Fail("there is nothing to warm: base images are kept in the store as they are pulled",
                       "keep the store between builds (a volume, and --store or ROOTLESS_BUILDER_STORE)")
                      .error(),
                  1);
  }
  return {};
}

int RunKaniko(const Words& words, const Session& session) {
  if (!words.empty() && words[0] == "login") return RunNative(words, session);
  if (!words.empty() && words[0] == "push") {
    return Report(Fail("kaniko: push is not done by the executor here",
                       "push an archive's image with: docker load -i FILE && docker push NAME")
                      .error(),
                  1);
  }
  return EndBuild(ReadKaniko(words), session, 1);
}

int EndBuild(Result<BuildCall> call, const Session& session, int usage_status) {
  if (!call) return Report(call.error(), usage_status);
  if (!call->help.empty()) return fputs(call->help.c_str(), stdout), 0;
  if (call->print_version) return printf("rootless-builder %s\n", session.version.c_str()), 0;
  if (call->manifest_list.empty()) return RunBuild(call->wishes, *session.stop) == 0 ? 0 : 1;
  // The index names what was built under a name of its own.
  std::string name = call->wishes.tags.empty() ? call->manifest_list : call->wishes.tags[0];
  if (call->wishes.platforms.size() > 1) {
    if (call->wishes.tags.empty()) call->wishes.tags = {name};
    return RunBuild(call->wishes, *session.stop) == 0 ? 0 : 1;
  }
  std::string temporary;
  if (call->wishes.tags.empty()) {
    temporary = name = "localhost/rootless-builder/being-added:" + std::to_string(getpid());
    call->wishes.tags = {temporary};
  }
  if (RunBuild(call->wishes, *session.stop) != 0) return 1;
  auto added = AddToList(call->manifest_list, name, call->wishes.place.store, temporary);
  return added ? 0 : Report(added.error(), 1);
}

std::expected<Words, int> ReadWords(const FlagTable& table, const Words& words, size_t least, size_t most,
                                    int usage_status) {
  auto parsed = table.Parse(words);
  if (!parsed) return std::unexpected(Report(parsed.error(), usage_status));
  if (parsed->help) {
    fputs(table.Help().c_str(), stdout);
    return std::unexpected(0);
  }
  size_t count = parsed->words.size();
  if (count < least || count > most) {
    std::string wanted = least == most ? std::to_string(least) : std::to_string(least) + " or more";
    return std::unexpected(Report(
        Fail(table.command() + " takes " + wanted + " arguments; " + std::to_string(count) + " were given",
             table.command() + " --help says which")
            .error(),
        usage_status == 125 ? 1 : usage_status));
  }
  return std::move(parsed->words);
}

}  // namespace guard::builder
