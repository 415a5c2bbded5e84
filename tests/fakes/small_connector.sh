#!/bin/sh
# small_connector.c's source as a script of a POSIX shell, for images that have one: Debian's dash, busybox.
rows=100
case $1 in
  spec) echo '{"type":"SPEC","spec":{"connectionSpecification":{"type":"object","properties":{}}}}' ;;
  check) echo '{"type":"CONNECTION_STATUS","connectionStatus":{"status":"SUCCEEDED"}}' ;;
  discover)
    schema='{"type":"object","properties":{"id":{"type":"integer"},"uid":{"type":"integer"},"directory":{"type":"string"}}}'
    echo '{"type":"CATALOG","catalog":{"streams":[{"name":"t","supported_sync_modes":["full_refresh"],"json_schema":'"$schema}]}}"
    ;;
  read)
    uid=$(id -u)
    i=0
    while [ $i -lt $rows ]; do
      i=$((i + 1))
      data="{\"id\":$i,\"uid\":$uid,\"directory\":\"$PWD\"}"
      echo "{\"type\":\"RECORD\",\"record\":{\"stream\":\"t\",\"emitted_at\":1700000000000,\"data\":$data}}"
    done
    echo '{"type":"STATE","state":{"type":"STREAM","stream":{"stream_descriptor":{"name":"t"},"stream_state":{"rows":100}}}}'
    ;;
  *) exit 1 ;;
esac
