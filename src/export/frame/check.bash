# --- what this machine has -----------------------------------------------------------------------------------------------------------

MISSING=0

# cannot WHAT WHY [INSTEAD]: a line of the list on standard error.
cannot() {
  ((MISSING++ == 0)) && complain 'cannot be had here:'
  printf '  %s (%s); %s\n' "$1" "$2" "${3:+instead: }${3:-left out}" >&2
}

# Everything is tried, in namespaces that end with the trial; nothing is left behind.
check_machine() {
  local lacking=()
  ((EUID == 0)) || die 3 'needs root: namespaces, devices and mounts are made'
  [[ $(uname -s) == Linux ]] || die 3 'needs Linux'
  ((BASH_VERSINFO[0] > 4 || (BASH_VERSINFO[0] == 4 && BASH_VERSINFO[1] >= 3))) || die 3 "needs bash 4.3 or newer, this is $BASH_VERSION"
  local tool
  for tool in unshare nsenter setsid mount umount mkfifo ip env sysctl tail; do have "$tool" || lacking+=("$tool"); done
  ((${#lacking[@]} == 0)) || die 3 "programs are missing that nothing can do without: ${lacking[*]} (Debian: iproute2 util-linux procps coreutils)"
  unshare --net --mount --uts --ipc --pid --fork --propagation private true 2>/dev/null || die 3 'namespaces cannot be made here (unshare fails)'
  try_in_namespace 'ip link add t1 type veth peer name t2' || die 3 'this kernel has no veth devices'
  try_in_namespace 'ip link add t1 type bridge' || die 3 'this kernel has no bridges'
  try_overlay || die 3 'overlay mounts cannot be made here'
  check_needs
}

# Words of bash in a network and mount namespace of their own.
try_in_namespace() { unshare --net --mount --propagation private bash -c "$1" >/dev/null 2>&1; }

try_overlay() {
  try_in_namespace 'd=${XDG_RUNTIME_DIR:-/run}; mount -t tmpfs none "$d" && mkdir "$d/u" "$d/w" "$d/r" &&
    mount -t overlay -o "lowerdir=/,upperdir=$d/u,workdir=$d/w" overlay "$d/r"'
}

# What the commands of the replay use, from the table: KIND NAME USES NODES.
check_needs() {
  local kind name uses where what why instead
  while read -r kind name uses where; do
    [[ -n $kind ]] || continue
    case $kind in
      tool) have "$name" || cannot "$name" "no such program here; used $uses times on $where" ;;
      link) try_link "$name" || cannot "$name devices" "not in this kernel; used $uses times on $where" ;;
      match) try_in_namespace "$(legacy) -m $name --help" || cannot "iptables -m $name" "not in this iptables; used $uses times on $where" ;;
      target) try_in_namespace "$(legacy) -j $name --help" || cannot "iptables -j $name" "not in this iptables; used $uses times on $where" ;;
      bridge-nf) try_in_namespace '[[ -e /proc/sys/net/bridge/bridge-nf-call-iptables ]]' ||
        cannot 'iptables on bridged frames' 'the module br_netfilter is not loaded; security groups of bridges see nothing' ;;
    esac
  done < <(needs_table)
  check_vlans
  check_openvswitch
  check_clients
  check_services
  while IFS='|' read -r what why instead; do
    [[ -z $what ]] || cannot "$what" "$why" "$instead"
  done < <(told_table)
}

check_services() {
  local names
  [[ -n $(services_table) ]] || return 0
  names=$(services_table | cut -d ' ' -f 2 | sort -u | paste -sd ,)
  have python3 || cannot "$names" 'no python3 here, which the stand-ins for services are written in'
  [[ ,$names, != *,ssh,* ]] || cannot 'logins by ssh' 'nobody has a key or a password there' 'port 22 is open and says so'
}

legacy() { if have iptables-legacy; then echo iptables-legacy; else echo iptables; fi; }

# Some kinds want more words than their name.
try_link() {
  case $1 in
    vlan) try_in_namespace 'ip link add t1 type veth peer name t2 && ip link add t3 link t1 type vlan id 2' ;;
    macvlan | macvtap | ipvlan) try_in_namespace "ip link add t1 type veth peer name t2 && ip link add t3 link t1 type $1" ;;
    vxlan | geneve) try_in_namespace "ip link add t3 type $1 id 1 remote 192.0.2.1 dstport 4789" ;;
    gre | gretap | ipip | sit | vti) try_in_namespace "ip link add t3 type $1 local 192.0.2.1 remote 192.0.2.2" ;;
    vrf) try_in_namespace 'ip link add t3 type vrf table 10' ;;
    *) try_in_namespace "ip link add t3 type $1" ;;
  esac
}
