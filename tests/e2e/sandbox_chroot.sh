#!/usr/bin/env bash
# Steps by chroot alone: what is put into the root for them is gone afterwards, and so are their processes.
source "$(dirname "$0")/../support/sandbox.bash"
[ "$(id -u)" -eq 0 ] || { echo 'skipped: chroot(2) needs root'; exit 77; }
new_root root
kind='--kind chroot'
possible || { echo 'skipped: chroot(2) is refused here'; exit 77; }
mkdir -p cache source root/etc root/r/o; echo old >root/etc/hosts; echo mine >root/r/o/mine
echo kept >cache/f; echo read >source/g
before=$(find root -printf '%p %m %s %T@\n' | sort)
marker=$((40000 + RANDOM))
step --describe --mount "$scratch/cache:/c" --mount "$scratch/source:/r/o:ro" --host db=10.1.2.3 -- sh -c "
  cat /c/f /r/o/g; echo new >/c/n; echo x >/dev/null; cat /etc/hosts; (setsid sleep $marker &); sleep $marker & exit 3"
expect_status 3; expect_out 'chroot ('; expect_out $'kept\nread'; expect_out $'10.1.2.3\tdb'
[ "$before" = "$(find root -printf '%p %m %s %T@\n' | sort)" ] || fail 'the root is as it was'
[ "$(cat cache/n)" = new ] || fail 'the cache keeps what was written'
if ps -eo args | grep -x "sleep $marker" >/dev/null; then fail 'daemons die with the step'; fi
step --user 33:34 -- id; expect_out 'uid=33'
step --network none -- true; expect_status 200; expect_err 'not possible in the chroot sandbox'
step --stop-after 200 -- sleep 1000; expect_status 143
step -- nothing-there; expect_status 127
finish
