// The command line of guard-webhook.
// Tested by tests/e2e/webhook_check.sh.
#include <CLI/CLI.hpp>
#include <cstdio>

#include "webhook/http/serve.h"

namespace guard {

int RunWebhook(int argc, char** argv, const std::string& version) {
  CLI::App app("Admission control for Kubernetes: rejects, warns and steers.", "guard-webhook");
  app.set_version_flag("--version", "guard-webhook " + version);
  app.require_subcommand(1);
  app.footer(
      "Exit codes: 0 fine, 1 ended with an error, 2 wrong usage or a configuration that cannot be used.");

  ServeCommand serve;
  serve.version = version;
  CLI::App* serve_command = app.add_subcommand("serve", "Serve admission reviews");
  serve_command->add_option("--config", serve.config, "The configuration (docs/webhook.md)")->required();
  serve_command->add_option("--ready-file", serve.ready_file,
                            "Written with the addresses once they are open");

  std::string check_config;
  CLI::App* check_command =
      app.add_subcommand("check", "Load everything that serve would, and say what it is");
  check_command->add_option("--config", check_config, "The configuration")->required();

  CertsCommand certs;
  CLI::App* certs_command =
      app.add_subcommand("certs", "Make an authority and a serving certificate; print Secret and caBundle");
  certs_command->add_option("--dns", certs.dns, "A name of the server, such as guard-webhook.guard.svc");
  certs_command->add_option("--ip", certs.addresses, "An address of the server");
  certs_command->add_option("--days", certs.days, "How long they are valid")
      ->check(CLI::Range(1, 36500))
      ->capture_default_str();
  certs_command->add_option("--namespace", certs.namespace_name, "Of the Secret");
  certs_command->add_option("--secret", certs.secret, "The Secret's name")->capture_default_str();
  certs_command->add_option("--output", certs.output, "A folder for tls.crt, tls.key and ca.crt");
  certs_command->add_flag("--keep-ca-key", certs.keep_ca_key,
                          "Write ca.key to --output, too; otherwise nobody can sign with it again");

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  if (serve_command->parsed()) return RunServe(serve);
  if (check_command->parsed()) return RunCheck(check_config);
  return RunCerts(certs);
}

}  // namespace guard
