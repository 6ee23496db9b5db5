# Sourced by the other scripts: runs a command with its output in $log, and shows the end of the log
# only if the command fails.
# shellcheck shell=bash
quietly() {
  if "$@" >>"${log:?}" 2>&1; then return; fi
  tail -n 40 "$log" >&2
  echo "failed: $* (full output: $log)" >&2
  exit 1
}

# The same for a long build: also says each tenth of the way, which ninja counts as [STEP/STEPS].
quietly_counting() {
  # shellcheck disable=SC2016  # awk expands it
  local tenths='match($0, /^\[[0-9]+\/[0-9]+\]/) {
    split(substr($0, 2, RLENGTH - 2), step, "/")
    if (step[2] < 20 || (tenth = int(10 * step[1] / step[2])) == said) next
    said = tenth
    print "building: " 10 * tenth "%"
    fflush()
  }'
  if "$@" 2>&1 | tee -a "${log:?}" | awk "$tenths" >&2; then return; fi
  tail -n 40 "$log" >&2
  echo "failed: $* (full output: $log)" >&2
  exit 1
}
