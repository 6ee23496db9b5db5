#!/usr/bin/env bash
# Scans a simulated fleet over and over within one process tree, and records what the scanner holds:
#
#   scripts/soak.sh [MINUTES] [FLEETSCAN [FLEET_SIMULATOR]]      [60 minutes, build/release]
#
# It looks for two kinds of growth. Within one long scan, of a whole /12 at a bounded rate, memory and
# descriptors are sampled every five seconds: build/soak/long.tsv (seconds, RSS in KiB, descriptors,
# results). From scan to scan, each with the same history: build/soak/loop.tsv (scan, peak RSS in
# KiB, seconds, KiB of the history). A third of the time is for the first, the rest for the second.
# Exits with status 1 if a scan of the second kind ended with a status other than 1 (some hosts fail).
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
readonly minutes=${1:-60} fleetscan=${2:-build/release/fleetscan}
readonly simulator=${3:-$(dirname "$fleetscan")/tests/simulator/fleet_simulator}
readonly out=build/soak
rm -rf "$out"
mkdir -p "$out"
scan_pid='' unexpected=''
trap 'kill $simulator_pid $scan_pid 2>/dev/null || true' EXIT

cat >"$out/fleet.scenario" <<'END'
127.16.0.0/12   healthy
127.16.0.16/28  text_close text="no service today\r\n"
127.16.1.16/28  close
127.16.2.16/28  kexinit_disconnect
127.16.3.16/28  malformed_ident
127.16.4.16/28  throttled
END
"$simulator" "$out/fleet.scenario" --port 0 --for $((minutes * 60 + 60)) >"$out/simulator.log" &
simulator_pid=$!
for _ in $(seq 100); do grep -q '^ready' "$out/simulator.log" && break; sleep 0.1; done
port=$(sed -n 's/^ready \([0-9]*\).*/\1/p' "$out/simulator.log")

seconds_long=$((minutes * 20))
"$fleetscan" 127.16.0.0/12 -p "$port" --no-config --retries 0 --rate 300 --deadline "${seconds_long}s" \
  --report-rows failed -o "$out/long" -q >/dev/null 2>"$out/long.log" &
scan_pid=$!
began=$SECONDS
while kill -0 $scan_pid 2>/dev/null; do
  rss=$(awk '/^VmRSS/ { print $2 }' /proc/$scan_pid/status 2>/dev/null || true)
  [ -z "$rss" ] || printf '%d\t%d\t%d\t%d\n' $((SECONDS - began)) "$rss" \
    "$(find /proc/$scan_pid/fd -mindepth 1 2>/dev/null | wc -l)" \
    "$(wc -l <"$out/long/results.jsonl.part" 2>/dev/null || echo 0)" >>"$out/long.tsv"
  sleep 5
done
scan_pid=''

for ((scan = 1; SECONDS < began + minutes * 60; scan++)); do
  before=$SECONDS status=0
  /usr/bin/env time -q -o "$out/rss" -f %M "$fleetscan" 127.16.0.0/21 -p "$port" --no-config \
    --retries 0 --history "$out/history.db" -o "$out/loop" --keep 3 -q >/dev/null \
    2>>"$out/loop.log" || status=$?
  [ $status -eq 1 ] || unexpected+=" $scan:$status"
  printf '%d\t%s\t%d\t%d\n' $scan "$(cat "$out/rss")" $((SECONDS - before)) \
    "$(du -k "$out/history.db" | cut -f1)" >>"$out/loop.tsv"
done

for file in long loop; do
  echo "$file.tsv: $(wc -l <"$out/$file.tsv") rows; the second column at a tenth, half and the end:" \
    "$(awk '{ v[NR] = $2 } END { print v[int(NR / 10) + 1], v[int(NR / 2) + 1], v[NR] }' "$out/$file.tsv") KiB"
done
echo "descriptors of the long scan: $(cut -f3 "$out/long.tsv" | sort -n | sed -n '1p;$p' | tr '\n' ' ')(least, most)"
[ -z "$unexpected" ] || { echo "soak.sh: scans that ended otherwise, with their status:$unexpected"; exit 1; }
