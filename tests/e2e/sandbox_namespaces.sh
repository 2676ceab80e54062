#!/usr/bin/env bash
# What a step sees and gets, and what it cannot reach: in every kind of namespace sandbox that this place allows.
source "$(dirname "$0")/../support/sandbox.bash"
new_root root
listing() { find root -printf '%p %m %T@\n' | sort; }
tried=0

for ids in any range one; do
  kind="--kind namespaces --ids $ids"
  possible || continue
  tried=$((tried + 1))

  # Nothing is left behind: no mount points, no times.
  before=$(listing)
  step -- sh -c 'ls /etc/hosts /etc/resolv.conf /etc/hostname /proc/self/exe /dev/null /dev/shm /sys/devices'; expect_status 0
  [ "$before" = "$(listing)" ] || fail 'the root is as it was'

  # Status, output in order, environment, input, directory.
  step -- sh -c 'echo one; echo two >&2; echo three; exit 7'; expect_status 7; [ "$out" = $'one\ntwo\nthree' ] || fail 'output in order'
  step -- sh -c 'kill -9 $$'; expect_status 137
  step -- nothing-there; expect_status 127; expect_out "cannot run 'nothing-there': not found in PATH"
  step -- /tmp; expect_status 126
  printf '#!/no/such/interpreter\n' >root/tmp/script; chmod 755 root/tmp/script
  step -- /tmp/script; expect_status 127; expect_out 'interpreter'; rm root/tmp/script
  SECRET=hidden step --env A=b -- env; expect_out 'A=b'; expect_no_out 'SECRET'; expect_no_out 'hidden'
  step --stdin 'hello there' -- cat; [ "$out" = 'hello there' ] || fail 'input'
  step --cwd /tmp -- pwd; [ "$out" = /tmp ] || fail 'working directory'
  step --host db=10.1.2.3 -- cat /etc/hosts; expect_out $'10.1.2.3\tdb'
  step -- hostname; [ "$out" = buildkitsandbox ] || fail 'host name'
  step --user 33:34 -- id; expect_out 'uid=33'; expect_out 'gid=34'
  step --user 33:34 -- sh -c 'echo written >/dev/stdout'; expect_out written
  step --network none -- sh -c 'ls /sys/class/net; ip addr show lo'; expect_out 'UP'
  step --limit nofile=77:88 -- sh -c 'ulimit -n; ulimit -Hn'; [ "$out" = $'77\n88' ] || fail 'limits'
  step --limit nonsense=1:1 -- true; expect_status 200; expect_err "no limit 'nonsense'"

  # Mounts: read-only, writable, private, in memory; targets stay inside the root.
  mkdir -p source/sub; echo text >source/file
  ln -sfn /../../../../tmp root/tmp/out
  step --mount "$scratch/source:/a/b:ro" -- sh -c 'cat /a/b/file; echo x >/a/b/new'; expect_status 1; expect_out text
  step --mount "$scratch/source:/tmp/out/inside" -- sh -c 'echo new >/tmp/inside/new'; expect_status 0
  [ -e source/new ] && [ ! -e /tmp/inside ] && [ ! -e root/tmp/inside ] && [ ! -e root/a ] || fail 'a mount stays in the root'
  step --mount "$scratch/source:/p:discard" -- sh -c 'rm /p/file; echo y >/p/other; ls /p'; expect_status 0; expect_out other
  [ -e source/file ] && [ ! -e source/other ] || fail 'private changes are thrown away'
  step --mount "$scratch/source/file:/etc/secret:ro" -- cat /etc/secret; expect_out text
  step --tmpfs /scratch -- sh -c 'echo x >/scratch/y && mount'; expect_out '/scratch'
  [ ! -e root/scratch ] && [ -z "$(ls store)$(ls store/sandbox 2>/dev/null | grep -v links)" ] || [ -z "$(ls store/sandbox | grep step)" ] || fail 'no leftovers'

  # What it must not reach.
  step -- sh -c 'ls /proc/1/root/ /proc/1/fd /proc/1/cwd/ 2>&1; cat /proc/1/environ 2>&1'; expect_no_out home; expect_no_out socket
  step -- sh -c 'cat /proc/1/cmdline'; expect_no_out sandbox_run
  step -- sh -c 'ls /proc/self/fd | wc -l'; [ "$out" -le 4 ] || fail 'no descriptor leaks'
  step -- sh -c 'mount -t tmpfs none /tmp; umount /proc; unshare -U true; echo x >/proc/sys/kernel/hostname; echo b >/proc/sysrq-trigger'
  expect_status 1 'mounts are refused'; [ "$(grep -c '[Nn]ot permitted\|Read-only\|not mounted' <<<"$err$out")" -ge 3 ] || fail 'mounts are refused'
  step -- sh -c 'cat /proc/kcore /proc/keys /proc/timer_list 2>/dev/null | wc -c'; [ "$out" = 0 ] || fail 'masked'
  step -- sh -c 'mknod /tmp/disk b 254 0 2>/dev/null; dd if=/tmp/disk of=/dev/null count=1 2>&1; rm -f /tmp/disk'; expect_no_out '1+0 records in'
  step -- /proc/self/exe; expect_no_out sandbox_run; [ "$status" -ne 0 ] || fail 'our own program is not executed'
  printf '#!/proc/self/exe\n' >root/tmp/me; chmod 755 root/tmp/me; step -- /tmp/me; expect_no_out usage; expect_no_out unknown; rm root/tmp/me

  # What it cannot keep up.
  marker=$((40000 + RANDOM))
  step -- sh -c "(setsid sleep $marker &) ; sleep $marker & kill -9 -1; sleep 0.1; echo still"
  step -- sh -c "(trap '' TERM HUP; setsid sleep $marker) & exit 0"; expect_status 0
  if ps -eo args | grep -x "sleep $marker" >/dev/null; then fail 'daemons die with the step'; fi
  start=$SECONDS
  step --stop-after 300 -- sleep 1000; expect_status 143; [ $((SECONDS - start)) -lt 8 ] || fail 'stop is quick'
  step -- sh -c 'exec >&- 2>&-; sleep 0.2; exit 4'; expect_status 4 'closed output'
done

kind='--kind namespaces'
bytes=$(timeout 100 "$program" $kind --root "$scratch/root" --store "$scratch/store" -- sh -c 'dd if=/dev/zero bs=1M count=1000 2>/dev/null' | wc -c)
[ "$tried" -eq 0 ] || [ "$bytes" -eq 1048576000 ] || fail 'a gigabyte of output'

# Ignoring SIGTERM helps for ten seconds. A fork bomb meets its limit and ends with the step; the kernel does not
# limit the machine's own root, so that part is for others.
kind='--kind namespaces'
if possible; then
  step --stop-after 200 -- sh -c 'trap "" TERM; while :; do sleep 1; done'; expect_status 137
  if [ "$(id -u)" -ne 0 ]; then
    step --limit nproc=200:200 -- sh -c 'bomb() { bomb | bomb & }; (bomb) 2>/dev/null & sleep 1'
    [ "$status" -ne 200 ] || fail 'a fork bomb is contained'
  fi
fi
[ "$tried" -gt 0 ] || { echo 'skipped: no namespaces here'; exit 77; }
finish
