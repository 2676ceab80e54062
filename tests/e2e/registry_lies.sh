#!/usr/bin/env bash
# A registry that lies never yields an image and never gets a credential that is not its own.
source "$(dirname "$0")/../support/registry.bash"
first=$(make_image layout one one 400000 | cut -d' ' -f1)
make_certificates
start_python lying_registry.py lies.log layout; plain=127.0.0.1:$port
start_python lying_registry.py lies_tls.log layout server.crt server.key; tls=127.0.0.1:$port
secret=s3cret-leak-me encoded=$(printf 'spy:s3cret-leak-me' | base64)
echo "{\"auths\": {\"$plain\": {\"auth\": \"$encoded\"}, \"$tls\": {\"auth\": \"$encoded\"}}}" >auth.json
touch shown
check() { printf '%s\n%s\n' "$out" "$err" >>shown; }

# pull_fails NAME SAYING: no image, a reason, and nothing in the store that is not what its name says.
pull_fails() {
  local store=pulled-$1-${3:+tls}
  not_ok "a pull of $1" pull --authfile auth.json --ca ca.crt --store "$store" --idle 1000 --retries 2 "${3:-$plain}/$1/app:1"
  expect_err "$2"; check
  [ ! -e "$store/index.json" ] || ! grep -q "$1/app" "$store/index.json" || fail "$1 gives no image"
  for blob in "$store"/blobs/sha256/*; do
    [ ! -e "$blob" ] || [ "$(sha256sum <"$blob" | cut -d' ' -f1)" = "$(basename "$blob")" ] || fail "$1 leaves a false blob"
  done
}
pull_works() {
  ok "a pull of $1" pull --authfile auth.json --ca ca.crt --store "pulled-$1-${2:+tls}" --idle 1000 "${2:-$plain}/$1/app:1"
  expect_out "pulled $first"; check
}
pull_works honest
pull_works open-to-all
pull_works good-chunks
pull_works breaks
pull_works range-ignored
pull_works busy
pull_works shaky
pull_works redirect
pull_works expires
pull_works honest "$tls"
pull_works redirect "$tls"
pull_fails wrong-digest 'sha256:'
pull_fails too-long 'bytes'
pull_fails too-long-chunked 'larger'
pull_fails too-short 'bytes'
pull_fails truncated ''
pull_fails range-wrong 'another part'
pull_fails slow 'silent'
pull_fails down '503'
pull_fails loop 'circles'
pull_fails far-loop 'circles'
pull_fails file 'cannot be followed'
pull_fails downgrade 'plain http' "$tls"
pull_fails huge 'larger'
pull_fails html 'no image manifest'
pull_fails schema1 'schema 1'
pull_fails not-json ''
pull_fails wrong-type ''
pull_fails digest-header 'another digest'
pull_fails self-index 'sha256:aaaa'
pull_fails child-size 'another size'
pull_fails layer-count 'layers'
pull_fails layer-size 'bytes'
pull_fails echo '403'
pull_fails escape '403'
[[ "$err" != *$'\e'* ]] || fail 'what a registry says cannot paint the terminal'
pull_fails garbage 'limit'
pull_fails bad-chunks 'chunks'
pull_fails endless-chunks 'larger'
pull_fails elsewhere 'not sent there'
pull_fails elsewhere 'not sent there' "$tls"
pull_fails echo-token '404'
ok 'a registry without HEAD' resolve --authfile auth.json "$plain/no-head/app:1"
expect_out "$first"; check

# Pushing.
push() { run push --authfile auth.json --ca ca.crt --idle 1000 --store layout "$@" one; check; }
push_works() {
  push "${2:-$plain}/$1/app:1"
  [ "$status" -eq 0 ] || fail "a push to $1"
  [ "$(curl -sk -u x:y "${3:-http}://${2:-$plain}/state/$1/app" | jq length)" -eq "${4:-4}" ] || fail "$1 has all"
}
push_fails() { push "${3:-$plain}/$1/app:1"; [ "$status" -eq 1 ] || fail "a push to $1 fails"; expect_err "$2"; }
push_works honest
for lie in relative query lost early one-piece breaks-up mount-refused; do push_works "$lie"; done
push_works relative "$tls" https
push_works plain-location "$tls" https
push_works other-host "$plain" http 4
push_fails far-plain 'plain HTTP' "$tls"
push_fails bad-location ''
push_fails blob-digest 'another digest'
push_fails put-digest 'another digest'
push_fails down-up '503'
push_fails forgetful 'does not keep'
push_fails immutable 'immutable'
push --keep-tag "$plain/immutable/app:1"; [ "$status" -eq 0 ] || fail 'an immutable tag may be kept'
expect_out kept

# What was shown, and who was told.
grep -qF -e "$secret" -e "$encoded" -e s1gned shown && { status=0 out=$(grep -F -e "$secret" -e "$encoded" -e s1gned shown) err=; fail 'no secret is shown'; }
for log in lies.log lies_tls.log; do
  grep '"origin": 2' "$log" >second || true
  grep -qi authorization second && { status=0 out=$(cat second) err=; fail "no credential goes to another origin"; }
  grep -q '/token' second && fail 'no token is asked for elsewhere'
  grep -q '/blob/' second || fail 'the redirect was followed'
done
finish
