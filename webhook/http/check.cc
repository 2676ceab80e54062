// guard-webhook check: everything that serve would read, loaded and told, without a socket.
// Tested by tests/e2e/webhook_check.sh.
#include <cstdio>
#include <ctime>

#include "webhook/admission/reviewer.h"
#include "webhook/http/serve.h"
#include "webhook/http/server_config.h"

namespace guard {
namespace {

using std::chrono::system_clock;

std::string Day(system_clock::time_point time) {
  std::time_t seconds = system_clock::to_time_t(time);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[32];
  return {text, std::strftime(text, sizeof(text), "%Y-%m-%d %H:%M UTC", &parts)};
}

void Complain(const Error& error) { std::fprintf(stderr, "%s\n", Render(error).c_str()); }

bool CheckCertificate(const TlsFiles& files) {
  auto tls = TlsContext::Load(files);
  if (!tls) {
    Complain(tls.error());
    return false;
  }
  std::printf("certificate  %s, until %s, sha256 %s\n", files.certificate.c_str(),
              Day((*tls)->not_after()).c_str(), (*tls)->fingerprint().c_str());
  if (std::string problem = (*tls)->Problem(system_clock::now()); !problem.empty())
    std::printf("             but %s\n", problem.c_str());
  std::string callers =
      files.client_ca.empty() ? "anybody; no certificate is asked for"
      : files.client_names.empty()
          ? "whoever has a certificate signed by " + files.client_ca
          : std::to_string(files.client_names.size()) + " name(s), signed by " + files.client_ca;
  std::printf("callers      %s\n", callers.c_str());
  return true;
}

bool CheckRules(const RulesConfig& config) {
  auto rules = Rules::Load(config);
  if (!rules) {
    for (const Error& error : rules.error()) Complain(error);
    return false;
  }
  std::string profiles;
  for (const std::string& name : (*rules)->profiles()) profiles += (profiles.empty() ? "" : ", ") + name;
  std::printf("profiles     %s\n", profiles.c_str());
  std::printf("rules        %zu guardrails and policies, digest %s\n", (*rules)->guardrails().size(),
              std::string((*rules)->digest()).c_str());
  return true;
}

}  // namespace

int RunCheck(const std::string& path) {
  auto config = ReadWebhookConfig(path);
  if (!config) {
    for (const Error& error : config.error()) Complain(error);
    return 2;
  }
  const ServerConfig& server = config->server;
  std::printf("listen       %s (TLS), %s (status)\n", server.listen.c_str(), server.status.c_str());
  // Both, so that everything that is wrong is told at once.
  bool certificate_good = CheckCertificate(server.tls);
  bool rules_good = CheckRules(config->rules);
  if (const auto& log = server.decision_log)
    std::printf("decisions    %s, sync %s, on an error %s\n", log->file.c_str(),
                log->sync == LogSync::kFsync ? "fsync" : "write", log->deny_on_error ? "deny" : "allow");
  else
    std::printf("decisions    are not written down\n");
  return certificate_good && rules_good ? 0 : 2;
}

}  // namespace guard
