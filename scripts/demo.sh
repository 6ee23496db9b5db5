#!/usr/bin/env bash
# Scans a simulated fleet on loopback: no packet leaves this machine. `scripts/run.sh` without
# arguments runs this once everything it needs is installed.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
readonly log=$PWD/build/run.log report=fleetscan-report/report.html
# shellcheck source=scripts/quietly.sh
source scripts/quietly.sh

: >"$log"
quietly_counting cmake --workflow --preset demo

# The fleet ends with this script, even if the trap cannot run.
exec {fleet}< <(exec build/release/tests/simulator/fleet_simulator --port 0 --with-parent \
  tests/simulator/demo.scenario)
readonly fleet_pid=$!
trap 'kill "$fleet_pid" 2>/dev/null && wait "$fleet_pid" || true' EXIT
if ! read -r -t 30 ready port _ <&"$fleet" || [ "$ready" != ready ]; then
  echo "demo.sh: the simulated fleet did not start" >&2
  exit 1
fi

status=0
build/release/fleetscan tests/simulator/demo_hosts.txt -p "$port" -o fleetscan-report || status=$?
if [ "$status" -gt 1 ]; then exit "$status"; fi

echo
if [ "$status" = 1 ]; then
  echo "Some of these hosts fail on purpose, so the scan's own exit status was 1."
fi
echo "The full report, for a browser: $PWD/$report"
