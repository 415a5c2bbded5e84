#!/usr/bin/env bash
# Installs what the tests need, builds, and runs the tests. The last lines are ctest's of the
# release build.
#   tests/run.sh             everything: under ThreadSanitizer the rooms with threads; under
#                            AddressSanitizer and UndefinedBehaviorSanitizer unit and integration
#                            tests, a kill round per sync mode and a short soak of the daemon; then
#                            the release build, whole
#   tests/run.sh --release   the release build alone
set -euo pipefail
cd "$(dirname "$0")/.."

# A compiler cache, where there is one, serves every checkout.
export CCACHE_BASEDIR=$PWD CCACHE_NOHASHDIR=1

case ${1:-} in
  "") presets="tsan asan release" ;;
  --release) presets=release ;;
  *) echo "usage: tests/run.sh [--release]" >&2; exit 2 ;;
esac

say() { printf '\n== %s (after %d s)\n' "$*" "$SECONDS"; }

packaging/packages.sh build run test docker
. tests/real_parts.sh   # Airbyte's own connectors, in a virtual environment; start_engines

for preset in $presets; do
  say "$preset: build"
  cmake --preset "$preset" -DWHARF_TESTS=ON -Wno-dev >/dev/null
  cmake --build --preset "$preset" -- --quiet
  say "$preset: tests"
  if [ "$preset" = release ]; then
    trap stop_engines EXIT
    start_engines
  fi
  ctest --preset "$preset"
done
