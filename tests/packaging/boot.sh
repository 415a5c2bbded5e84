#!/bin/bash
# A machine of its own on top of this one, with systemd as its process 1: this machine's files under a layer
# that is thrown away, and namespaces of its own for processes, mounts, network, names and control groups.
#   boot.sh PLACE COMMAND…   runs COMMAND as a service of it; PLACE (an empty directory, seen by both) then
#                            holds its `output` and its exit `code`
# Needs root, and the right to mount.
set -euo pipefail

place=$1
shift

if [ "${1:-}" != --inside ]; then
  groups=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/self/mounts)
  group=$groups/wharf-test-$$
  mkdir "$group"
  trap 'find "$group" -depth -type d -exec rmdir {} + || true' EXIT
  # The cgroup that the new namespace takes for its root is the one in which it is made.
  (echo "$BASHPID" >"$group/cgroup.procs"
   exec unshare --mount --pid --fork --kill-child --uts --ipc --net --cgroup "$0" "$place" --inside "$@")
  exit
fi
shift

layer=$place/layer
mkdir "$layer"
mount -t tmpfs -o mode=755 tmpfs "$layer"
mkdir "$layer"/{upper,work,root}
mount -t overlay -o "lowerdir=/,upperdir=$layer/upper,workdir=$layer/work" overlay "$layer/root"
cd "$layer/root"
mount -t proc proc proc
mount -t sysfs -o ro sysfs sys
mount -t cgroup2 cgroup2 sys/fs/cgroup 2>/dev/null || {
  mount -t tmpfs tmpfs sys/fs/cgroup
  mount -t cgroup2 cgroup2 sys/fs/cgroup
}
for directory in run tmp dev mnt; do mount -t tmpfs -o mode=755 tmpfs "$directory"; done
chmod 1777 tmp
mkdir dev/pts dev/shm
chmod 1777 dev/shm
mount -t devpts -o newinstance,ptmxmode=0666 devpts dev/pts
for device in null zero full random urandom tty; do
  touch "dev/$device"
  mount --bind "/dev/$device" "dev/$device"
done
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
for name in stdin:0 stdout:1 stderr:2; do ln -s "/proc/self/fd/${name#*:}" "dev/${name%:*}"; done
mkdir mnt/place
mount --bind "$place" mnt/place

# Nothing of what this machine starts, and nothing that keeps packages from starting what they hold.
: >etc/machine-id
rm -rf etc/systemd/system etc/fstab usr/sbin/policy-rc.d
mkdir -p etc/systemd/system
cat >etc/systemd/system/test.service <<UNIT
[Unit]
SuccessAction=exit-force
FailureAction=exit-force
[Service]
Type=oneshot
StandardOutput=append:/mnt/place/output
StandardError=inherit
ExecStart=$*
ExecStopPost=/bin/sh -c 'echo "\$EXIT_STATUS" >/mnt/place/code'
UNIT
exec chroot . /usr/bin/env -i container=wharf-test /usr/lib/systemd/systemd \
  --unit=test.service --log-target=journal --log-level=notice
