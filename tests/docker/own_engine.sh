#!/usr/bin/env bash
# own_engine.sh COMMAND…: with engines of its own, beside those that other tests ask at the same time.
set -euo pipefail
here=$(dirname "$0")
place=$(mktemp -d /tmp/wharf-XXXXXX)  # sockets have short paths
trap '"$here/engine.sh" stop "$place"' EXIT
"$here/engine.sh" start "$place"
while read -r line; do export "${line?}"; done <"$place/environment"
"$@"
