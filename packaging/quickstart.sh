#!/usr/bin/env bash
# Builds Wharf and runs its first sync, on a fresh Debian 12 and on any later day: installs what is
# missing, builds what has changed, syncs conf/quickstart.yaml and shows what arrived.
set -euo pipefail
cd "$(dirname "$0")/.."

packaging/packages.sh build run
cmake --preset release -DWHARF_TESTS=OFF -Wno-dev >build-quickstart.log 2>&1 ||
  { cat build-quickstart.log >&2; exit 1; }
rm -f build-quickstart.log
cmake --build --preset release

wharf=build/release/wharf
out=/tmp/wharf-quickstart
"$wharf" sync -f conf/quickstart.yaml

echo
echo "In $out/quickstart.db:"
sqlite3 -header -column "$out/quickstart.db" "
  select countries.country, count(*) as zones
  from zones join countries on instr(zones.country_codes, countries.code) > 0
  group by countries.code order by zones desc, country limit 5"
echo
sqlite3 -header -column "$out/quickstart.db" "
  select (select count(*) from zones) as zones, (select count(*) from countries) as countries,
         (select count(*) from shop_users) as users,
         (select count(*) from shop_purchases) as purchases"
echo
echo "In $out/jsonl:"
wc -l "$out"/jsonl/*.jsonl
head -c 300 "$out/jsonl/users.jsonl"
echo "…"
echo
echo "Run it again: nothing is doubled. Next: $wharf sync --help"
