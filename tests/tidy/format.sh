#!/bin/sh
# Every source stands as clang-format writes it. Mend with: tests/tidy/format.sh clang-format-19 -i
set -eu
cd "$(dirname "$0")/../.."
formatter=${1:-clang-format-19}
shift || true
find src include tests -name '*.h' -o -name '*.cpp' | sort |
  xargs "$formatter" ${1:---dry-run --Werror}
