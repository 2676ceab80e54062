#!/usr/bin/env bash
# Broken and hostile inputs: a clear error with a place, exit code 2, and everything else is still audited.
source "$(dirname "$0")/../support/e2e.bash"

# Each case: a folder with the hostile file and a bad pod, whose finding must not be lost.
tree() { rm -rf tree; mkdir tree; bad_pod >tree/zz-bad.yaml; }
hostile() {  # NAME EXPECTED-TEXT...
  local name=$1 text; shift
  local begin=$SECONDS
  run audit tree
  [ $((SECONDS - begin)) -lt 20 ] || fail "$name is refused quickly"
  expect_status 2 "$name: exit code"
  for text in "$@"; do [[ "$out" == *"$text"* ]] || fail "$name: says '$text'"; done
  [[ "$out" == *"tree/zz-bad.yaml:9:"* ]] || fail "$name: the other file is audited"
}

tree; printf 'apiVersion: v1\nkind: Pod\nmetadata:\n  name: caf\xe9\n' >tree/latin1.yaml
hostile 'invalid UTF-8' 'tree/latin1.yaml:4:12' 'UTF-8'

tree; { printf 'apiVersion: v1\nkind: Pod\nmetadata: {name: "'; head -c 100000000 /dev/zero | tr '\0' x; printf '"}\n'; } >tree/long.yaml
hostile 'a line of 100 MB' 'tree/long.yaml:3' 'MiB'

tree; { printf 'apiVersion: v1\nkind: Pod\nspec: '; printf '[%.0s' $(seq 10000); } >tree/deep.yaml
hostile '10,000 levels in flow style' 'tree/deep.yaml:3:' 'deep'

tree; { printf 'apiVersion: v1\nkind: Pod\nspec:\n'; for i in $(seq 1 5000); do printf '%*s- \n' "$i" ''; done; } >tree/steps.yaml
hostile '5,000 levels in block style' 'tree/steps.yaml:' 'deep'

tree; { printf '{"apiVersion": "v1", "kind": "Pod", "spec": '; printf '[%.0s' $(seq 10000); printf ']%.0s' $(seq 10000); printf '}'; } >tree/deep.json
hostile '10,000 levels of JSON' 'tree/deep.json:1:' 'deep'

tree; { printf 'apiVersion: v1\nkind: Pod\na: &a [x,x,x,x,x,x,x,x,x,x]\n'
        previous=a; for name in b c d e f g h i j; do printf '%s: &%s [*%s,*%s,*%s,*%s,*%s,*%s,*%s,*%s,*%s,*%s]\n' $name $name $previous $previous $previous $previous $previous $previous $previous $previous $previous $previous; previous=$name; done; } >tree/bomb.yaml
hostile 'an alias bomb' 'tree/bomb.yaml:' 'alias'

tree; printf 'apiVersion: v1\nkind: Pod\nmetadata: &m\n  self: *m\n' >tree/self.yaml
hostile 'an alias inside its own anchor' 'tree/self.yaml:4:'

tree; mkdir tree/sub; ln -s .. tree/sub/up
hostile 'a loop of links' 'tree/sub/up' 'leads back'

tree; { good_pod; printf -- '---\napiVersion: v1\nkind: Pod\nspec: [unclosed\n'; } >tree/half.yaml
hostile 'a broken second document' 'tree/half.yaml:1' '1 document before it was audited'

tree; printf 'apiVersion: v1\nkind: Pod\nkind: Deployment\n' >tree/twice.yaml
hostile 'a key twice' 'tree/twice.yaml:3:1' 'kind'

tree; printf 'apiVersion: v1\nkind: Pod\nspec:\n\tcontainers: []\n' >tree/tab.yaml
hostile 'a tab for indentation' 'tree/tab.yaml:4:'

if [ "$(id -u)" -ne 0 ]; then
  tree; good_pod >tree/closed.yaml; chmod 000 tree/closed.yaml
  hostile 'an unreadable file' 'tree/closed.yaml' 'Permission denied'
fi

run audit missing.yaml; expect_status 2; expect_out 'missing.yaml'; expect_out 'No such file'

# Binary and empty files are listed as skipped and fail nothing.
rm -rf tree; mkdir tree; good_pod >tree/good.yaml; : >tree/empty.yaml; head -c 4096 /dev/urandom >tree/noise.bin
printf '\0\1\2binary' >tree/picture.yaml; echo hello >tree/notes.md; echo 'just: data' >tree/values.yaml
run audit tree; expect_status 0; expect_out 'PASS'; expect_out 'skipped'
run audit tree --format json; expect_status 0
for name in empty.yaml noise.bin picture.yaml notes.md values.yaml; do
  [[ "$out" == *"\"file\":\"tree/$name\""*"\"status\":\"skipped\""* ]] || fail "$name is listed as skipped"
done

# Nothing auditable at all.
rm -rf tree; mkdir tree; echo hello >tree/notes.md
run audit tree; expect_status 3; expect_out 'NOTHING AUDITED'

# Escape sequences in a manifest do not reach the terminal.
rm -rf tree; mkdir tree; printf 'apiVersion: v1\nkind: Pod\nmetadata: {name: "a\\e[2Jb"}\nspec: {hostPID: true, containers: [{name: "x\\e]0;y", image: z}]}\n' >tree/esc.yaml
run audit tree --color never; expect_status 1
[[ "$out" != *$'\e'* ]] || fail 'no escape sequence is printed'

# A guardrail with a typo: the place inside the expression, nothing is audited with half a set.
mkdir -p rules; cat >rules/no-nine.yaml <<'YAML'
apiVersion: guardctl.dev/v1
kind: Guardrail
metadata: {name: no-nine}
spec:
  title: Names do not hold a nine
  severity: low
  description: For the test.
  remediation: Choose another name.
  controls: {house: ["1"]}
  subject: pod
  require: "!pod.metadata.name.contians('9')"
  examples:
    good: [{metadata: {name: a}, containers: [{name: a}]}]
    bad: [{metadata: {name: "9"}, containers: [{name: a}]}]
YAML
good_pod >tree/good.yaml
run audit tree --policies rules; expect_status 2; expect_err 'no-nine.yaml:11:'; expect_err 'contains'
sed -i 's/severity: low/severity: lwo/; s/contians/contains/' rules/no-nine.yaml
run audit tree --policies rules; expect_status 2; expect_err 'no-nine.yaml:6:'
finish
