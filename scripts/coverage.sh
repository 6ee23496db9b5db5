#!/usr/bin/env bash
# Measures which lines the tests reach: builds with gcov's counters into build/coverage, runs the unit
# tests, then the end-to-end tests, and prints the share of lines for the pure rooms and the whole.
# build/coverage/html/index.html shows every line.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
readonly log=$PWD/build/coverage.log
# shellcheck source=scripts/quietly.sh
source scripts/quietly.sh
mkdir -p build
: >"$log"

quietly cmake --preset coverage
quietly cmake --build --preset coverage
find build/coverage -name '*.gcda' -delete

# The pure rooms, as a pattern.
pure=$(sed -n 's/^\([a-z].*\) pure$/\1/p' scripts/rooms.txt | paste -sd '|')

share() {  # share NAME GCOVR-OPTIONS...
  local name=$1
  shift
  printf '%-44s %s\n' "$name" "$(gcovr --root . --object-directory build/coverage \
    --gcov-ignore-parse-errors --exclude-unreachable-branches --exclude-throw-branches \
    --exclude tests --exclude build "$@" --print-summary 2>>"$log" | sed -n 's/^lines: //p')"
}

run() { ctest --preset coverage --output-log "$log" --quiet "$@" || echo "coverage.sh: some tests fail: $log"; }

run --label-exclude 'real|end_to_end|perf|browser|distributed|faults'
share 'pure rooms, by unit tests' --filter "($pure)/"
share 'whole, by unit tests'
run --label-regex 'end_to_end'
mkdir -p build/coverage/html
share 'whole, by unit and end-to-end tests' --html-details build/coverage/html/index.html
