#!/usr/bin/env bash
# Installs what the tests need, builds, and runs every test. The last lines are ctest's.
#   tests/run.sh                 the release build and all tests
#   tests/run.sh --sanitizers    before them: unit and integration tests under ASan and UBSan, the
#                                rooms with threads under TSan
set -euo pipefail
cd "$(dirname "$0")/.."

# A compiler cache, where there is one, serves every checkout.
export CCACHE_BASEDIR=$PWD CCACHE_NOHASHDIR=1

sanitizers=no
[ "${1:-}" = --sanitizers ] && sanitizers=yes

say() { printf '\n== %s (after %d s)\n' "$*" "$SECONDS"; }

build() { # preset [targets…]
  local preset=$1
  shift
  cmake --preset "$preset" -DWHARF_TESTS=ON -Wno-dev >/dev/null
  cmake --build --preset "$preset" ${1:+--target "$@"} | tail -n 3
}

packaging/packages.sh build run test
. tests/real_parts.sh   # Airbyte's own connectors, in a virtual environment

say "release build"
build release

if [ $sanitizers = yes ]; then
  say "AddressSanitizer and UndefinedBehaviorSanitizer: build"
  build asan
  say "AddressSanitizer and UndefinedBehaviorSanitizer: unit and integration tests, a kill round per mode"
  export ASAN_OPTIONS=detect_leaks=1:abort_on_error=1 UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1
  ctest --preset asan

  say "ThreadSanitizer: build of the rooms with threads"
  build tsan unit_base unit_database unit_bookkeeper unit_connector
  say "ThreadSanitizer: tests of the rooms with threads"
  TSAN_OPTIONS="halt_on_error=1 suppressions=$PWD/tests/data/tsan.supp" ctest --preset tsan
fi

say "release: all tests"
ctest --preset release
