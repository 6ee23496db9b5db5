#!/usr/bin/env bash
# One scan over many machines with GNU parallel, ssh and rsync:
#   parallel.sh HOSTS MACHINES SHARDS OUTDIR [fleetscan options...]
#
# MACHINES is a --sshloginfile: one `[jobs/][user@]machine` per line, each with fleetscan on its PATH
# and reachable with a key. A shard whose machine dies runs again elsewhere; after an interruption, the
# same command continues where it stopped. Exits with the status of `fleetscan merge`.
set -euo pipefail

if [ $# -lt 4 ]; then
  echo "usage: parallel.sh HOSTS MACHINES SHARDS OUTDIR [fleetscan options...]" >&2
  exit 2
fi
hosts=$(basename "$1")
machines=$(realpath "$2")
readonly hosts machines shards=$3
mkdir -p "$4"
cp "$1" "$4/$hosts"
cd "$4"
shift 4

# The inventory goes to each machine, into a folder that vanishes with the job, and the shard comes
# back. With --exit-zero, only a scan that did not finish is a failed job.
status=0
parallel --sshloginfile "$machines" --workdir ... --transferfile "$hosts" --return shard-{}.jsonl \
  --cleanup --joblog joblog --resume-failed --retries 3 \
  "fleetscan ${*@Q} ${hosts@Q} --shard {}/$shards -q --progress none --exit-zero --jsonl shard-{}.jsonl" \
  ::: $(seq "$shards") || status=$?
if [ "$status" -ne 0 ]; then
  echo "parallel.sh: some shards failed three times, see $PWD/joblog; the same command tries again" >&2
fi
exec fleetscan merge shard-*.jsonl -o results.jsonl
