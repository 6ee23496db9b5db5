#!/usr/bin/env bash
# One scan as a Slurm array with a dependent merge job, on a file system that all nodes share:
#   slurm.sh HOSTS.txt SHARDS OUTDIR [fleetscan options...]
# Prints the merge job's id. To submit a failed shard again:
#   FLEETSCAN_SHARDS=8 sbatch --array=3 ... (the array's indices are the shards' numbers)
set -euo pipefail

if [ $# -lt 3 ]; then
  echo "usage: slurm.sh HOSTS.txt SHARDS OUTDIR [fleetscan options...]" >&2
  exit 2
fi
hosts=$(realpath "$1")
readonly hosts shards=$2
mkdir -p "$3"
out=$(realpath "$3")
readonly out
shift 3

# Exit status 1 means that hosts fail: the scan itself succeeded.
scan="fleetscan ${*@Q} ${hosts@Q} --shard auto -q --progress none --exit-zero --jsonl ${out@Q}/shard-\$SLURM_ARRAY_TASK_ID.jsonl"
array=$(sbatch --parsable --job-name=fleetscan --array="1-$shards" --requeue \
  --export="ALL,FLEETSCAN_SHARDS=$shards" --output="$out/shard-%a.log" --wrap="$scan")
# afterany: merging whatever is there reports which shards are missing.
sbatch --parsable --job-name=fleetscan-merge --dependency="afterany:${array%%;*}" \
  --output="$out/merge.log" --wrap="fleetscan merge ${out@Q}/shard-*.jsonl -o ${out@Q}/results.jsonl"
