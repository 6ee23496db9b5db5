#!/usr/bin/env bash
# Feeds every reader of untrusted bytes with inputs that libFuzzer generates, one target after the
# other, on one core, and prints how often each ran and how many edges of the program it reached.
#
#   scripts/fuzz.sh [--seconds N] [--seed N] [--build FOLDER] [TARGET...]
#
# --seconds N   for each target [60]
# --seed N      the same inputs each time, starting from the seeds alone. Otherwise each run builds
#               on what earlier runs have left in build/fuzz/grown.
# --build DIR   where the targets are; without it, the preset "fuzz" is built first
#
# An input that breaks something is kept in DIR/findings. Once the bug is fixed, move it to
# tests/fuzz/corpus/TARGET, where every test run replays it.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
readonly sources=$PWD/tests/fuzz
seconds=60 seed='' folder='' targets=()
while [ $# -gt 0 ]; do
  case "$1" in
    --seconds) seconds=$2; shift 2 ;;
    --seed) seed=$2; shift 2 ;;
    --build) folder=$2; shift 2 ;;
    -*) sed -n '2,/^set/s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
    *) targets+=("$1"); shift ;;
  esac
done

if [ -z "$folder" ]; then
  cmake --preset fuzz >/dev/null
  cmake --build --preset fuzz
  folder=$PWD/build/fuzz
fi
[ ${#targets[@]} -gt 0 ] || mapfile -t targets < <(ls "$sources/corpus")
readonly findings=$folder/findings
mkdir -p "$findings"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

dictionary_of() {
  case "$1" in
    disconnect | identification | kex* | *_exchange | packets | probe_machine | public_key) echo ssh ;;
    baseline | condition | doctor_record | forecast | history_import | merge | reports | result_lines) echo results ;;
    *) echo inventory ;;
  esac
}

# Prints the number that libFuzzer's log gives under this name, 0 if it gives none.
figure() {
  sed -n "s/.*$1 *\([0-9]\{1,\}\).*/\1/p" "$scratch/log" | tail -n 1 | grep . || echo 0
}

fuzz() {
  local target=$1 grown=$folder/grown/$1 status=0
  [ -z "$seed" ] || grown=$scratch/$target
  mkdir -p "$grown"
  (cd "$scratch" && "$folder/tests/fuzz/fuzz_$target" \
    ${seed:+-seed="$seed"} -max_total_time="$seconds" -timeout=60 -rss_limit_mb=4096 -print_final_stats=1 \
    -dict="$sources/dictionaries/$(dictionary_of "$target").dict" \
    -artifact_prefix="$findings/$target-" "$grown" "$sources/corpus/$target") \
    >"$scratch/log" 2>&1 || status=$?
  printf '%-18s %12d executions  %6d edges  %6d features\n' "$target" \
    "$(figure 'number_of_executed_units:')" "$(figure ' cov:')" "$(figure ' ft:')"
  [ $status -eq 0 ] || { tail -n 25 "$scratch/log" | cut -c1-200; echo "$target: see $findings"; }
  return $status
}

failed=0
for target in "${targets[@]}"; do fuzz "$target" || failed=1; done
exit $failed
