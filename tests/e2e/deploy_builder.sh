#!/usr/bin/env bash
# deploy/builder: no finding in it, and every command line in it is one that the builder takes.
source "$(dirname "$0")/../support/builder.bash"
out=$("$guardctl" audit --packs pod-security-restricted,build-isolation,dockerfile --fail-on info "$repository/deploy/builder" 2>.stderr); status=$?; err=$(<.stderr)
expect_status 0 'an audit of deploy/builder'

mkdir shop; printf 'FROM scratch\nCOPY Dockerfile /\n' >shop/Dockerfile
cp shop/Dockerfile .
# Prints the builder's arguments of each file, one line a command, with every placeholder filled in.
python3 - "$repository/deploy/builder" >commands <<'PY'
import re, sys, yaml
folder = sys.argv[1]
def fill(text):
    known = {'params.context': 'shop', 'params.dockerfile': 'Dockerfile', 'params.image': 'registry.example.com/a:1', 'params.options[*]': '--no-cache',
             'results.IMAGE_DIGEST.path': 'digest', 'inputs.parameters.image': 'registry.example.com/a:1', 'inputs.parameters.repository': 'shop',
             'CI_REGISTRY_IMAGE': 'registry.example.com/a', 'CI_COMMIT_SHORT_SHA': '0123abcd'}
    text = re.sub(r'\$\(([^)]+)\)|\{\{([^}]+)\}\}|\$([A-Z_]+)', lambda m: known[m[1] or m[2] or m[3]], text)
    return 'shop' if text.startswith('https://git.example.com/') else text
def say(file, args): print(file + '\t' + '\t'.join(fill(arg) for arg in args))
load = lambda name: list(yaml.safe_load_all(open(f'{folder}/{name}')))
say('job', load('job.yaml')[0]['spec']['template']['spec']['containers'][0]['args'])
say('tekton', load('tekton-task.yaml')[0]['spec']['steps'][0]['args'])
say('argo', load('argo-workflow-template.yaml')[0]['spec']['templates'][0]['container']['args'])
say('gitlab', load('gitlab/gitlab-ci.yml')[0]['build-image']['script'][1].split()[1:])
spec, jobs = load('gitlab/templates/build.yml')
inputs = {name: str(value['default']) for name, value in spec['spec']['inputs'].items()} | {'context': 'shop'}
command = re.sub(r'\$\[\[ inputs\.(\w+) \]\]', lambda m: inputs[m[1]], list(jobs.values())[0]['script'][1])
say('component', [word.strip('"') for word in command.split()[1:]])
PY
[ "$(wc -l <commands)" -eq 5 ] || fail 'there are five commands'
while IFS=$'\t' read -r file line; do
  IFS=$'\t' read -ra words <<<"$line"
  args=(); for word in "${words[@]}"; do [ -z "$word" ] || { word=${word#\"}; args+=("${word%\"}"); }; done
  run "${args[@]}" --dry-run
  expect_status 0 "the command of $file: ${args[*]}"; expect_out COPY
done <commands
finish
