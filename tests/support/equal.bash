# For tests/e2e/equal.sh: a context of every kind of file, a base image, and the cases of tests/equal.
# A case is a Dockerfile; a line `#: FLAGS` in it holds flags for the build (CONTEXT stands for the context's path).
source "$(dirname "${BASH_SOURCE[0]}")/e2e.bash"
busybox=$(command -v busybox) || { echo 'skipped: no busybox here'; exit 77; }
if ldd "$busybox" 2>&1 | grep '=>' >/dev/null; then echo 'skipped: busybox is not static'; exit 77; fi
builder=${GUARD_BIN:-$repository/build/release/bin}/rootless-builder
equal=$repository/tests/equal
epoch=1700000000
chmod 755 "$scratch"
# Unpacked layers may belong to ids of a range: who made them removes them.
clear_scratch() {
  for store in "$scratch"/store*; do
    [ -d "$store" ] || continue
    rm -f "$store/index.json"; echo '{"schemaVersion":2,"manifests":[]}' >"$store/index.json"
    "$builder" prune --all --store "$store" >/dev/null 2>&1
  done
  chmod -R u+rwx "$scratch" 2>/dev/null; rm -rf "$scratch" "${storage:-$scratch}"
}
trap clear_scratch EXIT
umask 022

make_context() {
  mkdir -p context/{tree/deep/er,links,hard} base && cd context || exit 1
  echo hello >greeting; echo '#!/bin/sh' >executable; chmod 755 executable; echo space >'with space'
  echo f >tree/file; echo g >tree/g.skip; chmod 640 tree/file; echo d >tree/deep/file; echo e >tree/deep/er/setuid
  chmod 4755 tree/deep/er/setuid; chmod 700 tree/deep/er; chmod 1777 tree/deep; : >tree/empty
  ln -s ../greeting links/up; ln -s nowhere links/broken; ln -s /etc/passwd links/absolute; echo l >links/file; ln -s file links/beside
  echo h >hard/one; ln hard/one hard/two
  mkdir "$scratch/packed"; echo p >"$scratch/packed/file"; ln -s file "$scratch/packed/link"; mkdir -m 750 "$scratch/packed/dir"
  tar -C "$scratch/packed" --sort=name --mtime=@$epoch --owner=7 --group=8 --numeric-owner -cf archive.tar file link dir
  gzip -nk archive.tar
  echo secret >ignored.txt; mkdir skip; echo kept >skip/keep; echo gone >skip/gone
  printf '*.txt\nskip/*\n!skip/keep\n' >.dockerignore
  find . -depth -exec touch -hd @$epoch {} +
  cd ..
  cp "$busybox" base/busybox
  # The places that a step's mounts go to: Buildah leaves them in images that did not have them.
  mkdir -p base/skeleton/{proc,sys,dev,run,etc}; touch base/skeleton/etc/{hosts,hostname,resolv.conf}
  cat >base/Dockerfile <<'D'
FROM scratch
COPY --chmod=755 busybox /bin/busybox
COPY skeleton /
RUN ["/bin/busybox", "--install", "-s", "/bin"]
RUN mkdir -p /home/app && mkdir -m 1777 /tmp && mkdir -m 700 /root && chown 33:34 /home/app && \
    printf 'root:x:0:0::/root:/bin/sh\napp:x:33:34::/home/app:/bin/sh\n' >/etc/passwd && \
    printf 'root:x:0:\napp:x:34:\nextra:x:50:app\n' >/etc/group
ENV PATH=/bin
D
  find base -exec touch -d @$epoch {} +
}
# flags FILE: the case's own flags, a word a line.
flags() { sed -n 's/^#: //p' "$1" | sed "s|CONTEXT|$scratch/context|g" | xargs -r -n1; }
# ours STORE OUT [FLAGS...] : builds the base and every case; OUT/NAME.tar is an archive, OUT/NAME.digest its manifest's digest.
ours() {
  local store=$1 out=$2 file name; shift 2
  mkdir -p "$out"
  "$builder" build -q --store "$store" "$@" --source-date-epoch $epoch -t base -o type=image -o "type=oci,dest=$out/base.image" base >"$out/base.log" 2>&1 ||
    { cat "$out/base.log"; return 1; }
  for file in "$equal"/both/*.Dockerfile "$equal"/ours/*.Dockerfile; do
    while [ "$(jobs -rp | wc -l)" -ge 2 ]; do wait -n; done
    name=$(basename "$file" .Dockerfile)
    mapfile -t own < <(flags "$file")
    "$builder" build -q --jobs 1 --store "$store" "$@" "${own[@]}" --source-date-epoch $epoch -f "$file" --digest-file "$out/$name.digest" \
      -o "type=oci,dest=$out/$name.tar" context >"$out/$name.log" 2>&1 || { echo "not built: $name"; cat "$out/$name.log"; } &
  done
  wait
}
