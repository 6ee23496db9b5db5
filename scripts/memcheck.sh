#!/usr/bin/env bash
# Runs the unit tests of the pure rooms under valgrind, which finds uninitialized reads and leaks.
# Tests of loops and threads run under the sanitizers instead (test.sh, threads.sh), and a confined
# process leaves valgrind nothing to work with.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
readonly log=$PWD/build/memcheck.log
# shellcheck source=scripts/quietly.sh
source scripts/quietly.sh
scripts/setup.sh --tests
: >"$log"
quietly cmake --preset dev
quietly cmake --build --preset dev --target scanner_tests reports_tests
sed -n 's/^\([a-z].*\) pure$/\1/p' scripts/rooms.txt | while read -r room; do
  echo "memcheck.sh: $room"
  quietly valgrind --quiet --error-exitcode=9 --leak-check=full --errors-for-leak-kinds=definite \
    "build/dev/tests/${room%%/*}/${room%%/*}_tests" --source-file="*tests/$room/*"
  grep -F '[doctest] assertions' "$log" | tail -n 1
done
