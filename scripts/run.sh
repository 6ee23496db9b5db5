#!/usr/bin/env bash
# Sets up, builds the release and scans: scripts/run.sh TARGETS... [options of fleetscan]
# Without arguments, it scans a simulated fleet on this machine (scripts/demo.sh).
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
readonly root log=$root/build/run.log
# shellcheck source=scripts/quietly.sh
source "$root/scripts/quietly.sh"

"$root/scripts/setup.sh"
if [ $# = 0 ]; then exec "$root/scripts/demo.sh"; fi

: >"$log"
(cd "$root" && quietly_counting cmake --workflow --preset release)
exec "$root/build/release/fleetscan" "$@"
