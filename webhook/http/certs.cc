// guard-webhook certs.
// Tested by tests/e2e/webhook_check.sh.
#include <sys/stat.h>

#include <cctype>
#include <cstdio>
#include <filesystem>

#include "webhook/http/certificates.h"
#include "webhook/http/serve.h"
#include "webhook/http/text_file.h"

namespace guard {
namespace {

// A name that needs no quoting in YAML and that Kubernetes takes.
bool IsObjectName(const std::string& name) {
  for (char c : name)
    if (!(std::islower(static_cast<unsigned char>(c)) || std::isdigit(static_cast<unsigned char>(c)) ||
          c == '-' || c == '.'))
      return false;
  return !name.empty() && std::isalpha(static_cast<unsigned char>(name[0]));
}

Result<void> WriteFiles(const MadeCertificates& made, const CertsCommand& command) {
  std::error_code error;
  std::filesystem::create_directories(command.output, error);
  if (error) return Fail("cannot make the folder " + command.output + ": " + error.message());
  TRY_VOID(WriteTextFile(command.output + "/ca.crt", made.ca));
  TRY_VOID(WriteTextFile(command.output + "/tls.crt", made.certificate));
  TRY_VOID(WriteTextFile(command.output + "/tls.key", made.key, 0600));
  if (command.keep_ca_key) TRY_VOID(WriteTextFile(command.output + "/ca.key", made.ca_key, 0600));
  return {};
}

Result<void> Certs(const CertsCommand& command) {
  if (!IsObjectName(command.secret)) return Fail("'" + command.secret + "' is no name of a Secret");
  if (!command.namespace_name.empty() && !IsObjectName(command.namespace_name))
    return Fail("'" + command.namespace_name + "' is no name of a namespace");
  if (command.keep_ca_key && command.output.empty())
    return Fail("--keep-ca-key needs --output: the authority's key is not printed");
  MadeCertificates made = TRY(MakeCertificates({command.dns, command.addresses, command.days}));
  if (!command.output.empty()) TRY_VOID(WriteFiles(made, command));
  std::fputs(CertificateManifest(made, command.namespace_name, command.secret).c_str(), stdout);
  return {};
}

}  // namespace

int RunCerts(const CertsCommand& command) {
  auto done = Certs(command);
  if (!done) std::fprintf(stderr, "%s\n", Render(done.error()).c_str());
  return done ? 0 : 2;
}

}  // namespace guard
