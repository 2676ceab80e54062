// Options that all commands share: the store, the sandbox, registries and credentials.
#pragma once

#include <CLI/CLI.hpp>
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

// Prints an error as every command does, and gives the status.
int Report(const Error& error, int status);

}  // namespace guard::builder
