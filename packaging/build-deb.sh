#!/usr/bin/env bash
# Builds Wharf for release and packs it: build/release/wharf_<version>_<architecture>.deb, whose path is
# the last line of the output.
#   sudo apt install ./build/release/wharf_*.deb
set -euo pipefail
cd "$(dirname "$0")/.."

packaging/packages.sh build pack
cmake --preset release -DWHARF_TESTS=OFF -Wno-dev >/dev/null
cmake --build --preset release
cd build/release
rm -f wharf_*.deb
cpack -G DEB >/dev/null
echo "$PWD"/wharf_*.deb
