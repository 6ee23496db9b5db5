# Sourced by the scripts beside it: runs a command with its output in $log, and shows the log's end
# only if it fails.
# shellcheck shell=bash
quietly() {
  if "$@" >>"${log:?}" 2>&1; then return; fi
  tail -n 40 "$log" >&2
  echo "failed: $* (its whole output: $log)" >&2
  exit 1
}
