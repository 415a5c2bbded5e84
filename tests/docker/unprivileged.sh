#!/usr/bin/env bash
# unprivileged.sh COMMAND…: as a user who may do nothing but ask the tests' engine, being in the group of its socket.
# Who is not root is such a user already. The command's Python must be one that others may run: Debian's.
set -euo pipefail
socket=${WHARF_TEST_DOCKER:?names no engine: tests/docker/engine.sh starts one}
group=$(stat -c %g "${socket#unix://}")
if [ "$(id -u)" -ne 0 ]; then exec "$@"; fi
if [ "$group" -eq 0 ]; then
  echo "unprivileged.sh: the engine's socket is root's alone: start it with WHARF_ENGINE_GROUP=docker" >&2
  exit 1
fi
unset XDG_RUNTIME_DIR
exec setpriv --reuid=65534 --regid=65534 --groups="$group" env HOME=/nonexistent "$@"
