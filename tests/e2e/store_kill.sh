#!/usr/bin/env bash
# The image store under kill -9: two writers at a time, killed at hundreds of random points, pruning included.
source "$(dirname "$0")/../support/e2e.bash"
writer=$(dirname "$guardctl")/store_writer
out=$("$writer" store 300 2>&1); status=$?; err=
echo "$out"
expect_status 0 'store_writer'; expect_out '300 kills'
[ -z "$(ls store/ingest)" ] || fail 'nothing is left in ingest/'
[ "$(ls store | sort | tr '\n' ' ')" = 'blobs boot index.json index.lock ingest lock oci-layout steps trees ' ] || fail "what is in the store: $(ls store)"
if command -v skopeo >/dev/null && name=$(jq -r '.manifests[0].annotations["org.opencontainers.image.ref.name"] // empty' store/index.json) && [ -n "$name" ]; then
  skopeo inspect --raw "oci:store:$name" >/dev/null || fail 'skopeo reads it'
fi
finish
