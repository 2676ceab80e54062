// Options that all commands share: the store, the sandbox, registries and credentials.
#pragma once

#include <CLI/CLI.hpp>
#include <memory>
#include <string>
#include <vector>

#include "rootless-builder/cli/place.h"

namespace guard::builder {

struct CommonOptions {
  std::string store, sandbox = "auto", auth_file, credentials;
  bool one_id = false;
  std::vector<std::string> insecure, ca_files, mirrors;
  bool tls_verify = true;

  void AddStore(CLI::App& app);
  void AddSandbox(CLI::App& app);
  void AddRegistries(CLI::App& app);
  Result<PlaceWishes> Wishes() const;
};

// Has a command run a function of its flags, which gives its exit status; an error is printed, with status 1.
template <class Flags, class Function>
void AddCallback(CLI::App* command, const std::shared_ptr<Flags>& flags, int& status, Function function);

// Prints an error as every command does, and gives the status.
int Report(const Error& error, int status);

template <class Flags, class Function>
void AddCallback(CLI::App* command, const std::shared_ptr<Flags>& flags, int& status, Function function) {
  command->callback([flags, &status, function] {
    auto done = function(*flags);
    status = done ? *done : Report(done.error(), 1);
  });
}

}  // namespace guard::builder
