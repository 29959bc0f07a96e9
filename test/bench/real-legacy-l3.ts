// The way out of the GRE cloud in real namespaces: VM, qbr with the security group's chains, br-int and br-tun of a userspace Open
// vSwitch, GRE, the network node's br-tun, br-int, qrouter with SNAT, br-ex, an outside host. Root and the Debian packages only.
import { RealFlood } from './real-flood.js'
import { OVS_TOOLS, START_OVS } from './real-ovs.js'
import { securityGroup } from './real-security-group.js'

const NAMES = ['vm', 'cmp', 'net', 'qr', 'ext'].map((part) => `nlbench-${part}`)
const [VM, CMP, NET, QR, EXT] = NAMES as [string, string, string, string, string]
const OUTSIDE = '192.168.0.100'
const TOOLS = ['ethtool', 'iptables-legacy-restore', ...OVS_TOOLS]

const LEARN =
  'learn(table=20,hard_timeout=300,priority=1,NXM_OF_VLAN_TCI[0..11],NXM_OF_ETH_DST[]=NXM_OF_ETH_SRC[],load:0->NXM_OF_VLAN_TCI[],' +
  'load:NXM_NX_TUN_ID[]->NXM_NX_TUN_ID[],output:NXM_OF_IN_PORT[])'

/** One Open vSwitch with br-int, br-tun and the underlay address on a bridge, as userspace tunnels need it. */
function node(ns: string, nic: string, local: string, remote: string): string {
  return `
node=${ns}
${START_OVS}
v add-br br-int -- set bridge br-int datapath_type=netdev fail_mode=secure
v add-br br-tun -- set bridge br-tun datapath_type=netdev
v add-br under -- set bridge under datapath_type=netdev -- add-port under ${nic}
ip -n $node addr add ${local}/24 dev under; ip -n $node link set under up
v add-port br-int patch-tun -- set Interface patch-tun type=patch options:peer=patch-int
v add-port br-tun patch-int -- set Interface patch-int type=patch options:peer=patch-tun ofport_request=1
v add-port br-tun gre0 -- set Interface gre0 type=gre ofport_request=2 options:in_key=flow options:out_key=flow options:local_ip=${local} options:remote_ip=${remote}
ovs-ofctl del-flows br-int; ovs-ofctl add-flow br-int priority=1,actions=NORMAL; ovs-ofctl del-flows br-tun
ovs-ofctl add-flows br-tun - <<'F'
table=0,priority=1,in_port=1,actions=resubmit(,1)
table=0,priority=1,in_port=2,actions=resubmit(,2)
table=0,priority=0,actions=drop
table=1,priority=1,dl_dst=00:00:00:00:00:00/01:00:00:00:00:00,actions=resubmit(,20)
table=1,priority=1,dl_dst=01:00:00:00:00:00/01:00:00:00:00:00,actions=resubmit(,21)
table=2,priority=1,tun_id=0x1,actions=mod_vlan_vid:4,resubmit(,10)
table=2,priority=0,actions=drop
table=10,priority=1,actions=${LEARN},output:1
table=20,priority=0,actions=resubmit(,21)
table=21,dl_vlan=4,actions=strip_vlan,set_tunnel:0x1,output:2
table=21,priority=0,actions=drop
F
`
}

const BUILD = `set -e
for n in ${NAMES.join(' ')}; do ip netns add $n; ip -n $n link set lo up; done
pair() { ip link add $2 netns $1 type veth peer name $4 netns $3; ip -n $1 link set $2 up; ip -n $3 link set $4 up; ip netns exec $1 ethtool -K $2 tx off > /dev/null; ip netns exec $3 ethtool -K $4 tx off > /dev/null; }
pair ${VM} eth0 ${CMP} tap0; pair ${CMP} eth1 ${NET} eth1; pair ${NET} eth2 ${EXT} eth0
${node(CMP, 'eth1', '10.10.100.140', '10.10.100.139')}
ip -n ${CMP} link add qbr0 type bridge; ip -n ${CMP} link set qbr0 type bridge forward_delay 0
ip -n ${CMP} link add qvo0 type veth peer name qvb0
for d in qbr0 qvo0 qvb0; do ip -n ${CMP} link set $d up; done
for d in qvo0 qvb0; do ip netns exec ${CMP} ethtool -K $d tx off > /dev/null; done
ip -n ${CMP} link set tap0 master qbr0; ip -n ${CMP} link set qvb0 master qbr0
v add-port br-int qvo0 tag=4
ip netns exec ${CMP} sysctl -qw net.bridge.bridge-nf-call-iptables=1
ip netns exec ${CMP} iptables-legacy-restore <<'R'
${securityGroup('10.10.10.7', true)}
R
${node(NET, 'eth1', '10.10.100.139', '10.10.100.140')}
v add-br br-ex -- set bridge br-ex datapath_type=netdev -- add-port br-ex eth2
v add-port br-int qr0 tag=4 -- set Interface qr0 type=internal -- add-port br-ex qg0 -- set Interface qg0 type=internal
for d in qr0 qg0; do ip -n ${NET} link set $d netns ${QR}; ip -n ${QR} link set $d up; done
ip -n ${QR} addr add 10.10.10.1/24 dev qr0; ip -n ${QR} addr add 192.168.0.2/24 dev qg0
ip netns exec ${QR} sysctl -qw net.ipv4.ip_forward=1
ip netns exec ${QR} iptables-legacy-restore <<'R'
*nat
:PREROUTING ACCEPT
:INPUT ACCEPT
:OUTPUT ACCEPT
:POSTROUTING ACCEPT
-A POSTROUTING ! -o qg0 -m conntrack ! --ctstate DNAT -j ACCEPT
-A POSTROUTING -s 10.10.10.0/24 -j SNAT --to-source 192.168.0.2
COMMIT
R
ip -n ${VM} addr add 10.10.10.7/24 dev eth0; ip -n ${VM} route add default via 10.10.10.1; ip -n ${VM} link set eth0 mtu 1400
ip -n ${EXT} addr add ${OUTSIDE}/24 dev eth0
ip netns exec ${VM} ping -c 20 -i 0.2 -q ${OUTSIDE} > /dev/null || ip netns exec ${VM} ping -c 5 -i 0.2 -q ${OUTSIDE} > /dev/null
`

/** The namespaces, ready for floods; or why there is no peer here. */
export function openLegacyL3(): RealFlood | string {
  return RealFlood.open({ namespaces: NAMES, tools: TOOLS, build: BUILD, from: VM, to: OUTSIDE })
}
