# --- the words of the command line ---------------------------------------------------------------------------------------------------

up() {
  local began=$EPOCHREALTIME
  if is_up; then
    say "$LAB is up already, since $(date -d "@$(<"$STATE/since")" '+%F %T'); $0 down ends it"
    return 0
  fi
  trap 'exit 130' INT
  trap 'exit 143' TERM HUP
  check_machine
  # What an `up` left that was killed.
  remove_all
  (umask 077 && mkdir -p "$STATE") || die 1 "cannot make $STATE"
  trap 'give_up' EXIT
  start_nodes
  lay_wires
  start_typing
  start_services
  replay
  together
  stop_typing
  date +%s >"$STATE/since"
  trap - EXIT INT TERM HUP
  told_up "$began"
}

# `up` failed or was interrupted: what it made goes.
give_up() {
  local code=$?
  trap '' INT TERM HUP
  trap - EXIT
  if [[ -s $STATE/errors ]]; then sed 's/^/  /' "$STATE/errors" >&2; fi
  remove_all
  complain "not up; what had been made is removed"
  exit "$code"
}

told_up() {
  local differing
  differing=$(all_of differs | grep -c '^[0-9]')
  say "$LAB is up: $((${#PID_OF[@]} - 1)) nodes in $(seconds_since "$1") s; $TYPED commands typed, $differing ended otherwise than in the lab$(
    ((differing == 0)) || printf ' (%s log)' "$0"
  )"
}

seconds_since() {
  local now=${EPOCHREALTIME/[.,]/} then=${1/[.,]/}
  printf '%d.%d' $(((now - then) / 1000000)) $(((now - then) / 100000 % 10))
}

down() {
  [[ $EUID == 0 ]] || die 3 'needs root'
  if [[ ! -d $STATE ]]; then
    say "$LAB is not up"
    return 0
  fi
  trap '' INT TERM HUP
  remove_all
  say "$LAB is down: $REMOVED namespaces ended"
}

run_in() {
  local node=${1:-}
  [[ -n $node ]] || die 2 'exec: which node? '"$0 nodes lists them"
  [[ $EUID == 0 ]] || die 3 'needs root'
  is_up || die 1 "not up; $0 up builds it"
  shift
  known_node "$node"
  # As in `netlab exec SCENARIO NODE -- CMD`.
  [[ ${1:-} != -- ]] || shift
  ulimit -Sn 1024
  case $# in
    0) in_node "$node" bash ;;
    1) in_node "$node" bash -c "$1" ;;
    *) in_node "$node" "$@" ;;
  esac
}

known_node() {
  local name
  [[ -z ${PID_OF[$1]:-} ]] || return 0
  name=$(nodes_table | while read -r name _; do [[ $name != *"$1"* && $1 != *"$name"* ]] || printf ' %s' "$name"; done)
  die 2 "no node \"$1\"${name:+; did you mean:$name}; $0 nodes lists them"
}

# NODE, of a server also its hypervisor.
nodes() { nodes_table | while read -r name _ _ host _; do say "$name$([[ $host == - ]] || printf ' on %s' "$host")"; done; }

status() {
  local tool here wanted where state='not up'
  is_up && state="up since $(date -d "@$(<"$STATE/since")" '+%F %T'), $((${#PID_OF[@]} - 1)) nodes"
  if [[ ${1:-} == --json ]]; then
    status_json
    return
  fi
  say "$LAB: $state"
  say 'versions that are not the lab'"'"'s:'
  version_differences | while IFS='|' read -r tool here wanted where; do
    printf '  %-14s here %-12s wanted %-16s %s\n' "$tool" "$here" "$wanted" "$where"
  done
}

status_json() {
  local node host tool wanted here comma='' up=false
  is_up && up=true
  printf '{"scenario":"%s","up":%s,"state":"%s","nodes":[' "$LAB" "$up" "$STATE"
  while read -r node _ _ host _; do
    printf '%s{"name":"%s","pid":%s,"host":%s}' "$comma" "$node" "${PID_OF[$node]:-null}" "$([[ $host == - ]] && echo null || printf '"%s"' "$host")"
    comma=,
  done < <(nodes_table)
  printf '],"tools":['
  comma=''
  while read -r node tool wanted here; do
    printf '%s{"node":"%s","tool":"%s","wanted":"%s","here":"%s"}' "$comma" "$node" "$tool" "$wanted" "${here#-}"
    comma=,
  done < <(versions)
  printf '],"differs":%s}\n' "$( ((${#PID_OF[@]} == 0)) && echo null || all_of differs | grep -c '^[0-9]')"
}

# Lines of all nodes, in the order of the lab's log.
all_of() {
  local node
  for node in "${!PID_OF[@]}"; do
    sed -n "s|\$|\t$node|p" "$(node_file "$node" "$1")" 2>/dev/null
  done
}

log() {
  is_up || die 1 "not up"
  local node number wanted got why command
  if [[ ${1:-} == -v ]]; then
    all_of typed | sort -n | while IFS=$'\t' read -r number wanted got why command node; do
      say "$why $node: $command$([[ $wanted == "$got" ]] || printf '    # ended with %s, in the lab with %s' "$got" "$wanted")"
    done
    return
  fi
  for node in "${!PID_OF[@]}"; do
    while IFS= read -r line; do
      IFS=$'\t' read -r number wanted got why command <<<"$line"
      if [[ $line == $'\t'* ]]; then say "    ${line#$'\t'}"; else say "$why $node: $command    # ended with $got, in the lab with $wanted"; fi
    done < <(cat "$(node_file "$node" differs)" 2>/dev/null)
  done | grep . || say 'everything ended as in the lab'
}

main() {
  local word=${1:-help}
  (($# == 0)) || shift
  case $word in
    up | down | nodes | status | log) "$word" "$@" ;;
    exec) run_in "$@" ;;
    check)
      check_machine
      ((MISSING > 0)) || say 'nothing is missing'
      ;;
    help | -h | --help) usage ;;
    *)
      complain "no such word: $word"
      usage >&2
      exit 2
      ;;
  esac
}
