#!/usr/bin/env bash
# Layers that we write, read by programs that nobody here wrote: gzip, zstd, GNU tar, bsdtar, Python, skopeo, umoci.
source "$(dirname "$0")/../support/e2e.bash"
writer=$(dirname "$guardctl")/layer_writer
long=$(printf 'n%.0s' {1..150})
mkdir -p "tree/etc/$long/$long" tree/bin
echo text >"tree/etc/$long/$long/$long"
echo umlaut >tree/etc/ä; printf x >tree/etc/$'latin-\xe4'
head -c 5000000 /dev/urandom | base64 >tree/bin/large
ln tree/bin/large tree/bin/linked; ln -s /bin/large tree/etc/link; mkfifo tree/etc/pipe
chmod 1777 tree/etc; chmod 4755 tree/bin/large
list() { (cd "$1" && find . -mindepth 1 -printf '%y %m %s %n %l %p %T@\n' | awk '$1 == "d" { $3 = 0; $4 = 0 } 1' | LC_ALL=C sort); }
for packing in gzip zstd; do
  read -r blob diff_id < <("$writer" store tree $packing "image:$packing") || fail "layer_writer $packing"
  blob=store/blobs/sha256/$blob
  $packing -dc <"$blob" >layer.tar || fail "$packing reads it"
  [ "$(sha256sum <layer.tar | cut -d' ' -f1)" = "$diff_id" ] || fail "the tar of $packing has the digest that was said"
  tar tf layer.tar >/dev/null || fail 'GNU tar reads it'
  ! command -v bsdtar >/dev/null || LC_ALL=C.UTF-8 bsdtar tf layer.tar >/dev/null || fail 'bsdtar reads it'
  mkdir -p gnu && tar xpf layer.tar -C gnu || fail 'GNU tar unpacks it'
  [ "$(list gnu)" = "$(list tree)" ] || fail "GNU tar's tree is ours: $(diff <(list gnu) <(list tree) | head)"
  rm -rf gnu
  python3 - "$blob" $packing <<'PY' || fail 'Python reads it'
import sys, tarfile, gzip
if sys.argv[2] == 'gzip':
    names = [member.name for member in tarfile.open(fileobj=gzip.open(sys.argv[1]))]
    assert 'etc/ä' in names, names
PY
  if command -v skopeo >/dev/null; then
    skopeo copy -q "oci:store:image:$packing" "oci:copy:$packing" 2>skopeo.txt || fail "skopeo copies it: $(cat skopeo.txt)"
  fi
done
if command -v umoci >/dev/null; then
  umoci raw unpack $([ "$(id -u)" = 0 ] || echo --rootless) --image copy:gzip umoci 2>umoci.txt || fail "umoci unpacks it: $(cat umoci.txt)"
  [ "$(list umoci)" = "$(list tree)" ] || fail "umoci's tree is ours: $(diff <(list umoci) <(list tree) | head)"
fi
finish
