# --- words -------------------------------------------------------------------------------------------------------------------------

say() { printf '%s\n' "$*"; }

# To standard error, with the script's name.
complain() { printf '%s: %s\n' "$LAB" "$*" >&2; }

# Ends the script with a code: 1 it went wrong, 2 asked wrongly, 3 this machine lacks something.
die() {
  local code=$1
  shift
  complain "$*"
  exit "$code"
}

usage() {
  cat <<END
$LAB: the lab of netlab's scenario "$LAB" as namespaces of this machine. Nothing of it leaves the machine.

  $0 up                 build it (root); tells first what cannot be had here
  $0 exec NODE CMD...   run a command there; one word is given to bash -c; without a command a shell
  $0 nodes              names of the nodes, servers with their hypervisors
  $0 status [--json]    whether it is up, and which tool versions differ from the lab's
  $0 log [-v]           what was typed and ended otherwise than in the lab (-v: everything that was typed)
  $0 check              what cannot be had on this machine, without building
  $0 down               remove all that up made

What it makes lies under $STATE and in processes whose end takes their namespaces along.
END
}

have() { command -v -- "$1" >/dev/null 2>&1; }
