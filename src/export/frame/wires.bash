# --- wires ---------------------------------------------------------------------------------------------------------------------------
#
# A segment is a Linux bridge in a namespace of its own, the fabric; a NIC is a veth whose other end is a port there. A wire that is a veth
# pair in the lab is one here too.

declare -A BRIDGE_OF=()

lay_wires() {
  local wire tagged number=0 lines=''
  while read -r wire tagged; do
    number=$((number + 1))
    BRIDGE_OF[$wire]=w$number
    if [[ $tagged != no ]] && ! bridges_filter; then
      lay_switch "$wire" "w$number"
      continue
    fi
    lines+="link add w$number type bridge mcast_snooping 0 forward_delay 0"
    [[ $tagged == no ]] || lines+=' vlan_filtering 1 vlan_default_pvid 0'
    # Beside pause frames and spanning tree, which no Linux bridge lets through, what is sent to the next switch passes.
    lines+=$'\n'"link set w$number alias $wire type bridge group_fwd_mask 65528"$'\n'"link set w$number up"$'\n'
  done < <(wires_table)
  # Frames of the lab pass here as they pass a switch: no netfilter of this namespace, no addresses of its own.
  in_net "$FABRIC" sh -c 'cd /proc/sys/net
    for f in ip ip6 arp; do echo 0 >bridge/bridge-nf-call-${f}tables; done
    for f in all default; do echo 1 >ipv6/conf/$f/disable_ipv6; done' 2>/dev/null
  [[ -z $lines ]] || batch "$FABRIC" ip "$lines"
  plug_nics
}

# batch NODE ip|bridge LINES: in a node's network.
batch() { in_net "$1" "$2" -batch - <<<"$3" || die 1 "the wires of $1 could not be laid"; }

# All NICs of a node in one go. The number must be given where a device is born, so it is born in its node.
plug_nics() {
  local node last='' nic mac mtu index kind to arg lines='' ports='' vlans='' port=0 switch=''
  local -A nics=()
  while read -r node nic mac mtu index kind to arg; do
    if [[ $node != "$last" ]]; then
      [[ -z $lines ]] || batch "$last" ip "$lines"
      lines='' last=$node
    fi
    case $kind in
      # To a wire: "MTU VLANS" of the switch's port.
      segment)
        port=$((port + 1))
        lines+="link add name $nic index $index address $mac mtu $mtu type veth peer name p$port netns ${PID_OF[$FABRIC]}"$'\n'
        nics[$node]+=" $nic"
        if [[ -n ${SWITCHED[$to]:-} ]]; then
          ports+="link set dev p$port alias $node/$nic mtu ${arg% *} up"$'\n'
          switch+=$(switch_port "${BRIDGE_OF[$to]}" "p$port" "${arg#* }")
          continue
        fi
        ports+="link set dev p$port alias $node/$nic mtu ${arg% *} master ${BRIDGE_OF[$to]} up"$'\n'
        [[ ${arg#* } == - ]] || vlans+=$(port_vlans "p$port" "${arg#* }")$'\n'
        ;;
      # To another node: "NIC MAC MTU INDEX" of the other end.
      veth)
        # shellcheck disable=SC2086  # words are wanted
        set -- $arg
        lines+="link add name $nic index $index address $mac mtu $mtu type veth peer name $1 address $2 mtu $3 index $4 netns ${PID_OF[$to]}"$'\n'
        nics[$node]+=" $nic"
        nics[$to]+=" $1"
        ;;
      # Numbers that devices had which are gone: the next one gets the number that it has in the lab.
      gone) lines+="link add nl-gone type bridge"$'\n'"link del nl-gone"$'\n' ;;
    esac
  done < <(nics_table)
  [[ -z $lines ]] || batch "$last" ip "$lines"
  [[ -z $ports ]] || batch "$FABRIC" ip "$ports"
  [[ -z $vlans ]] || batch "$FABRIC" bridge "$vlans"
  # shellcheck disable=SC2086  # words are wanted
  [[ -z $switch ]] || in_node "$FABRIC" ovs-vsctl $switch || die 1 "the ports of the wires could not be made"
  # Checksums are in the frames: switches that are programs, and captures, see them as they go over a cable.
  # shellcheck disable=SC2086
  for node in "${!nics[@]}"; do
    in_net "$node" sh -c 'for nic; do ethtool -K "$nic" tx off; done' sh ${nics[$node]} >/dev/null 2>&1
  done
}

# port_vlans PORT -|ID|ID+ID...: an access port takes and gives the untagged frames of its VLAN; a trunk port the tags it is allowed, and
# untagged frames among themselves.
port_vlans() {
  local id
  case $2 in
    *+*)
      for id in ${2//+/ }; do printf 'vlan add dev %s vid %s\n' "$1" "$id"; done
      printf 'vlan add dev %s vid 4094 pvid untagged\n' "$1"
      ;;
    *) printf 'vlan add dev %s vid %s pvid untagged\n' "$1" "$2" ;;
  esac
}
