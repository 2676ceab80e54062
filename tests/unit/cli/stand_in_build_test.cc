// One golden file a command line: its words on the first line (quotes as a shell has them), variables on
// lines NAME=VALUE above it; below "----" the wishes, or the error.
#include "rootless-builder/cli/stand_in_build.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <sstream>

#include "tests/support/golden.h"

namespace guard::builder {
namespace {

Words SplitWords(const std::string& line) {
  Words words;
  bool open = false, quoted = false;
  for (char c : line) {
    if (c == '\'') {
      quoted = !quoted;
      if (!open) words.emplace_back(), open = true;
    } else if (c == ' ' && !quoted) {
      open = false;
    } else {
      if (!open) words.emplace_back(), open = true;
      words.back() += c;
    }
  }
  return words;
}

class Variable {
 public:
  Variable(const std::string& name, const std::string& value) : name_(name) {
    setenv(name.c_str(), value.c_str(), 1);
  }
  ~Variable() { unsetenv(name_.c_str()); }

 private:
  std::string name_;
};

std::string ReadAndPrint(Words words) {
  std::string program = words[0];
  words.erase(words.begin());
  Result<BuildCall> call = Fail("no such program: " + program);
  if (program == "kaniko") call = ReadKaniko(words);
  if (program == "docker") call = ReadDockerBuild("docker build", words);
  if (program == "buildah") call = ReadBuildahBuild("buildah build", words);
  if (!call) return "error: " + Render(call.error()) + "\n";
  return (call->manifest_list.empty() ? "" : "index: " + call->manifest_list + "\n") + Print(call->wishes);
}

TEST(StandInBuild, CommandLines) {
  for (const auto& path : test::GoldenInputs("cli", ".txt")) {
    std::istringstream text(test::ReadFile(path));
    std::string line, head;
    std::vector<std::unique_ptr<Variable>> variables;
    while (std::getline(text, line)) {
      head += line + "\n";
      size_t equals = line.find('='), space = line.find(' ');
      if (equals == std::string::npos || space < equals) break;
      variables.push_back(std::make_unique<Variable>(line.substr(0, equals), line.substr(equals + 1)));
    }
    std::string actual = head + "----\n" + ReadAndPrint(SplitWords(line));
    test::ExpectGolden(path.lexically_relative(test::SourceRoot() / "tests/golden"), actual);
  }
}

// The complete lists of the programs' own flags: a flag that nobody here has thought of would be missing.
const char* const kKaniko =
    "verbosity log-format log-timestamp force whitelist-var-run dockerfile context context-sub-path bucket "
    "destination snapshot-mode custom-platform build-arg insecure skip-tls-verify insecure-pull "
    "skip-tls-verify-pull insecure-registry skip-tls-verify-registry registry-certificate "
    "registry-client-cert "
    "registry-map registry-mirror skip-default-registry-fallback push-retry push-ignore-immutable-tag-errors "
    "image-fs-extract-retry image-download-retry skip-push-permission-check kaniko-dir tar-path "
    "oci-layout-path "
    "digest-file image-name-with-digest-file image-name-tag-with-digest-file no-push no-push-cache "
    "single-snapshot reproducible target cache cache-repo cache-dir cache-ttl cache-copy-layers "
    "cache-run-layers compressed-caching compression compression-level cleanup ignore-var-run ignore-path "
    "label "
    "git skip-unused-stages use-new-run force-build-metadata snapshotMode customPlatform tarPath annotation "
    "image-format pre-cleanup preserve-context materialize secret dryrun credential-helpers";
const char* const kDocker =
    "add-host allow annotation attest build-arg build-context builder cache-from cache-to call cgroup-parent "
    "check debug file iidfile label load metadata-file network no-cache no-cache-filter output platform "
    "policy "
    "progress provenance pull push quiet resource sbom secret shm-size ssh tag target ulimit compress "
    "cpu-period "
    "cpu-quota cpu-shares cpuset-cpus cpuset-mems force-rm isolation memory memory-swap rm security-opt "
    "squash";
const char* const kBuildah =
    "add-host all-platforms annotation arch authfile build-arg build-arg-file build-context cache-from "
    "cache-to "
    "cache-ttl cap-add cap-drop cert-dir cgroup-parent cgroupns compat-volumes compress compression-format "
    "compression-level cpp-flag cpu-period cpu-quota cpu-shares cpuset-cpus cpuset-mems created-annotation "
    "creds "
    "cw decryption-key device disable-compression disable-content-trust dns dns-option dns-search env file "
    "force-compression force-rm format from group-add hooks-dir http-proxy identity-label ignorefile iidfile "
    "iidfile-raw inherit-annotations inherit-labels ipc isolation jobs label layer-label layers logfile "
    "logsplit "
    "manifest memory memory-swap metadata-file mount network no-cache no-hostname no-hosts omit-history os "
    "os-feature os-version output pid platform pull quiet retry retry-delay rewrite-timestamp rm runtime "
    "runtime-flag save-stages sbom sbom-scanner-image sbom-scanner-command sbom-merge-strategy sbom-output "
    "sbom-image-output sbom-purl-output sbom-image-purl-output secret security-opt shm-size sign-by "
    "skip-unused-stages source-date-epoch source-policy-file squash ssh stage-labels stdin tag target "
    "timestamp "
    "tls-verify ulimit unsetannotation unsetenv unsetlabel userns userns-uid-map userns-gid-map "
    "userns-uid-map-user userns-gid-map-group uts variant volume";

TEST(StandInBuild, EveryFlagOfTheProgramsIsTakenOrRefusedWithAReason) {
  struct Case {
    const char* names;
    std::vector<Flag> flags;
  };
  for (const Case& one : {Case{kKaniko, KanikoFlags()}, Case{kDocker, DockerBuildFlags()},
                          Case{kBuildah, BuildahBuildFlags()}}) {
    std::map<std::string, const Flag*> known;
    std::map<char, std::string> letters;
    for (const Flag& flag : one.flags) {
      EXPECT_TRUE(known.emplace(flag.name, &flag).second) << flag.name << " is there twice";
      EXPECT_FALSE(flag.about.empty()) << flag.name;
      if (flag.letter == 0) continue;
      EXPECT_TRUE(letters.emplace(flag.letter, flag.name).second) << "-" << flag.letter << " is there twice";
    }
    for (const std::string& name : SplitList(one.names, ' ')) EXPECT_TRUE(known.contains(name)) << name;
  }
}

// What is taken without effect is written down, with its reason.
TEST(StandInBuild, FlagsWithoutEffectAreDocumented) {
  std::string text = test::ReadFile(test::SourceRoot() / "docs/migrating.md");
  for (const auto& flags : {KanikoFlags(), DockerBuildFlags(), BuildahBuildFlags()})
    for (const Flag& flag : flags)
      if (flag.effect == FlagEffect::kNone && !flag.hidden) {
        EXPECT_NE(text.find("`--" + flag.name + "`"), std::string::npos)
            << "--" << flag.name << ": " << flag.about;
      }
}

}  // namespace
}  // namespace guard::builder
