# --- versions ------------------------------------------------------------------------------------------------------------------------

# The version of a tool on this machine; nothing when it is not there.
version_here() {
  case $1 in
    iproute2) first_version ip -V ;;
    iptables) first_version iptables -V ;;
    ovs) first_version ovs-vswitchd --version ;;
    tcpdump) first_version tcpdump --version ;;
    libpcap) tcpdump --version 2>&1 | sed -n 's/^libpcap version \([0-9.]*\).*/\1/p' ;;
    openssl) first_version openssl version ;;
    net-tools) first_version ifconfig --version ;;
    iputils) first_version ping -V ;;
    # brctl 1.7.1 says 1.7 of itself.
    bridge-utils)
      dpkg-query -W -f '${Version}' bridge-utils 2>/dev/null | sed 's/-.*//' | grep . || first_version brctl --version
      ;;
    dnsmasq) first_version dnsmasq --version ;;
    coreutils) first_version ls --version ;;
    procps) first_version ps --version ;;
    openssh) first_version ssh -V ;;
    busybox) first_version busybox ;;
    bind) first_version dig -v ;;
    netcat) have nc && dpkg-query -W -f '${Version}' netcat-openbsd 2>/dev/null | sed 's/^[0-9]*://;s/-.*//' ;;
    # mawk, as Debian has it; another one has no number of it.
    awk) awk -W version 2>&1 </dev/null | sed -n 's/^mawk \([0-9.]*\).*/\1/p' ;;
    less) less --version | sed -n 's/^less \([0-9]*\).*/\1/p' ;;
    dhclient) first_version dhclient --version ;;
    findutils) first_version find --version ;;
    util-linux) first_version unshare --version ;;
    bash) printf '%s' "${BASH_VERSION%%(*}" ;;
    sudo) first_version sudo -V ;;
    *) first_version "$1" --version ;;
  esac
}

# The first word with dots that begins as a version does, in what a program says of itself.
first_version() {
  local word said
  have "$1" || return 0
  said=$("$@" 2>&1 </dev/null)
  for word in ${said//[,()_-]/ }; do
    word=${word#v}
    word=${word#s}
    [[ $word =~ ^[0-9]+(\.[0-9]+)+|^20[0-9]{6}$ ]] || continue
    printf '%s' "${BASH_REMATCH[0]}"
    return
  done
}

declare -A HERE=()

here() {
  [[ -n ${HERE[$1]+x} ]] || HERE[$1]=$(version_here "$1")
}

# NODE TOOL WANTED HERE, for all nodes and tools.
versions() {
  local node image tool wanted key
  local -A tools=()
  while read -r image tool wanted; do
    here "$tool"
    tools[$image]+="$tool $wanted ${HERE[$tool]:--}"$'\n'
  done < <(wanted_table)
  while read -r node _ _ _ image; do
    while read -r key; do [[ -z $key ]] || printf '%s %s\n' "$node" "$key"; done <<<"${tools[$image]}"
  done < <(nodes_table)
}

# Tools whose version here is not the lab's, a line each: TOOL|HERE|WANTED|NODES.
version_differences() {
  local node tool wanted here key
  local -A nodes=()
  while read -r node tool wanted here; do
    key="$tool|$here|$wanted"
    [[ $here == "$wanted" ]] || nodes[$key]+="${nodes[$key]:+ }$node"
  done < <(versions)
  for key in "${!nodes[@]}"; do printf '%s|%s\n' "$key" "${nodes[$key]}"; done | sort
}
