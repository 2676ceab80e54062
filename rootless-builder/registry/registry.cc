// Tested by tests/e2e/registry_auth.sh and registry_lies.sh.
#include "rootless-builder/registry/registry.h"

#include <algorithm>

#include "policies/base/sha256.h"
#include "rootless-builder/http/base64.h"
#include "rootless-builder/http/retry.h"
#include "rootless-builder/http/wait.h"
#include "rootless-builder/registry/place.h"

namespace guard::builder {
namespace {

using http::FailureKind;
using Clock = std::chrono::steady_clock;

constexpr uint64_t kLargestTokenAnswer = 256u << 10;

std::unexpected<http::Failure> AsFailure(Error error) {
  return std::unexpected<http::Failure>(http::Failure{FailureKind::kRefused, std::move(error)});
}

std::vector<std::string> ScopesOf(const Access& access) {
  std::vector<std::string> scopes;
  if (!access.repository.empty()) scopes.push_back("repository:" + access.repository + ":" + access.actions);
  if (!access.mounted.empty()) scopes.push_back("repository:" + access.mounted + ":pull");
  return scopes;
}

// Whether a text repeats a secret of ours, as a registry may do to have it printed.
bool Repeats(std::string_view text, const Credential& credential) {
  std::string basic = http::EncodeBase64(credential.username + ":" + credential.password);
  for (std::string_view secret :
       {std::string_view(credential.password), std::string_view(credential.identity_token),
        std::string_view(credential.registry_token), std::string_view(basic)})
    if (!secret.empty() && text.find(secret) != std::string_view::npos) return true;
  return false;
}

}  // namespace

http::Outcome<http::Response> Registry::PingOnce(bool tls, const std::stop_token& stop, bool once) {
  Result<http::Url> url = http::UrlOfAuthority(ApiHost(name_), tls);
  if (!url) return AsFailure(std::move(url.error()));
  url->target = "/v2/";
  http::Request request{.url = *url};
  request.limit = 64u << 10;
  request.stop = stop;
  if (once) request.retry = http::Retry::kNever;
  return context_->client->Try(request);
}

// TLS first. Plain HTTP only where it is allowed, and only if it is not for a certificate that TLS failed.
Result<void> Registry::Ping(const std::stop_token& stop) {
  if (base_) return {};
  const RegistryOptions& options = context_->options;
  bool plain = false;
  http::Outcome<http::Response> answer = PingOnce(true, stop, plain_allowed_);
  for (int attempt = 0; plain_allowed_ && !answer; ++attempt) {
    FailureKind kind = answer.error().kind;
    if (kind == FailureKind::kCertificate || kind == FailureKind::kStopped || kind == FailureKind::kCaller)
      break;
    http::Outcome<http::Response> over_http = PingOnce(false, stop, true);
    plain = over_http.has_value();
    if (plain) {
      answer = std::move(over_http);
      break;
    }
    if (attempt == options.retries || !http::WorthAnotherTry(over_http.error().kind)) break;
    http::WaitFor(-1, 0,
                  Clock::now() + http::Pause(attempt, {}, options.first_pause, http::Milliseconds(10000), 0),
                  stop);
    answer = PingOnce(true, stop, true);
  }
  if (!answer) return Fail(std::move(answer.error().error));
  http::Url own = TRY(http::UrlOfAuthority(ApiHost(name_), !plain));
  own.target = "/v2/";
  // 404: some registries have no such page, and yet repositories.
  if (!answer->ok() && answer->status != 401 && answer->status != 403 && answer->status != 404)
    return Fail("the registry " + name_ + " answers " + std::to_string(answer->status) +
                " to a first request");
  Challenge challenge;
  if (answer->status == 401 && answer->url.SameOrigin(own))
    challenge = ReadChallenge(answer->headers.All("WWW-Authenticate"));
  base_ = own;
  challenge_ = challenge;
  return {};
}

Result<http::Url> Registry::At(const std::string& path, const std::stop_token& stop) {
  std::lock_guard lock(mutex_);
  TRY_VOID(Ping(stop));
  http::Url url = *base_;
  url.target += path;
  return url;
}

Result<Credential> Registry::CredentialFor(const Access& access) const {
  if (given_) return *given_;
  return context_->credentials->Find(name_, access.repository);
}

Result<std::string> Registry::Authorization(const Access& access, const std::string& refused,
                                            const std::stop_token& stop) {
  if (challenge_.scheme == Challenge::Scheme::kNone) return std::string();
  Credential credential = TRY(CredentialFor(access));
  if (!credential.registry_token.empty()) return "Bearer " + credential.registry_token;
  if (challenge_.scheme == Challenge::Scheme::kBearer) return Bearer(access, credential, refused, stop);
  if (credential.username.empty()) return std::string();
  return http::BasicAuthorization(credential.username, credential.password);
}

Result<std::string> Registry::Bearer(const Access& access, const Credential& credential,
                                     const std::string& refused, const std::stop_token& stop) {
  std::vector<std::string> scopes = ScopesOf(access);
  // Who asked is part of it: namespaces of one registry may have credentials of their own.
  std::string key =
      Sha256Hex(credential.username + '\0' + credential.password + '\0' + credential.identity_token);
  for (const std::string& scope : scopes) key += " " + scope;
  if (auto known = tokens_.find(key); known != tokens_.end()) {
    if (known->second.value != refused && Clock::now() < known->second.until) return known->second.value;
    tokens_.erase(known);
  }
  Token token = TRY(FetchToken(challenge_, scopes, credential, stop));
  auto lifetime = std::chrono::duration_cast<Clock::duration>(token.lifetime);
  std::string value = "Bearer " + token.value;
  tokens_[key] = {.value = value, .until = Clock::now() + lifetime * 9 / 10};
  return value;
}

Result<Token> Registry::FetchToken(const Challenge& challenge, const std::vector<std::string>& scopes,
                                   const Credential& credential, const std::stop_token& stop) {
  http::Url realm = TRY(CheckRealm(*base_, challenge.realm));
  http::Request request{.url = realm};
  request.limit = kLargestTokenAnswer;
  request.stop = stop;
  request.retry = http::Retry::kAlways;
  if (!credential.identity_token.empty()) {
    // OAuth2, as Azure and "docker login" with a browser have it.
    std::string form = "grant_type=refresh_token&client_id=rootless-builder&service=" +
                       http::EncodeComponent(challenge.service) +
                       "&refresh_token=" + http::EncodeComponent(credential.identity_token);
    std::string scope;
    for (const std::string& one : scopes) scope += (scope.empty() ? "" : " ") + one;
    if (!scope.empty()) form += "&scope=" + http::EncodeComponent(scope);
    request.method = "POST";
    request.headers.Add("Content-Type", "application/x-www-form-urlencoded");
    request.body = std::move(form);
    request.follow = false;  // the body is the secret
  } else {
    if (!challenge.service.empty())
      request.url.target = http::WithQuery(request.url.target, "service", challenge.service);
    for (const std::string& scope : scopes)
      request.url.target = http::WithQuery(request.url.target, "scope", scope);
    if (!credential.username.empty())
      request.authorization = http::BasicAuthorization(credential.username, credential.password);
  }
  const std::string who = "the token server " + realm.authority() + " of the registry " + name_;
  http::Response answer = TRY(context_->client->Send(request));
  if (answer.status == 401 || answer.status == 403) {
    if (credential.empty())
      return Fail(who + " wants a login", "log in to " + name_ + ", or give credentials in config.json");
    return Fail(who + " does not take the credentials from " + credential.origin,
                "are they right, and still valid? Log in to " + name_ + " anew");
  }
  if (!answer.ok()) return Fail(who + " answers " + std::to_string(answer.status));
  Result<Token> token = ReadToken(answer.body);
  if (!token) return Fail(who + " gives no token: " + token.error().message);
  return token;
}

http::Outcome<http::Response> Registry::Send(http::Request request, const Access& access) {
  auto authorize = [&](const std::string& refused) -> Result<std::string> {
    std::lock_guard lock(mutex_);
    if (!base_ || !request.url.SameOrigin(*base_)) return std::string();
    return Authorization(access, refused, request.stop);
  };
  Result<std::string> authorization = authorize("");
  if (!authorization) return AsFailure(std::move(authorization.error()));
  request.authorization = *authorization;
  http::Outcome<http::Response> answer = context_->client->Try(request);
  if (!answer || answer->status != 401) return answer;
  // A token that has run out, or a registry that asks only now. Only the registry itself may ask.
  {
    std::lock_guard lock(mutex_);
    if (!base_ || !answer->url.SameOrigin(*base_)) return answer;
    Challenge asked = ReadChallenge(answer->headers.All("WWW-Authenticate"));
    if (asked.scheme != Challenge::Scheme::kNone) challenge_ = asked;
  }
  Result<std::string> again = authorize(request.authorization);
  if (!again) return AsFailure(std::move(again.error()));
  if (again->empty() || *again == request.authorization) return answer;
  request.authorization = *again;
  return context_->client->Try(request);
}

Result<http::Url> Registry::Location(const http::Response& response) const {
  const std::string* location = response.headers.Find("Location");
  if (!location) return Fail("the registry " + name_ + " begins an upload without saying where it goes");
  http::Url url = TRY(http::ResolveUrl(response.url, *location));
  std::lock_guard lock(mutex_);
  if (base_ && url.host == base_->host && base_->tls && !url.tls &&
      (url.port == base_->port || url.port == 80)) {
    url.tls = true;
    url.port = base_->port;
  }
  if (base_ && base_->tls && !url.tls)
    return Fail("the registry " + name_ + " wants an upload sent over plain HTTP, to " + url.ForShow());
  return url;
}

Error Registry::Explain(const http::Response& response, const std::string& doing,
                        const Access& access) const {
  RegistryError told = ReadRegistryError(response.body);
  Result<Credential> credential = CredentialFor(access);
  std::string said = told.message.empty() ? told.code : told.message;
  if (credential && Repeats(said, *credential)) said.clear();
  Error error;
  error.message =
      "cannot " + doing + ": " + response.url.authority() + " answers " + std::to_string(response.status);
  if (!said.empty()) error.message += " (" + said + ")";
  if (response.status == 401 || response.status == 403) {
    bool anonymous = !credential || credential->empty();
    error.hint = anonymous ? "there are no credentials for " + name_ + ": log in, or give them in config.json"
                           : "the credentials from " + credential->origin +
                                 " may not do that, or the repository does not exist";
  }
  if (response.status == 429)
    error.hint = "the registry limits how often one may ask; log in, or use a mirror";
  return error;
}

}  // namespace guard::builder
