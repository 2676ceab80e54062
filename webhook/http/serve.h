// The commands of guard-webhook, and its command line.
#pragma once

#include <string>
#include <vector>

namespace guard {

struct ServeCommand {
  std::string config;
  std::string ready_file;  // written once the ports are open; empty: none
  std::string version;
};
int RunServe(const ServeCommand& command);

// Reads and loads everything that serve would, and says what it is.
int RunCheck(const std::string& config);

struct CertsCommand {
  std::vector<std::string> dns, addresses;
  int days = 365;
  std::string namespace_name, secret = "guard-webhook-tls";
  std::string output;  // a folder for the files; empty: only the manifest is printed
  bool keep_ca_key = false;
};
int RunCerts(const CertsCommand& command);

int RunWebhook(int argc, char** argv, const std::string& version);

}  // namespace guard
