#!/bin/sh
# The directory into which every process of a sanitized build writes what it finds.
#   findings.sh empty DIRECTORY    before the tests
#   findings.sh show DIRECTORY     after them: prints what is there, and fails if that is anything
set -eu
case $1 in
  empty)
    rm -rf "$2"
    mkdir -m 1777 "$2"   # tests run processes of other users too
    ;;
  show)
    [ -n "$(ls -A "$2")" ] || exit 0
    head -n 60 "$2"/*
    exit 1
    ;;
esac
