"""Compares images in OCI and Docker archives: what a container would see, entry by entry, and what it would be started with.

compare_images.py both OURS THEIRS TABLE   every NAME.tar of THEIRS against the one of OURS; TABLE lists the expected differences
compare_images.py trees OURS GOLDEN        every NAME.tree of GOLDEN against the image NAME.tar of OURS
compare_images.py print ARCHIVE BASE       what a golden file holds: entries that the base does not have, and the configuration
"""
import difflib, fnmatch, gzip, hashlib, io, json, os, sys, tarfile

CONFIG = ['Env', 'Cmd', 'Entrypoint', 'User', 'WorkingDir', 'ExposedPorts', 'Volumes', 'Labels', 'StopSignal', 'Shell', 'Healthcheck', 'OnBuild']
TYPES = {tarfile.REGTYPE: 'file', tarfile.AREGTYPE: 'file', tarfile.DIRTYPE: 'dir', tarfile.SYMTYPE: 'symlink',
         tarfile.FIFOTYPE: 'fifo', tarfile.CHRTYPE: 'char', tarfile.BLKTYPE: 'block'}
layers_read = {}


def read_layer(data, digest):
    """Entries of a layer in order: name, attributes, content hash or link target."""
    if digest not in layers_read:
        raw = gzip.decompress(data) if data[:2] == b'\x1f\x8b' else data
        entries = []
        with tarfile.open(fileobj=io.BytesIO(raw)) as tar:
            for item in tar:
                name = item.name.strip('/').removeprefix('./')
                name = '' if name == '.' else name
                if item.islnk():
                    entries.append((name, None, item.linkname.strip('/').removeprefix('./')))
                    continue
                xattrs = sorted(f'{k[13:]}={v!r}' for k, v in item.pax_headers.items() if k.startswith('SCHILY.xattr.'))
                content = ''
                if item.isreg():
                    content = hashlib.sha256(tar.extractfile(item).read()).hexdigest()[:16]
                elif item.issym():
                    content = '-> ' + item.linkname
                elif item.isdev() and not item.isfifo():
                    content = f'{item.devmajor},{item.devminor}'
                mode = 0o777 if item.issym() else item.mode & 0o7777
                entries.append((name, ' '.join([TYPES[item.type], f'{mode:04o}', f'{item.uid}:{item.gid}', *xattrs]), content))
        layers_read[digest] = entries
    return layers_read[digest]


def read_image(path):
    with tarfile.open(path) as tar:
        blobs = {item.name.removeprefix('./'): item for item in tar if item.isreg()}
        get = lambda name: tar.extractfile(blobs[name]).read()
        blob = lambda digest: get('blobs/' + digest.replace(':', '/'))
        tree, inodes = {}, {}  # path to inode; inode to what it is
        if 'index.json' in blobs:
            manifest = json.loads(blob(json.loads(get('index.json'))['manifests'][0]['digest']))
            config = json.loads(blob(manifest['config']['digest'])).get('config') or {}
            layers = [(layer['digest'], blob(layer['digest'])) for layer in manifest['layers']]
        else:  # a Docker archive
            manifest = json.loads(get('manifest.json'))[0]
            config = json.loads(get(manifest['Config'])).get('config') or {}
            layers = [(name, get(name)) for name in manifest['Layers']]
        for digest, data in layers:
            apply(tree, inodes, read_layer(data, digest))
    names = {}
    for path_, inode in tree.items():
        names.setdefault(inode, []).append(path_)
    lines = {}
    for path_, inode in tree.items():
        same = sorted(names[inode])
        lines['/' + path_] = ' '.join(filter(None, [*inodes[inode], '= /' + same[0] if len(same) > 1 else '']))
    lines.pop('/', None)
    return lines, {key: config[key] for key in CONFIG if config.get(key) not in (None, [], {}, '')}


def remove(tree, path, itself=True):
    for name in [n for n in tree if n.startswith(path + '/') or (itself and n == path)]:
        del tree[name]


def apply(tree, inodes, entries):
    for name, _, _ in entries:
        folder, base = os.path.split(name)
        if base == '.wh..wh..opq':
            remove(tree, folder, False)
        elif base.startswith('.wh.'):
            remove(tree, os.path.join(folder, base[4:]))
    for name, attributes, content in entries:
        if os.path.basename(name).startswith('.wh.'):
            continue
        if attributes is None:
            tree[name] = tree[content]
            continue
        if not attributes.startswith('dir'):
            remove(tree, name)
        tree[name] = len(inodes)
        inodes[tree[name]] = (attributes, content)


def describe(lines, config):
    return [f'{path} {what}' for path, what in sorted(lines.items())] + [f'{key}: {json.dumps(value, sort_keys=True)}' for key, value in sorted(config.items())]


def differences(ours, theirs):
    found = []
    theirs[1].get('Labels', {}).pop('io.buildah.version', None)  # it signs what it makes
    if not theirs[1].get('Labels'):
        theirs[1].pop('Labels', None)
    for ours_part, theirs_part, shown in ((ours[0], theirs[0], str), (ours[1], theirs[1], lambda v: json.dumps(v, sort_keys=True))):
        for key in sorted(ours_part.keys() | theirs_part.keys()):
            one, other = ours_part.get(key), theirs_part.get(key)
            if one != other:
                found.append((key, 'none' if one is None else shown(one), 'none' if other is None else shown(other)))
    return found


def read_table(path):
    """Lines `CASE  KEY  OURS | THEIRS # why ours is right`, the first three as patterns of fnmatch."""
    table = {}
    for line in open(path):
        if line.strip() and not line.startswith('#'):
            where, _, reason = line.strip().partition(' # ')
            if not reason:
                sys.exit(f'{path}: no reason in: {line}')
            case, key, values = where.split('  ')[:3]
            table[case, key, values] = reason
    return table


def both(ours, theirs, table_file):
    table, seen, bad, compared = read_table(table_file), set(), 0, 0
    for file in sorted(os.listdir(theirs)):
        case = file.removesuffix('.tar')
        if not file.endswith('.tar'):
            continue
        if not os.path.exists(f'{ours}/{file}'):
            print(f'{case}: ours was not built')
            bad += 1
            continue
        compared += 1
        for key, one, other in differences(read_image(f'{ours}/{file}'), read_image(f'{theirs}/{file}')):
            entry = next((e for e in table if all(map(fnmatch.fnmatchcase, (case, key, f'{one} | {other}'), e))), None)
            if entry:
                seen.add(entry)
                continue
            bad += 1
            print(f'{case}: {key}\n    ours   {one}\n    theirs {other}')
    for entry in sorted(table.keys() - seen):
        bad += 1
        print(f'{"  ".join(entry)}: listed as a difference, and there is none')
    print(f'{compared} images compared, {len(seen)} expected kinds of difference')
    return bad


def print_new(archive, base):
    lines, config = read_image(archive)
    below, _ = read_image(base)
    return describe({p: w for p, w in lines.items() if below.get(p) != w} | {p: 'gone' for p in below if p not in lines}, config)


def trees(ours, golden):
    bad = 0
    for file in sorted(os.listdir(golden)):
        if not file.endswith('.Dockerfile'):
            continue
        case = file.removesuffix('.Dockerfile')
        if not os.path.exists(f'{ours}/{case}.tar') or not os.path.exists(f'{golden}/{case}.tree'):
            print(f'{case}: there is no image, or no tree to compare it with')
            bad += 1
            continue
        want = open(f'{golden}/{case}.tree').read().splitlines()
        got = print_new(f'{ours}/{case}.tar', f'{ours}/base.image')
        if want != got:
            bad += 1
            print(case, *difflib.unified_diff(want, got, 'expected', 'built', lineterm='', n=0), sep='\n    ')
    return bad


if __name__ == '__main__':
    if sys.argv[1] == 'both':
        sys.exit(both(*sys.argv[2:]) > 0)
    if sys.argv[1] == 'trees':
        sys.exit(trees(*sys.argv[2:]) > 0)
    print('\n'.join(print_new(*sys.argv[2:])))
