#!/usr/bin/env bash
# Where contexts and ADD get their files: directories, archives, standard input, repositories, addresses.
source "$(dirname "$0")/../support/builder.bash"
printf 'FROM scratch\nCOPY . /c/\n' >Dockerfile.all
mkdir -p plain/sub; echo a >plain/a; echo b >plain/sub/b; echo log >plain/x.log; cp Dockerfile.all plain/Dockerfile
files plain; expect_file '-rw-r--r-- 0/0 c/sub/b'
printf '*.log\nsub\nDockerfile\n' >plain/.dockerignore
files plain; ! grep -qE 'log|sub|Dockerfile' <<<"$listing" || { out=$listing; fail '.dockerignore'; }
printf '*\n!a\n' >plain/Dockerfile.dockerignore
files plain; [ "$(grep -c '^-' <<<"$listing")" -eq 1 ] || { out=$listing; fail 'the ignore file of the Dockerfile comes first'; }
rm plain/Dockerfile.dockerignore plain/.dockerignore
tar -czf plain.tar.gz -C plain .
files plain.tar.gz; expect_file '-rw-r--r-- 0/0 c/a'
out=$("$builder" build -q -o type=tar,dest=.files.tar - <plain.tar.gz 2>&1); status=$?; expect_status 0 'an archive on standard input'
out=$(printf 'FROM scratch\nCOPY <<EOF /f\nhello\nEOF\n' | "$builder" build -q -o type=tar,dest=.files.tar - 2>&1); status=$?; expect_status 0 'a Dockerfile on standard input'
[ "$(tar -xOf .files.tar f)" = hello ] || fail 'and its file'
out=$(printf 'FROM scratch\nCOPY a /only\n' | "$builder" build -q -f - -o type=tar,dest=.files.tar plain 2>&1); status=$?; expect_status 0 'a Dockerfile on standard input with a context'
mkdir named; echo n >named/n; printf 'FROM scratch\nCOPY --from=extra n /n\n' >plain/Named
files plain -f plain/Named --build-context extra=named; expect_file '-rw-r--r-- 0/0 n'
run build s3://bucket/x; expect_status 2; expect_err 's3://'

if command -v git >/dev/null; then
  export GIT_CONFIG_GLOBAL=$scratch/gitconfig
  git config --file gitconfig user.email t@example.com; git config --file gitconfig user.name t; git config --file gitconfig safe.directory '*'
  git config --file gitconfig protocol.file.allow always
  git init -q --bare served.git; git clone -q served.git clone 2>/dev/null
  (cd clone; mkdir dir; echo v1 >dir/f; printf 'FROM scratch\nCOPY f /f\n' >dir/Dockerfile; git add .; git commit -qm one; git tag v1; echo v2 >dir/f; git commit -qam two; git push -q origin HEAD v1)
  git -C served.git update-server-info
  python3 - "$scratch" >port 2>/dev/null <<'P' &
import http.server, os, sys
os.chdir(sys.argv[1])
class Handler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_): open('requests', 'a').write(self.command + ' ' + self.path + ' ' + str(self.headers.get('If-Modified-Since', '')) + '\n')
server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Handler)
print(server.server_port, flush=True)
server.serve_forever()
P
  server=$!; trap 'kill $server 2>/dev/null; clear_scratch' EXIT
  for _ in $(seq 100); do [ -s port ] && break; sleep 0.1; done
  url=http://127.0.0.1:$(cat port)
  files "$url/served.git#v1:dir"; [ "$(content f)" = v1 ] || fail 'a repository, by tag and directory'
  commit=$(git -C clone rev-parse v1)
  printf 'FROM scratch\nADD --checksum=%s %s/served.git#v1:dir /src/\n' "$commit" "$url" >plain/Git
  files plain -f plain/Git; [ "$(content src/f)" = v1 ] || fail 'ADD of a repository'
  # This server knows plain files only, no shallow history: its HEAD, a branch and a commit by its id.
  git -C clone push -q origin HEAD:refs/heads/other; git -C served.git update-server-info
  for ref in '' '#other' "#$commit"; do
    printf 'FROM scratch\nADD %s/served.git%s /src/\n' "$url" "$ref" >plain/Git; files plain -f plain/Git
    [ "$(content src/dir/f)" = "$([ "$ref" = "#$commit" ] && echo v1 || echo v2)" ] || fail "ADD of a repository '$ref'"
  done
  printf 'FROM scratch\nADD %s/served.git#nothing /src/\n' "$url" >plain/Git
  run build -f plain/Git plain; expect_status 1; expect_err 'nothing'
  printf 'FROM scratch\nADD --checksum=0000000 %s/served.git#v1 /src/\n' "$url" >plain/Git
  run build -f plain/Git plain; expect_status 1; expect_err '0000000'

  echo remote >remote; sum=$(sha256sum <remote | cut -d' ' -f1)
  printf 'FROM scratch\nADD --checksum=sha256:%s %s/remote /r\nADD %s/plain.tar.gz /archive/\nADD --unpack=true %s/plain.tar.gz /unpacked/\nADD plain.tar.gz /local/\nADD --unpack=false plain.tar.gz /whole/\n' "$sum" "$url" "$url" "$url" >plain/Add
  cp plain.tar.gz plain/
  files plain -f plain/Add; expect_file '-rw------- 0/0 r'; expect_file '-rw------- 0/0 archive/plain.tar.gz'; expect_file '-rw-r--r-- 0/0 whole/plain.tar.gz'
  grep -q 'unpacked/sub/b$' <<<"$listing" && grep -q 'local/sub/b$' <<<"$listing" || { out=$listing; fail 'archives are unpacked'; }
  files plain -f plain/Add; grep -q 'plain.tar.gz .*GMT' requests || fail 'an address is asked whether it changed'
  printf 'FROM scratch\nADD --checksum=sha256:%064d %s/remote /r\n' 0 "$url" >plain/Wrong
  run build -f plain/Wrong plain; expect_status 1; expect_err 'checksum'
  printf 'FROM scratch\nADD %s/none /r\n' "$url" >plain/None
  run build -f plain/None plain; expect_status 1; expect_err '404'
fi
finish
