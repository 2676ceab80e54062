#!/usr/bin/env bash
# Virtual ownership: with one user id a step sees, sets and keeps the owners that root would have given.
source "$(dirname "$0")/../support/sandbox.bash"
new_root root
mkdir -p root/etc
printf 'root:x:0:0::/:/bin/sh\napp:x:33:34::/:/bin/sh\n' >root/etc/passwd
printf 'root:x:0:\napp:x:34:\n' >root/etc/group
kind='--kind namespaces --ids one'
possible || { echo 'skipped: one user id is not possible here'; exit 77; }

step --owner x --owner link --owner device --owner d/e --owner by-app --owner copy -- sh -c '
  touch /x; chown 33:44 /x; chmod 2755 /x; stat -c "%u:%g %a" /x
  ln -s x /link; chown -h 5:6 /link; stat -c "%u:%g" /link
  mknod /device c 1 3; stat -c "%F %t %T" /device
  mkdir /d; chown app /d; su app -c "id -u; mkdir /d/e; touch /by-app; chown 0 /x"
  cp -p /x /copy; mv /link /l2; mv /l2 /link'
expect_out '33:44 2755'; expect_out '5:6'; expect_out 'character special file 1 3'; expect_out $'\n33\n'
expect_out 'Operation not permitted'
expect_out '2755 33:44 x'; expect_out '0777 5:6 link'; expect_out '0644 0:0 device char'
expect_out '0755 33:34 d/e'; expect_out '0644 33:34 by-app'; expect_out '2755 33:44 copy'

# The next step sees what the last one did; tar takes it along and brings it back.
step --owner out/x --owner out/d/e -- sh -c 'tar cf /t.tar x d; mkdir /out; tar xf /t.tar -C /out; stat -c %u:%g /x; chown 0:0 /x; stat -c %u:%g /x'
expect_out $'33:44\n0:0'; expect_out '2755 33:44 out/x'; expect_out '0755 33:34 out/d/e'

# A user from the first moment, and what it makes.
step --user 33:34 --owner by-user -- sh -c 'id; touch /by-user; chown 0 /by-user'
expect_out 'uid=33(app) gid=34(app)'; expect_out '0644 33:34 by-user'; expect_status 1
finish
