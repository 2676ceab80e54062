"""make_image.py DIR TAG [SEED [SIZE [ARCHITECTURE]]]: an OCI layout with an image of two layers; several tags make an index named `all`."""
import gzip, hashlib, io, json, os, random, sys, tarfile

directory, tag = sys.argv[1:3]
seed = sys.argv[3] if len(sys.argv) > 3 else tag
size = int(sys.argv[4]) if len(sys.argv) > 4 else 300000
architecture = sys.argv[5] if len(sys.argv) > 5 else 'amd64'
os.makedirs(f'{directory}/blobs/sha256', exist_ok=True)
random.seed(seed)

def put(data, media_type, **more):
    digest = hashlib.sha256(data).hexdigest()
    with open(f'{directory}/blobs/sha256/{digest}', 'wb') as file:
        file.write(data)
    return {'mediaType': media_type, 'digest': 'sha256:' + digest, 'size': len(data), **more}

def layer(name, data):
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode='w') as tar:
        info = tarfile.TarInfo(name)
        info.size = len(data)
        tar.addfile(info, io.BytesIO(data))
    return raw.getvalue()

tars = [layer('common', b'the same in every image\n' * 50), layer('data', random.randbytes(size))]
layers = [put(gzip.compress(tar, 1, mtime=0), 'application/vnd.oci.image.layer.v1.tar+gzip') for tar in tars]
config = put(json.dumps({'architecture': architecture, 'os': 'linux', 'config': {'Cmd': ['/bin/true'], 'Labels': {'seed': seed}},
                         'rootfs': {'type': 'layers', 'diff_ids': ['sha256:' + hashlib.sha256(tar).hexdigest() for tar in tars]},
                         'history': [{'created_by': 'one'}, {'created_by': 'two'}]}).encode(),
             'application/vnd.oci.image.config.v1+json')
manifest = put(json.dumps({'schemaVersion': 2, 'mediaType': 'application/vnd.oci.image.manifest.v1+json', 'config': config, 'layers': layers}).encode(),
               'application/vnd.oci.image.manifest.v1+json')
index_file = f'{directory}/index.json'
entries = [entry for entry in (json.load(open(index_file))['manifests'] if os.path.exists(index_file) else [])
           if entry['annotations']['org.opencontainers.image.ref.name'] not in (tag, 'all')]
entries.append({**manifest, 'platform': {'os': 'linux', 'architecture': architecture}, 'annotations': {'org.opencontainers.image.ref.name': tag}})
children = [{key: entry[key] for key in ('mediaType', 'digest', 'size', 'platform')} for entry in entries]
everything = put(json.dumps({'schemaVersion': 2, 'mediaType': 'application/vnd.oci.image.index.v1+json', 'manifests': children}).encode(),
                 'application/vnd.oci.image.index.v1+json')
entries.append({**everything, 'annotations': {'org.opencontainers.image.ref.name': 'all'}})
json.dump({'schemaVersion': 2, 'mediaType': 'application/vnd.oci.image.index.v1+json', 'manifests': entries}, open(index_file, 'w'))
json.dump({'imageLayoutVersion': '1.0.0'}, open(f'{directory}/oci-layout', 'w'))
print(manifest['digest'], everything['digest'])
