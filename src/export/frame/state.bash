# --- what is up: the state folder ---------------------------------------------------------------------------------------------------
#
#   $STATE/holders   NODE PID STARTTIME, a line for each process that holds a node's namespaces
#   $STATE/starters  the same for the processes that started them
#   $STATE/since     seconds since 1970; there when `up` is through
#   $STATE/typing/   pipes into the shells that type the replay, only while `up` runs

# When a process was started, in ticks since boot, into TICKS: a number that was given out again is no holder of ours.
started_at() {
  local line
  TICKS=
  { read -r line <"/proc/$1/stat"; } 2>/dev/null || return 1
  line=${line##*) }
  # shellcheck disable=SC2086  # words are wanted
  set -- $line
  TICKS=${20}
}

is_alive() { started_at "$1" && [[ $TICKS == "$2" ]]; }

declare -A PID_OF=()

# Fills PID_OF with the holders that are alive.
read_holders() {
  local node pid ticks
  PID_OF=()
  [[ -r $STATE/holders ]] || return 1
  while read -r node pid ticks; do
    if is_alive "$pid" "$ticks"; then PID_OF[$node]=$pid; fi
  done <"$STATE/holders"
  ((${#PID_OF[@]} > 0))
}

is_up() {
  [[ ! -d ${STATE%/*} || -x ${STATE%/*} ]] || die 3 'needs root to see whether it is up'
  [[ -e $STATE/since ]] && read_holders
}

# Everything that `up` made hangs on the holders: a PID namespace ends with its first process, mounts and devices with their namespace.
# Sets REMOVED.
remove_all() {
  local file
  REMOVED=0
  [[ -d $STATE ]] || return 0
  for file in starters holders; do kill_all "$STATE/$file"; done
  # The kernel takes devices and mounts away after the processes: down is over when the last of them is.
  for file in starters holders; do await_end "$STATE/$file"; done
  REMOVED=$(sort -u "$STATE/holders" 2>/dev/null | wc -l)
  rm -rf -- "$STATE"
  rmdir -- "${STATE%/*}" 2>/dev/null
}

# Lines NODE PID STARTTIME.
kill_all() {
  local pid ticks
  [[ -r $1 ]] || return 0
  while read -r _ pid ticks; do
    if is_alive "$pid" "$ticks"; then kill -KILL "$pid" 2>/dev/null; fi
  done <"$1"
}

await_end() {
  local pid ticks tries
  [[ -r $1 ]] || return 0
  while read -r _ pid ticks; do
    for ((tries = 0; tries < 500; tries++)); do
      is_alive "$pid" "$ticks" || break
      sleep 0.02
    done
  done <"$1"
}
