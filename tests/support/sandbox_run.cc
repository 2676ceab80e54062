// Runs one command in a sandbox, for the end-to-end tests: no images, no layers, only a root directory.
//
//   sandbox_run [--kind namespaces|chroot|auto] [--ids any|range|one] --root DIR [--store DIR] [--user
//   UID:GID]
//               [--env NAME=VALUE]... [--mount SOURCE:TARGET[:ro|:discard]]... [--tmpfs TARGET]
//               [--network none] [--limit NAME=SOFT:HARD]... [--stop-after MS] [--overlay LOWER,UPPER,WORK]
//               [--describe] [--owner PATH]... -- COMMAND [ARGUMENT]...
//
// --owner prints what an entry of the root is through Ownership::Get, after the command ("2755 0:101
// usr/bin/x").
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <thread>

#include "rootless-builder/sandbox/choose.h"

using namespace guard;
using namespace guard::builder;

namespace {

[[noreturn]] void Die(const Error& error) {
  std::cerr << Render(error) << "\n";
  exit(200);
}

struct Arguments {
  std::string kind = "auto", ids = "any", store = "/tmp", overlay;
  RunSpec spec;
  std::vector<std::string> owners;
  int stop_after = -1;
  bool describe = false;
};

std::vector<std::string> Split(const std::string& text, char separator) {
  std::vector<std::string> parts;
  size_t begin = 0;
  for (size_t end; (end = text.find(separator, begin)) != text.npos; begin = end + 1) {
    parts.push_back(text.substr(begin, end - begin));
  }
  parts.push_back(text.substr(begin));
  return parts;
}

void AddMount(RunSpec& spec, const std::string& text) {
  std::vector<std::string> parts = Split(text, ':');
  RunMount mount;
  mount.source = parts.at(0);
  mount.target = parts.at(1);
  if (parts.size() > 2) (parts[2] == "ro" ? mount.read_only : mount.discard_changes) = true;
  spec.mounts.push_back(mount);
}

Arguments Read(int argc, char** argv) {
  Arguments arguments;
  RunSpec& spec = arguments.spec;
  spec.env = {"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root"};
  int i = 1;
  for (; i < argc && std::string(argv[i]) != "--"; ++i) {
    std::string word = argv[i];
    auto value = [&] { return std::string(++i < argc ? argv[i] : ""); };
    if (word == "--kind")
      arguments.kind = value();
    else if (word == "--ids")
      arguments.ids = value();
    else if (word == "--root")
      spec.root = value();
    else if (word == "--store")
      arguments.store = value();
    else if (word == "--overlay")
      arguments.overlay = value();
    else if (word == "--cwd")
      spec.cwd = value();
    else if (word == "--stdin")
      spec.stdin_text = value();
    else if (word == "--env")
      spec.env.push_back(value());
    else if (word == "--mount")
      AddMount(spec, value());
    else if (word == "--tmpfs")
      spec.mounts.push_back({RunMount::Kind::kTmpfs, "", value()});
    else if (word == "--network")
      spec.network = value() == "none" ? RunNetwork::kNone : RunNetwork::kHost;
    else if (word == "--owner")
      arguments.owners.push_back(value());
    else if (word == "--describe")
      arguments.describe = true;
    else if (word == "--stop-after")
      arguments.stop_after = atoi(value().c_str());
    else if (word == "--host") {
      std::vector<std::string> parts = Split(value(), '=');
      spec.hosts.emplace_back(parts.at(0), parts.at(1));
    } else if (word == "--user") {
      std::vector<std::string> parts = Split(value(), ':');
      spec.uid = static_cast<uid_t>(std::stoul(parts.at(0)));
      spec.gid = static_cast<gid_t>(std::stoul(parts.at(1)));
    } else if (word == "--limit") {
      std::vector<std::string> parts = Split(value(), '=');
      std::vector<std::string> values = Split(parts.at(1), ':');
      spec.limits.push_back({parts.at(0), {std::stoull(values.at(0)), std::stoull(values.at(1))}});
    } else {
      std::cerr << "sandbox_run: unknown option " << word << "\n";
      exit(200);
    }
  }
  for (++i; i < argc; ++i) spec.argv.emplace_back(argv[i]);
  return arguments;
}

void PrintOwner(Ownership& ownership, const std::string& root, const std::string& path) {
  std::string whole = root + "/" + path;
  size_t slash = whole.rfind('/');
  std::string name = whole.substr(slash + 1);
  int dir = open(whole.substr(0, slash).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  struct stat status;
  if (dir < 0 || fstatat(dir, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
    std::printf("missing %s\n", path.c_str());
    return;
  }
  Result<Attributes> got = ownership.Get(dir, name, status);
  if (!got) Die(got.error());
  std::printf("%04o %u:%u %s%s%s\n", static_cast<unsigned>(got->mode & 07777), got->uid, got->gid,
              path.c_str(), S_ISCHR(got->mode) ? " char" : "", got->capability.empty() ? "" : " capability");
  close(dir);
}

}  // namespace

int main(int argc, char** argv) {
  Arguments arguments = Read(argc, argv);
  RunSpec& spec = arguments.spec;
  builder::Place place = Probe(arguments.store);
  if (arguments.ids == "one") place.subordinate_ids = 0, place.root = false;
  if (arguments.ids == "range") place.root = false;
  SandboxWish wish = arguments.kind == "chroot"       ? SandboxWish::kChroot
                     : arguments.kind == "namespaces" ? SandboxWish::kNamespaces
                                                      : SandboxWish::kAuto;
  Result<Choice> choice = Choose(place, wish);
  if (!choice) Die(choice.error());
  Result<std::unique_ptr<Sandbox>> sandbox = Enter(*choice, arguments.store);
  if (!sandbox) Die(sandbox.error());
  if (arguments.describe) std::cout << (*sandbox)->Describe() << std::endl;
  if (arguments.describe)
    for (const std::string& reason : place.reasons) std::cout << reason << std::endl;
  std::unique_ptr<MountedRoot> mounted;
  if (!arguments.overlay.empty()) {
    std::vector<std::string> parts = Split(arguments.overlay, ',');
    std::vector<std::string> lowers(parts.begin(), parts.end() - 2);
    auto result = (*sandbox)->MountOverlay(lowers, parts[parts.size() - 2], parts.back(), spec.root);
    if (!result) Die(result.error());
    mounted = std::move(*result);
  }
  int code = 0;
  if (!spec.argv.empty()) {
    std::atomic<bool> stop = false, done = false;
    std::thread stopper([&] {
      for (int waited = 0; arguments.stop_after >= 0 && !done; waited += 20) {
        if (waited >= arguments.stop_after) stop = true;
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
      }
    });
    Result<RunExit> exit = (*sandbox)->Run(
        spec, [](std::string_view text) { fwrite(text.data(), 1, text.size(), stdout); }, stop);
    done = true;
    stopper.join();
    fflush(stdout);
    if (!exit) Die(exit.error());
    code = exit->code;
  }
  for (const std::string& path : arguments.owners) PrintOwner((*sandbox)->ownership(), spec.root, path);
  return code;
}
