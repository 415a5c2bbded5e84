#!/usr/bin/env bash
# The project's own connectors as images, built from nothing but the program: one layer with wharf and what it loads,
# no shell, and an image of it for each connector that is named.
#   packaging/image.sh BINARY OUT.tar [--tag TAG] CONNECTOR…   an archive for `docker load`: wharf/CONNECTOR:TAG each
#   packaging/image.sh BINARY OUT.tar --root                   the layer alone, for `docker import`
# TAG is the program's version if it is not said. The same program gives the same bytes.
set -euo pipefail

usage() {
  sed -n '4,6s/^# *//p' "$0" >&2
  exit 2
}

[ $# -ge 3 ] || usage
binary=$(realpath "$1")
out=$(realpath "$2")
shift 2
tag= root_only=
connectors=()
while [ $# -gt 0 ]; do
  case $1 in
    --tag) [ $# -ge 2 ] || usage; tag=$2; shift ;;
    --root) root_only=yes ;;
    -*) usage ;;
    *) connectors+=("$1") ;;
  esac
  shift
done
[ -n "$root_only" ] || [ ${#connectors[@]} -gt 0 ] || usage
[ -x "$binary" ] || { echo "image.sh: $binary is no program" >&2; exit 2; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Everyone may read all of it, whatever the umask here is.
put() { install -D -m "$1" "$2" "$work/root/$3"; }

# What the program loads, at the place where its loader looks; /lib and /lib64 are links, as on Debian.
make_root() {
  local path place
  install -d -m 755 "$work/root"/{usr/bin,usr/lib,usr/lib64,etc,var,airbyte}
  install -d -m 1777 "$work/root/tmp" "$work/root/var/run"
  ln -s usr/lib "$work/root/lib"
  ln -s usr/lib64 "$work/root/lib64"
  ln -s usr/bin "$work/root/bin"
  put 755 "$binary" usr/bin/wharf
  for path in $(ldd "$binary" | grep -o '/[^ ]*'); do
    place=${path#/}
    case $place in lib/* | lib64/*) place=usr/$place ;; esac
    put 755 "$path" "$place"
  done
  echo 'wharf:x:1000:1000::/airbyte:/nonexistent' >"$work/passwd"
  echo 'wharf:x:1000:' >"$work/group"
  put 644 "$work/passwd" etc/passwd
  put 644 "$work/group" etc/group
  # Whom a source trusts that reads by HTTPS, or a database's TLS.
  if [ -f /etc/ssl/certs/ca-certificates.crt ]; then
    put 644 /etc/ssl/certs/ca-certificates.crt etc/ssl/certs/ca-certificates.crt
  fi
  chmod 777 "$work/root/airbyte"
}

same_bytes() { tar --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner --format=gnu "$@"; }

hash_of() { sha256sum "$1" | cut -d' ' -f1; }

architecture() {
  case $(uname -m) in
    x86_64) echo amd64 ;;
    aarch64) echo arm64 ;;
    *) uname -m ;;
  esac
}

# image CONNECTOR: its configuration, named by its hash. /local is the one place that outlives its containers.
image() {
  cat >"$work/archive/config" <<JSON
{"architecture":"$(architecture)","os":"linux","created":"1970-01-01T00:00:00Z",
 "config":{"User":"1000:1000","WorkingDir":"/airbyte","Entrypoint":["/usr/bin/wharf","connector","$1"],
  "Env":["PATH=/usr/bin","AIRBYTE_ENTRYPOINT=/usr/bin/wharf connector $1","WHARF_LOCAL_ROOT=/local"],
  "Labels":{"io.airbyte.name":"wharf/$1","io.airbyte.version":"$tag","org.opencontainers.image.title":"wharf $1"}},
 "rootfs":{"type":"layers","diff_ids":["sha256:$layer"]},
 "history":[{"created":"1970-01-01T00:00:00Z","created_by":"packaging/image.sh"}]}
JSON
  local config
  config=$(hash_of "$work/archive/config").json
  mv "$work/archive/config" "$work/archive/$config"
  printf '{"Config":"%s","RepoTags":["wharf/%s:%s"],"Layers":["%s/layer.tar"]}' "$config" "$1" "$tag" "$layer"
}

make_root
if [ -n "$root_only" ]; then
  same_bytes -C "$work/root" -cf "$out" .
  exit
fi

known=$("$binary" connectors)
for connector in "${connectors[@]}"; do
  grep -qw -- "$connector" <<<"$known" || { echo "image.sh: no connector '$connector' is built in" >&2; exit 2; }
done
[ -n "$tag" ] || tag=$("$binary" --version | grep -o '[0-9][0-9A-Za-z.]*' | head -n 1)
mkdir "$work/archive"
same_bytes -C "$work/root" -cf "$work/archive/layer.tar" .
layer=$(hash_of "$work/archive/layer.tar")
mkdir "$work/archive/$layer"
mv "$work/archive/layer.tar" "$work/archive/$layer/layer.tar"
{
  printf '['
  for number in "${!connectors[@]}"; do
    [ "$number" -eq 0 ] || printf ','
    image "${connectors[$number]}"
  done
  printf ']\n'
} >"$work/manifest.json"
mv "$work/manifest.json" "$work/archive/"
same_bytes -C "$work/archive" -cf "$out" .

ipc='{version: "0.0.2", serialization: [PROTOBUF, JSONL], medium: [SOCKET, STDIO]}'
echo "Made $out: docker load -i $out; then in a declaration"
for connector in "${connectors[@]}"; do
  case $connector in
    source-*) more="resumable_full_refresh: true" ;;
    *) more="position: true" ;;
  esac
  echo "  connector: {image: \"wharf/$connector:$tag\", ipc: $ipc, $more}"
done
