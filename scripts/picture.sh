#!/usr/bin/env bash
# Takes the screenshot of the demo fleet's report that README.md shows:
#   scripts/picture.sh [REPORT.html]
# Without a report, it scans the simulated fleet first (scripts/demo.sh). Needs chromium.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
report=${1-}
if [ -z "$report" ]; then
  "$root/scripts/demo.sh"
  report=$root/fleetscan-report/report.html
fi
readonly width=1280 height=840 picture=$root/docs/report.png

mkdir -p "${picture%/*}"
profile=$(mktemp -d)
trap 'rm -rf "$profile"' EXIT
chromium --headless --no-sandbox --disable-gpu --disable-background-networking \
  --user-data-dir="$profile" --hide-scrollbars --virtual-time-budget=4000 \
  --window-size=$width,$height --screenshot="$picture" "file://$(realpath "$report")" 2>/dev/null
echo "$picture: $(stat -c %s "$picture") bytes"
