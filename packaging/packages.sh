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
docker="docker.io podman docker-registry busybox-static curl jq python3"

wanted=""
for purpose in "$@"; do
  case $purpose in
    build) wanted="$wanted $build" ;;
    run) wanted="$wanted $run" ;;
    pack) wanted="$wanted $pack" ;;
    test) wanted="$wanted $test" ;;
    docker) wanted="$wanted $docker" ;;
    *) echo "packages.sh: unknown purpose '$purpose' (build, run, pack, test, docker)" >&2; exit 2 ;;
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

# What is installed for tests starts no service: the tests' engines are their own.
policy=/usr/sbin/policy-rc.d
if [ "${missing#*docker}" != "$missing" ] && [ ! -e "$policy" ]; then
  trap '$sudo rm -f "$policy"' EXIT
  printf '#!/bin/sh\nexit 101\n' | $sudo tee "$policy" >/dev/null
  $sudo chmod 755 "$policy"
fi
$sudo apt-get update -qq
# shellcheck disable=SC2086  # a list of words
$sudo apt-get install -y -qq --no-install-recommends $missing >/dev/null
