#!/usr/bin/env bash
# Engines that are the tests' own: Debian's dockerd, with a containerd of its own, Debian's podman, and two
# registries over one store, of which the second asks for a login. All they have and all they write lies in
# PLACE, whose path is to be short, since it holds sockets. Bridges and the host's firewall stay as they are, as long
# as no container asks Podman for its default network: what runs connectors there is told to give them none, and the
# bridge of who asks for one all the same goes with `stop`.
#   engine.sh start PLACE         starts all, and writes PLACE/environment: NAME=value, a line each
#   engine.sh start-docker PLACE  dockerd alone, again, after it was killed (its pid: PLACE/docker.pid)
#   engine.sh stop PLACE          ends all that runs there, and removes PLACE
set -euo pipefail

verb=${1:-}
place=${2:-}
case $verb in
  start | start-docker | stop) ;;
  *) echo "usage: engine.sh start|start-docker|stop PLACE" >&2; exit 2 ;;
esac
case $place in
  /*) ;;
  *) echo "engine.sh: PLACE must be absolute" >&2; exit 2 ;;
esac
if [ "$(id -u)" -ne 0 ]; then exec sudo WHARF_ENGINE_GROUP="$(id -gn)" "$0" "$@"; fi

group=${WHARF_ENGINE_GROUP:-root}
parent=/wharf-$(basename "$place")  # the containers' cgroup

die() { printf 'engine.sh: %s\n' "$*" >&2; exit 1; }

# background NAME COMMAND…: its pid in NAME.pid, what it says in NAME.log. It works in PLACE, since Podman's conmon
# leaves a file where it stands.
background() {
  local name=$1
  shift
  setsid env -C "$place" "$@" </dev/null >>"$place/$name.log" 2>&1 &
  echo $! >"$place/$name.pid"
}

# answers NAME COMMAND…: waits until the command succeeds; shows the log if it does not within 20 s.
answers() {
  local name=$1
  shift
  for _ in $(seq 200); do
    if "$@" >/dev/null 2>&1; then return; fi
    sleep 0.1
  done
  tail -n 20 "$place/$name.log" >&2
  die "$name does not answer"
}

ask_docker() { curl -fsS --max-time 20 --unix-socket "$place/docker.sock" "$@"; }
ask_podman() { curl -fsS --max-time 20 --unix-socket "$place/podman.sock" "$@"; }

# overlay2 where an overlay can be mounted upon this file system.
storage_driver() {
  local probe=$place/probe
  mkdir -p "$probe"/{low,up,work,all}
  if mount -t overlay overlay -o "lowerdir=$probe/low,upperdir=$probe/up,workdir=$probe/work" "$probe/all" \
    2>/dev/null; then
    umount "$probe/all"
    echo overlay2
  else
    echo vfs
  fi
  rm -rf "$probe"
}

start_containerd() {
  cat >"$place/containerd.toml" <<TOML
version = 2
root = "$place/containerd/root"
state = "$place/containerd/state"
disabled_plugins = ["io.containerd.grpc.v1.cri", "io.containerd.internal.v1.opt"]
[grpc]
  address = "$place/containerd.sock"
TOML
  background containerd containerd --config "$place/containerd.toml"
  answers containerd test -S "$place/containerd.sock"
}

start_docker() {
  echo '{}' >"$place/docker.json"
  rm -f "$place/docker.sock" "$place/dockerd.pid"
  background docker dockerd --config-file "$place/docker.json" --containerd "$place/containerd.sock" \
    --data-root "$place/docker" --exec-root "$place/docker-run" --pidfile "$place/dockerd.pid" \
    --host "unix://$place/docker.sock" --group "$group" --storage-driver "$(cat "$place/driver")" \
    --cgroup-parent "$parent" --bridge=none --iptables=false --ip6tables=false --ip-forward=false --ip-masq=false
  answers docker ask_docker http://docker/_ping
}

# Podman raises limits by itself, which not every machine lets it do, and lowers its own to the kernel's number of
# processes. Its other runtime, crun, does not take every host's cgroups. Its locks would else be those of all
# podmans of this host.
start_podman() {
  local files processes most
  files=$(ulimit -Hn)
  processes=$(ulimit -Hu)
  [ "$files" != unlimited ] || files=65536
  most=$(cat /proc/sys/kernel/pid_max)
  if [ "$processes" = unlimited ] || [ "$processes" -gt "$most" ]; then processes=$most; fi
  cat >"$place/containers.conf" <<CONF
[containers]
default_ulimits = ["nofile=$files:$files", "nproc=$processes:$processes"]
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
lock_type = "file"
[network]
network_config_dir = "$place/podman-networks"
CONF
  cat >"$place/registries.conf" <<CONF
unqualified-search-registries = ["docker.io"]
[[registry]]
location = "127.0.0.1:$1"
insecure = true
[[registry]]
location = "127.0.0.1:$2"
insecure = true
CONF
  local driver=overlay
  [ "$(cat "$place/driver")" = overlay2 ] || driver=vfs
  CONTAINERS_CONF=$place/containers.conf CONTAINERS_REGISTRIES_CONF=$place/registries.conf \
    background podman podman --root "$place/podman" --runroot "$place/podman-run" --tmpdir "$place/podman-tmp" \
    --storage-driver "$driver" system service --time=0 "unix://$place/podman.sock"
  answers podman ask_podman http://podman/_ping
  chgrp "$group" "$place/podman.sock"
  chmod 660 "$place/podman.sock"
}

free_port() {
  python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# start_registry NAME PORT [LINES]: LINES are more of its configuration.
start_registry() {
  cat >"$place/$1.yml" <<YAML
version: 0.1
log: {level: warn}
storage: {filesystem: {rootdirectory: "$place/registry"}, delete: {enabled: true}}
http: {addr: "127.0.0.1:$2"}
${3:-}
YAML
  background "$1" docker-registry serve "$place/$1.yml"
  answers "$1" bash -c "exec 3<>/dev/tcp/127.0.0.1/$2"
}

start() {
  local port locked_port
  mkdir -p "$place"
  chmod 755 "$place"
  storage_driver >"$place/driver"
  port=$(free_port)
  start_registry registry "$port"
  locked_port=$(free_port)
  python3 -W ignore -c 'import crypt
print("wharf:" + crypt.crypt("harbour", crypt.mksalt(crypt.METHOD_BLOWFISH, rounds=16)))' >"$place/logins"
  start_registry locked-registry "$locked_port" "auth: {htpasswd: {realm: wharf, path: \"$place/logins\"}}"
  start_containerd
  start_docker
  start_podman "$port" "$locked_port"
  cat >"$place/environment" <<ENV
WHARF_TEST_DOCKER=unix://$place/docker.sock
WHARF_TEST_PODMAN=unix://$place/podman.sock
WHARF_TEST_REGISTRY=127.0.0.1:$port
WHARF_TEST_LOCKED_REGISTRY=127.0.0.1:$locked_port
WHARF_TEST_REGISTRY_LOGIN=wharf:harbour
WHARF_DOCKER_NETWORK=none
ENV
}

# end NAME SIGNAL: and waits for its end, 20 s; then it is killed.
end() {
  local pid
  pid=$(cat "$place/$1.pid" 2>/dev/null) || return 0
  grep -qs -- "$place" "/proc/$pid/cmdline" || return 0  # another's by now
  kill "-$2" "$pid" 2>/dev/null || return 0
  for _ in $(seq 200); do
    grep -qs -- "$place" "/proc/$pid/cmdline" || return 0  # a zombie has none
    sleep 0.1
  done
  kill -KILL "$pid" 2>/dev/null || true
}

# What engines leave that were killed: the parents of their containers, which name the place.
end_leftovers() {
  local directory name
  for directory in /proc/[0-9]*; do
    name=$(cat "$directory/comm" 2>/dev/null) || continue
    case $name in
      containerd-shim* | conmon | runc | crun) ;;
      *) continue ;;
    esac
    if grep -qs -- "$place" "$directory/cmdline"; then kill -KILL "${directory#/proc/}" 2>/dev/null || true; fi
  done
  local cgroup
  for cgroup in /sys/fs/cgroup/*"$parent" /sys/fs/cgroup"$parent"; do
    [ -d "$cgroup" ] || continue
    find "$cgroup" -name cgroup.procs -exec cat {} + 2>/dev/null | xargs -r kill -KILL 2>/dev/null || true
    sleep 0.1
    find "$cgroup" -depth -type d -exec rmdir {} \; 2>/dev/null || true
  done
}

remove_containers() {
  local id
  for id in $("$1" "http://engine/v1.41/containers/json?all=true" 2>/dev/null | jq -r '.[].Id'); do
    "$1" -X DELETE "http://engine/v1.41/containers/$id?force=true&v=true" >/dev/null 2>&1 || true
  done
}

stop() {
  [ -d "$place" ] || return 0
  remove_containers ask_docker
  ask_docker -X POST http://docker/v1.41/networks/prune >/dev/null 2>&1 || true  # their bridges would stay
  remove_containers ask_podman
  end podman TERM
  end docker TERM
  end containerd TERM
  end registry TERM
  end locked-registry TERM
  end_leftovers
  awk -v place="$place/" 'index($2, place) == 1 {print $2}' /proc/mounts | sort -r | xargs -r umount -l
  rm -rf "$place"
}

case $verb in
  start)
    trap '[ $? -eq 0 ] || stop' EXIT
    start
    ;;
  start-docker) start_docker ;;
  stop) stop ;;
esac
