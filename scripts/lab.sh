#!/usr/bin/env bash
# Plays the laboratory of real servers and real faults, prints how often the diagnosis names the true
# cause, and writes that into docs/accuracy.md:
#   scripts/lab.sh [REGULAR-EXPRESSION]
# With a regular expression, plays only the matching scenarios and leaves that page alone. Needs root,
# and what `setup.sh --tests` installs. Tests a release build, or the program that $FLEETSCAN names.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
readonly log=$PWD/build/lab.log summary=$PWD/build/lab.txt
# shellcheck source=scripts/quietly.sh
source scripts/quietly.sh

mkdir -p build
: >"$log"
if [ -z "${FLEETSCAN-}" ]; then
  quietly cmake --preset release
  quietly cmake --build --preset release --target fleetscan
  FLEETSCAN=$PWD/build/release/fleetscan
fi
status=0
rm -f "$summary"
python3 tests/real_servers/matrix.py --summary "$summary" "$FLEETSCAN" "$@" || status=$?
if [ $# = 0 ] && [ -s "$summary" ]; then
  echo "played on $(date -u +%F), commit $(git rev-parse --short HEAD 2>/dev/null || echo unknown)" >>"$summary"
  awk -v summary="$summary" '
    /^<!-- end of the laboratory -->/ { inside = 0 }
    !inside { print }
    /^<!-- the laboratory, by scripts\/lab.sh -->/ {
      inside = 1
      print "```text"
      while ((getline line < summary) > 0) print line
      print "```"
    }' docs/accuracy.md >build/accuracy.md
  cp build/accuracy.md docs/accuracy.md
fi
exit "$status"
