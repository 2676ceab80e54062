"""What the demo's webhook answered, for people. A patch is applied to the review, as the API server would do.
usage: answer.py address READY-FILE | answer.py ROUTE REVIEW ANSWER"""
import base64, json, re, sys


def apply(document, patch):
    for operation in patch:
        *parents, last = [part.replace('~1', '/').replace('~0', '~') for part in operation['path'].split('/')[1:]]
        target = document
        for part in parents: target = target[int(part)] if isinstance(target, list) else target[part]
        if isinstance(target, list):
            index = len(target) if last == '-' else int(last)
            if operation['op'] == 'add': target.insert(index, operation['value'])
            elif operation['op'] == 'remove': del target[index]
            else: target[index] = operation['value']
        elif operation['op'] == 'remove': del target[last]
        else: target[last] = operation['value']


if sys.argv[1] == 'address':
    print(re.search(r'127\.0\.0\.1:\d+', open(sys.argv[2]).read())[0])
    sys.exit()
route, review_file, answer_file = sys.argv[1:]
review, response = json.load(open(review_file)), json.load(open(answer_file))['response']
if 'patch' in response:
    patch = json.loads(base64.b64decode(response['patch']))
    print(f'/{route}: allowed, with a patch of {len(patch)} operations')
    apply(review['request']['object'], patch)
    json.dump(review, open(review_file, 'w'))
elif response['allowed']:
    print(f'/{route}: allowed' + (', nothing to change' if route == 'steer' else ''))
else:
    print(f'/{route}: denied ({response["status"]["code"]})')
    for line in response['status']['message'].splitlines():
        print('  ' + (line if len(line) < 160 else line[:157] + '...'))
for warning in response.get('warnings', []): print('  warning: ' + warning)
