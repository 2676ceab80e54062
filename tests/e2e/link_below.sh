#!/usr/bin/env bash
# A layer may link to a file of a layer below. Buildah and umoci unpack such an image; so does this, in a RUN and in
# what is exported.
source "$(dirname "$0")/../support/builder.bash"

python3 - busybox link.tar <<'PYTHON'
import hashlib, io, json, sys, tarfile
def layer(entries):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        for info, data in entries: tar.addfile(info, io.BytesIO(data))
    return out.getvalue()
def entry(name, data=b"", **fields):
    info = tarfile.TarInfo(name)
    info.size, info.mode = len(data), 0o755
    for key, value in fields.items(): setattr(info, key, value)
    return info, data
busybox = open("/bin/busybox", "rb").read()
layers = [layer([entry("bin", type=tarfile.DIRTYPE), entry("bin/busybox", busybox)]),
          layer([entry("sh", type=tarfile.LNKTYPE, linkname="bin/busybox")])]
config = json.dumps({"architecture": "amd64", "os": "linux", "config": {},
                     "rootfs": {"type": "layers",
                                "diff_ids": ["sha256:" + hashlib.sha256(l).hexdigest() for l in layers]}}).encode()
with tarfile.open(sys.argv[2], "w") as tar:
    for name, data in (("c.json", config), ("0.tar", layers[0]), ("1.tar", layers[1]), ("manifest.json", json.dumps(
            [{"Config": "c.json", "RepoTags": ["localhost/linked:1"], "Layers": ["0.tar", "1.tar"]}]).encode())):
        info = tarfile.TarInfo(name); info.size = len(data); tar.addfile(info, io.BytesIO(data))
PYTHON
run docker load -i link.tar; expect_status 0
context linked <<<$'FROM localhost/linked:1\nRUN ["/sh", "-c", "echo ran > /by-link"]'
files linked
[ "$(content by-link)" = ran ] || fail 'the link is a program'
run build linked --output type=local,dest=tree; expect_status 0
[ "$(stat -c %i tree/sh)" = "$(stat -c %i tree/bin/busybox)" ] || fail 'both names are one file'
finish
