# Sourced by the other scripts: runs a command with its output in $log, and shows the end of the log
# only if the command fails.
# shellcheck shell=bash
quietly() {
  if "$@" >>"${log:?}" 2>&1; then return; fi
  tail -n 40 "$log" >&2
  echo "failed: $* (full output: $log)" >&2
  exit 1
}
