# --- nodes ---------------------------------------------------------------------------------------------------------------------------

# Namespaces for all nodes at once; each tells over a pipe when it is there.
start_nodes() {
  local node hostname iptables total=0 word what rest
  mkdir -p "$STATE/nodes"
  mkfifo "$STATE/ready"
  while read -r node what; do SETTINGS_OF[$node]+=" $what"; done < <(settings_table)
  exec 9<>"$STATE/ready"
  while read -r node hostname iptables _; do
    mkdir -p "$STATE/nodes/$node"
    start_holder "$node" "$hostname" "$iptables"
    # Nobody is told how it ended.
    disown
    total=$((total + 1))
  done < <(printf '%s\n' "$FABRIC fabric legacy"; nodes_table)
  while ((total > 0)); do
    read -r -t 30 word node rest <&9 || die 1 "a node did not come up within 30 s"
    [[ $word == ok ]] || die 1 "node $node did not come up: $rest"
    started_at "$rest"
    printf '%s %s %s\n' "$node" "$rest" "$TICKS" >>"$STATE/holders"
    total=$((total - 1))
  done
  exec 9>&-
  rm -f "$STATE/ready"
  read_holders || die 1 'no node stayed alive'
}

# Per node: SETTING=VALUE...
declare -A SETTINGS_OF=()

# What a new namespace takes over from the machine's own settings, as a kernel that nobody has touched has it.
FRESH_SETTINGS='net.ipv4.ip_forward=0
  net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.default.rp_filter=0
  net.ipv4.conf.all.accept_redirects=1 net.ipv4.conf.default.accept_redirects=1
  net.ipv4.conf.all.secure_redirects=1 net.ipv4.conf.default.secure_redirects=1
  net.ipv4.conf.all.send_redirects=1 net.ipv4.conf.default.send_redirects=1
  net.ipv4.conf.all.accept_source_route=0 net.ipv4.conf.default.accept_source_route=1
  net.ipv4.conf.all.proxy_arp=0 net.ipv4.conf.default.proxy_arp=0
  net.ipv4.conf.all.arp_ignore=0 net.ipv4.conf.default.arp_ignore=0
  net.ipv4.conf.all.arp_announce=0 net.ipv4.conf.default.arp_announce=0
  net.ipv4.conf.all.arp_filter=0 net.ipv4.conf.default.arp_filter=0
  net.ipv4.conf.all.log_martians=0 net.ipv4.conf.default.log_martians=0
  net.ipv6.conf.all.disable_ipv6=0 net.ipv6.conf.default.disable_ipv6=0
  net.ipv6.conf.all.forwarding=0 net.ipv6.conf.default.forwarding=0
  net.bridge.bridge-nf-call-iptables=1 net.bridge.bridge-nf-call-ip6tables=1 net.bridge.bridge-nf-call-arptables=1'

# The holder reads its own text from a pipe, so that its command line is that of an init and nothing else.
start_holder() {
  {
    declare -f hold hold_other_disks hold_iptables hold_settings hold_sudo
    printf 'hold %q %q %q %q %q\n' "$1" "$2" "$STATE/nodes/$1" "$3" "$FRESH_SETTINGS ${SETTINGS_OF[$1]:-}"
  } | setsid unshare --net --mount --uts --ipc --pid --fork --kill-child --propagation private \
    bash -c 'exec -a /sbin/init bash' >/dev/null 2>>"$STATE/errors" &
  # The namespaces end with this process, too: what is interrupted before the node has told its number is found by it.
  started_at $!
  printf '%s %s %s\n' "$1" $! "$TICKS" >>"$STATE/starters"
}

FABRIC=.fabric

# In a node's network only: for `ip` and the like, which see this machine's other files and processes.
in_net() {
  local node=$1
  shift
  nsenter -t "${PID_OF[$node]}" -n -- "$@"
}

NODE_ENV=(
  PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
  HOME=/root MAIL=/var/mail/root USER=root LOGNAME=root SHELL=/bin/bash LC_ALL=C LANG=C TZ=UTC "TERM=${TERM:-dumb}"
)

# In all of a node. Give it the words of a command.
in_node() {
  local node=$1
  shift
  nsenter -t "${PID_OF[$node]}" -n -m -u -i -p -- env -i -C /root "${NODE_ENV[@]}" "$@"
}
