#!/usr/bin/env bash
# TLS with an authority of one's own, client certificates, basic and token authentication, logging in.
source "$(dirname "$0")/../support/registry.bash"
command -v htpasswd >/dev/null || { echo 'skipped: there is no htpasswd'; exit 77; }
first=$(make_image layout one | cut -d' ' -f1)
make_certificates
tls=", tls: {certificate: $PWD/server.crt, key: $PWD/server.key"

# TLS.
start_registry tls "$tls}"; host=localhost:$port
not_ok 'an authority that nobody trusts' push --store layout "$host/team/app:1" one
expect_err 'certificate'; expect_err "$host"
ok 'one that is given' push --store layout --ca ca.crt "$host/team/app:1" one
ok 'an address in the certificate' resolve --ca ca.crt "127.0.0.1:$port/team/app:1"
not_ok 'an address that is not in it' resolve --ca ca.crt "127.0.0.2:$port/team/app:1"
mkdir -p "certs/$host"; cp ca.crt "certs/$host/"
ok "docker's folder of certificates" resolve --certs certs "$host/team/app:1"
ok 'no verification, by name' resolve --skip-tls-verify "$host" "$host/team/app:1"
not_ok 'no verification of another' resolve --skip-tls-verify example.com "$host/team/app:1"
SSL_CERT_FILE=$PWD/ca.crt ok 'SSL_CERT_FILE' resolve "$host/team/app:1"
printf 'not PEM' >broken.crt
not_ok 'an authority that is none' resolve --ca broken.crt "$host/team/app:1"
expect_err 'broken.crt'
[ "$(skopeo inspect --cert-dir "certs/$host" --format '{{.Digest}}' "docker://$host/team/app:1")" = "$first" ] || fail 'skopeo finds it'

# Client certificates.
start_registry mtls "$tls, clientcas: [$PWD/ca.crt]}"; host=localhost:$port
not_ok 'without our certificate' push --ca ca.crt --store layout "$host/team/app:1" one
mkdir -p "certs/$host"; cp ca.crt "certs/$host/"; cp client.crt "certs/$host/client.cert"; cp client.key "certs/$host/"
ok 'with it' push --certs certs --store layout "$host/team/app:1" one
rm "certs/$host/client.key"
not_ok 'a certificate without its key' resolve --certs certs "$host/team/app:1"
expect_err 'no key beside it'

# Basic authentication.
htpasswd -Bbc users builder s3cret-basic-pass 2>/dev/null
start_registry basic "$tls}" "auth: {htpasswd: {realm: tests, path: $PWD/users}}"; host=localhost:$port
not_ok 'nobody is let in' push --ca ca.crt --store layout "$host/team/app:1" one
expect_err 'no credentials'
not_ok 'a wrong password' login --ca ca.crt --creds builder:wr0ng-pass "$host"
[[ "$err" != *wr0ng* ]] || fail 'the password is not repeated'
[ ! -e "$HOME/.docker/config.json" ] || fail 'and not written down'
ok 'the right one' login --ca ca.crt --creds builder:s3cret-basic-pass "$host"
[ "$(stat -c %a "$HOME/.docker/config.json")" = 600 ] || fail 'only we may read it'
ok 'a push' push --ca ca.crt --store layout "$host/team/app:1" one
[ "$(skopeo inspect --authfile "$HOME/.docker/config.json" --cert-dir "certs/${host/$port/x}" --tls-verify=false --format '{{.Digest}}' "docker://$host/team/app:1")" = "$first" ] ||
  fail 'skopeo reads what login wrote'
ok 'out again' logout "$host"
not_ok 'and out it is' resolve --ca ca.crt "$host/team/app:1"
auth=$(printf 'builder:s3cret-basic-pass' | base64)
echo "{\"auths\": {\"$host/team\": {\"auth\": \"$auth\"}}}" >scoped.json
ok 'a namespace of its own' resolve --authfile scoped.json --ca ca.crt "$host/team/app:1"
not_ok 'its neighbour has no part in it' resolve --authfile scoped.json --ca ca.crt "$host/other/app:1"
not_ok 'nor has who only begins as it does' resolve --authfile scoped.json --ca ca.crt "$host/teams/app:1"
DOCKER_AUTH_CONFIG="{\"auths\": {\"https://$host/v1/\": {\"username\": \"builder\", \"password\": \"s3cret-basic-pass\"}}}" \
  ok 'DOCKER_AUTH_CONFIG' resolve --ca ca.crt "$host/team/app:1"
mkdir -p bin
cat >bin/docker-credential-test <<'SH'
#!/bin/sh
read server
[ "$server" = "$EXPECTED" ] || { echo 'credentials not found in native keychain'; exit 1; }
echo "{\"ServerURL\": \"$server\", \"Username\": \"builder\", \"Secret\": \"s3cret-basic-pass\"}"
SH
chmod +x bin/docker-credential-test
echo "{\"credHelpers\": {\"$host\": \"test\"}}" >helper.json
export EXPECTED=$host
PATH=$PWD/bin:$PATH ok 'a credential helper' resolve --authfile helper.json --ca ca.crt "$host/team/app:1"
not_ok 'one that is not there' resolve --authfile helper.json --ca ca.crt "$host/team/app:1"
expect_err 'docker-credential-test'
echo '{"auths": [' >broken.json
not_ok 'a file that cannot be read' resolve --authfile broken.json --ca ca.crt "$host/team/app:1"
expect_err 'broken.json'

# Tokens.
openssl req -x509 -newkey rsa:2048 -nodes -keyout token.key -out token.crt -days 2 -subj '/CN=tokens' 2>/dev/null
start_python token_server.py tokens.log token.key token.crt 3 server.crt server.key; realm=https://localhost:$port/token
start_registry token "$tls}" "auth: {token: {realm: '$realm', service: registry, issuer: tests, rootcertbundle: $PWD/token.crt}}"; host=localhost:$port
not_ok 'without credentials' push --ca ca.crt --store layout "$host/team/app:1" one
auth=$(printf 'builder:s3cret-token-pass' | base64)
echo "{\"auths\": {\"$host\": {\"auth\": \"$auth\"}}}" >token.json
ok 'with them' push --authfile token.json --ca ca.crt --store layout "$host/team/app:1" one
grep -q 'scope=repository%3Ateam%2Fapp%3Apull%2Cpush' tokens.log || fail 'the scope is what is needed'
[ "$(skopeo inspect --creds builder:s3cret-token-pass --tls-verify=false --format '{{.Digest}}' "docker://$host/team/app:1")" = "$first" ] || fail 'skopeo finds it'
ok 'a mount asks for both repositories' push --authfile token.json --ca ca.crt --store layout --from "$host/team/app:1" "$host/other/app:1" one
expect_out 'mounted 2'
grep -q 'scope=repository%3Aother%2Fapp%3Apull%2Cpush&scope=repository%3Ateam%2Fapp%3Apull"' tokens.log ||
  grep -q 'other%2Fapp%3Apull%2Cpush&scope=repository%3Ateam%2Fapp%3Apull' tokens.log || fail 'in one token'
not_ok 'what the token does not allow' push --authfile token.json --ca ca.crt --store layout "$host/forbidden/app:1" one
echo "{\"auths\": {\"$host\": {\"identitytoken\": \"r3fresh-me\"}}}" >identity.json
ok 'an identity token' resolve --authfile identity.json --ca ca.crt "$host/team/app:1"
grep -q '"grant_type": \["refresh_token"\]' tokens.log || fail 'is exchanged'
not_ok 'a wrong password' login --creds builder:wr0ng-pass --ca ca.crt "$host"
[[ "$out$err" != *wr0ng* && "$out$err" != *$(printf builder:wr0ng-pass | base64)* ]] || fail 'nothing of it is shown'
ok 'login by token' login --creds builder:s3cret-token-pass --ca ca.crt "$host"
finish
