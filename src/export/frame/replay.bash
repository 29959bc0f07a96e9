# --- the replay ----------------------------------------------------------------------------------------------------------------------
#
# In each node a shell reads what is to be typed from a pipe, so that a command costs no more than itself. The nodes type at the same time;
# `together` waits until all have caught up. The functions from `because` to `at_end` are given to those shells.

# because CLOCK WHO WHY: of the commands that follow.
because() { BECAUSE="$*"; }

# run NUMBER CODE COMMAND...: a command of the lab's log, which ended with CODE there.
run() {
  local number=$1 wanted=$2
  shift 2
  with_folder "$@"
  "$@" </dev/null >"$OUT" 2>"$ERR" 8>&-
  note "$number" "$wanted" $? "$@"
}

# An agent writes a file itself, and makes its folder when there is none.
with_folder() { [[ $1 != tee || -d ${!#%/*} ]] || mkdir -p -- "${!#%/*}"; }

# feed NUMBER CODE COMMAND... <<TEXT: the same with something on standard input.
feed() {
  local number=$1 wanted=$2
  shift 2
  with_folder "$@"
  "$@" >"$OUT" 2>"$ERR" 8>&-
  note "$number" "$wanted" $? "$@"
}

# instead NUMBER 'WHAT IS DONE' <<BASH: where a command only stands for something.
instead() {
  local number=$1 what=$2 text
  IFS= read -r -d '' text
  (eval "$text") </dev/null >"$OUT" 2>"$ERR" 8>&-
  note "$number" 0 $? "$what"
}

note() {
  local number=$1 wanted=$2 got=$3 line
  shift 3
  printf '%s\t%s\t%s\t%s\t%s\n' "$number" "$wanted" "$got" "$BECAUSE" "${*//[$'\n\t']/ }" >>/run/netlab/typed
  [[ $wanted != "$got" ]] || return 0
  {
    printf '%s\t%s\t%s\t%s\t%s\n' "$number" "$wanted" "$got" "$BECAUSE" "${*//[$'\n\t']/ }"
    while read -r line; do printf '\t%s\n' "$line"; done < <(tail -n 5 "$ERR")
  } >>/run/netlab/differs
}

# Tells the script that everything before has been typed.
at_end() { printf '%s\n' "$1" >&8; }

declare -A PIPE_TO=() BUSY=()
TYPISTS=()
TYPED=0

# The shells. Their standard input is the pipe; fd 8 the way back.
start_typing() {
  local node to
  mkdir -p "$STATE/typing"
  mkfifo "$STATE/typing/.done"
  exec 8<>"$STATE/typing/.done"
  for node in "${!PID_OF[@]}"; do
    [[ $node != "$FABRIC" ]] || continue
    mkfifo "$STATE/typing/$node"
    exec {to}<>"$STATE/typing/$node"
    PIPE_TO[$node]=$to
    in_node "$node" OUT=/run/netlab/out ERR=/run/netlab/err BECAUSE= bash <"$STATE/typing/$node" >/dev/null 2>>"$STATE/errors" 9>&- &
    TYPISTS+=($!)
    {
      declare -f because run with_folder feed instead note at_end
      node_words
    } >&"$to"
  done
}

# on NODE <<BASH: what is to be typed there next.
on() {
  cat >&"${PIPE_TO[$1]}"
  BUSY[$1]=1
}

# together [NODE]: waits until what was given to a node (to all) is typed.
together() {
  local node word waiting=0 quiet=0 who=("$@")
  ((${#who[@]} > 0)) || who=("${!BUSY[@]}")
  for node in "${who[@]}"; do
    [[ -n ${BUSY[$node]:-} ]] || continue
    printf 'at_end %q\n' "$node" >&"${PIPE_TO[$node]}"
    waiting=$((waiting + 1))
  done
  while ((waiting > 0)); do
    if read -r -t 10 word <&8; then
      unset "BUSY[$word]"
      waiting=$((waiting - 1))
      quiet=0
    else
      quiet=$((quiet + 10))
      ((quiet < 60)) || die 1 "nothing was typed for 60 s; waiting for: ${!BUSY[*]} (last: $(last_typed "${!BUSY[@]}"))"
    fi
  done
}

last_typed() { tail -n 1 "$(node_file "$1" typed)" 2>/dev/null | cut -f 5; }

node_file() { printf '/proc/%s/root/run/netlab/%s' "${PID_OF[$1]}" "$2"; }

stop_typing() {
  local node
  for node in "${!PIPE_TO[@]}"; do
    printf 'exit\n' >&"${PIPE_TO[$node]}"
    eval "exec ${PIPE_TO[$node]}>&-"
  done
  exec 8>&-
  # Not for the holders.
  wait "${TYPISTS[@]}"
  rm -rf "$STATE/typing"
}
