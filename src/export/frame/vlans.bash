# --- VLANs on wires --------------------------------------------------------------------------------------------------------------------
#
# A bridge of the kernel keeps VLANs apart where the kernel was built so; else Open vSwitch is the switch, in the fabric's namespaces. A VLAN
# device of a node is the kernel's own where it has them; else it is a NIC of its own on an access port of that VLAN.

declare -A SWITCHED=()

bridges_filter() {
  [[ -n ${FILTERS:-} ]] || { try_in_namespace 'ip link add a type bridge vlan_filtering 1' && FILTERS=yes || FILTERS=no; }
  [[ $FILTERS == yes ]]
}

has_vlan_devices() {
  [[ -n ${VLAN_DEVICES:-} ]] || { try_link vlan && VLAN_DEVICES=yes || VLAN_DEVICES=no; }
  [[ $VLAN_DEVICES == yes ]]
}

# What of this is told before anything is built.
check_vlans() {
  local tagged
  tagged=$(wires_table | sed -n 's/ tagged$//p' | tr '\n' ' ')
  if [[ -n $tagged ]] && ! bridges_filter; then
    have ovs-vswitchd || die 3 "the wires ${tagged}have VLANs, which bridges of this kernel cannot keep apart; Open vSwitch could, but it is not here"
    cannot 'VLANs on a bridge' 'not in this kernel' "Open vSwitch is the switch of ${tagged% }"
  fi
  if [[ $(declare -f replay) == *plug_vlan* ]] && ! has_vlan_devices; then
    cannot 'VLAN devices' 'not in this kernel' 'a NIC of its own on a port of that VLAN; the NIC below does not see its frames'
  fi
}

# lay_switch WIRE BRIDGE: as a bridge of Open vSwitch.
lay_switch() {
  ((${#SWITCHED[@]} > 0)) ||
    in_node "$FABRIC" bash -c "$(declare -f start_openvswitch); start_openvswitch -" 2>>"$STATE/errors" || die 1 'the switch of the wires did not start'
  SWITCHED[$1]=yes
  in_node "$FABRIC" ovs-vsctl -- add-br "$2" -- set Bridge "$2" datapath_type=netdev || die 1 "the wire $1 could not be laid"
}

# switch_port BRIDGE PORT -|ID|ID+ID...: words for ovs-vsctl.
switch_port() {
  case $3 in
    -) printf -- '-- add-port %s %s ' "$1" "$2" ;;
    *+*) printf -- '-- add-port %s %s trunks=%s ' "$1" "$2" "$(trunk_ids "$3")" ;;
    *) printf -- '-- add-port %s %s tag=%s ' "$1" "$2" "$3" ;;
  esac
}

# Untagged frames pass among trunk ports, as VLAN 0.
trunk_ids() { local ids=${1%+}; printf '0,%s' "${ids//+/,}"; }

# plug_vlan NODE NIC NAME ID MAC|-
plug_vlan() {
  local node=$1 nic=$2 name=$3 id=$4 mac=$5 wire port
  has_vlan_devices && return
  wire=$(nics_table | while read -r at its _ _ _ kind to _; do [[ $at != "$node" || $its != "$nic" || $kind != segment ]] || say "$to"; done)
  if [[ -z $wire || $(wires_table | sed -n "s/^$wire //p") != tagged ]]; then return 0; fi
  VLAN_PORTS=$((${VLAN_PORTS:-0} + 1)) port=v$VLAN_PORTS
  # shellcheck disable=SC2046  # words are wanted
  in_net "$node" ip link add name "$name" $([[ $mac == - ]] || printf 'address %s' "$mac") type veth peer name "$port" netns "${PID_OF[$FABRIC]}" ||
    die 1 "$name of $node could not be made"
  in_net "$node" ethtool -K "$name" tx off >/dev/null 2>&1
  in_net "$FABRIC" ip link set dev "$port" alias "$node/$name" up
  if [[ -n ${SWITCHED[$wire]:-} ]]; then
    in_node "$FABRIC" ovs-vsctl add-port "${BRIDGE_OF[$wire]}" "$port" "tag=$id"
  else
    in_net "$FABRIC" ip link set dev "$port" master "${BRIDGE_OF[$wire]}" && in_net "$FABRIC" bridge vlan add dev "$port" vid "$id" pvid untagged
  fi || die 1 "$name of $node could not be plugged"
}
