#!/usr/bin/env bash
# Ground truth under load: scans 20,000 simulated hosts of all classes, round after round, while cores
# are busy, packets are lost, the name server is flaky, descriptors are few, the scanner is stopped and
# the clock jumps:
#
#   scripts/chaos.sh [MINUTES [SEED [FLEETSCAN [FLEET_SIMULATOR]]]]      [10 minutes, 1, build/release]
#
# Prints each round's mixture, load and violations, and at the end how many hosts were judged. The
# records of wrong verdicts are in build/chaos.jsonl. Exits with 1 after a violation. Needs root, and
# what `setup.sh --tests` installs.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
readonly minutes=${1:-10} seed=${2:-1} fleetscan=${3:-build/release/fleetscan}
readonly simulator=${4:-$(dirname "$fleetscan")/tests/simulator/fleet_simulator}
rm -f build/chaos.jsonl
python3 tests/chaos/chaos.py "$fleetscan" "$simulator" --seconds $((minutes * 60)) --seed "$seed" \
  --records build/chaos.jsonl
