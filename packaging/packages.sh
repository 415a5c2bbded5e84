#!/bin/sh
# Installs the Debian packages that are missing, for one purpose or several: packages.sh build test
# Does nothing, and needs no rights, when all of them are there.
set -eu

build="g++ cmake ninja-build musl-tools libboost1.81-dev libsqlite3-dev nlohmann-json3-dev libcli11-dev
       libfmt-dev libsimdjson-dev libyaml-cpp-dev libvalijson-dev libhowardhinnant-date-dev libssl-dev
       zlib1g-dev"
run="sqlite3 tzdata"
pack="dpkg-dev file"
test="catch2 protobuf-compiler libprotobuf-dev python3 python3-venv strace clang-format-19 util-linux procps curl jq
      systemd dpkg-dev file binutils libfaketime"

wanted=""
for purpose in "$@"; do
  case $purpose in
    build) wanted="$wanted $build" ;;
    run) wanted="$wanted $run" ;;
    pack) wanted="$wanted $pack" ;;
    test) wanted="$wanted $test" ;;
    *) echo "packages.sh: unknown purpose '$purpose' (build, run, pack, test)" >&2; exit 2 ;;
  esac
done

missing=""
for package in $wanted; do
  dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed ||
    missing="$missing $package"
done
[ -n "$missing" ] || exit 0

echo "installing:$missing"
sudo=""
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null || { echo "packages.sh: run as root, or install:$missing" >&2; exit 3; }
  sudo=sudo
fi
export DEBIAN_FRONTEND=noninteractive
$sudo apt-get update -qq
# shellcheck disable=SC2086  # a list of words
$sudo apt-get install -y -qq --no-install-recommends $missing >/dev/null
