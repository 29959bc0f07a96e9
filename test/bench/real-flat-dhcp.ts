// The FlatDHCP path in real namespaces: controller bridge, data segment, compute bridge with the security group's chain, VM. Root only.
import { RealFlood } from './real-flood.js'

const NAMES = ['ctl', 'seg', 'cmp', 'vm'].map((part) => `nlbench-${part}`)
const [CTL, SEG, CMP, VM] = NAMES as [string, string, string, string]

const BUILD = `set -e
for n in ${NAMES.join(' ')}; do ip netns add $n; ip -n $n link set lo up; done
pair() { ip link add $2 netns $1 type veth peer name $4 netns $3; ip -n $1 link set $2 up; ip -n $3 link set $4 up; }
pair ${CTL} eth2 ${SEG} ctl; pair ${CMP} eth2 ${SEG} cmp; pair ${VM} eth0 ${CMP} vnet0
bridge() { n=$1; b=$2; shift 2; ip -n $n link add $b type bridge; ip -n $n link set $b type bridge forward_delay 0; ip -n $n link set $b up; for p in $*; do ip -n $n link set $p master $b; done; }
bridge ${CTL} br100 eth2; bridge ${SEG} data ctl cmp; bridge ${CMP} br100 eth2 vnet0
ip netns exec ${SEG} sysctl -qw net.bridge.bridge-nf-call-iptables=0 || true
ip netns exec ${CMP} sysctl -qw net.bridge.bridge-nf-call-iptables=1
ip -n ${CTL} addr add 10.0.0.1/24 dev br100; ip -n ${VM} addr add 10.0.0.2/24 dev eth0
ip netns exec ${CMP} iptables-legacy-restore <<'R'
*filter
:INPUT ACCEPT
:FORWARD ACCEPT
:OUTPUT ACCEPT
:nova-compute-FORWARD -
:nova-compute-inst-9 -
:nova-compute-local -
:nova-compute-provider -
:nova-compute-sg-fallback -
:nova-filter-top -
-A FORWARD -j nova-filter-top
-A FORWARD -j nova-compute-FORWARD
-A OUTPUT -j nova-filter-top
-A nova-compute-FORWARD -i br100 -j ACCEPT
-A nova-compute-FORWARD -o br100 -j ACCEPT
-A nova-compute-inst-9 -m state --state INVALID -j DROP
-A nova-compute-inst-9 -m state --state RELATED,ESTABLISHED -j ACCEPT
-A nova-compute-inst-9 -j nova-compute-provider
-A nova-compute-inst-9 -s 10.0.0.1/32 -p udp -m udp --sport 67 --dport 68 -j ACCEPT
-A nova-compute-inst-9 -s 10.0.0.0/24 -j ACCEPT
-A nova-compute-inst-9 -j nova-compute-sg-fallback
-A nova-compute-local -d 10.0.0.2/32 -j nova-compute-inst-9
-A nova-compute-sg-fallback -j DROP
-A nova-filter-top -j nova-compute-local
COMMIT
R
ip netns exec ${CTL} ping -c 3 -i 0.2 -q 10.0.0.2 > /dev/null
`

/** The namespaces, ready for floods; or why there is no peer here. */
export function openFlatDhcp(): RealFlood | string {
  return RealFlood.open({ namespaces: NAMES, tools: ['iptables-legacy-restore'], build: BUILD, from: CTL, to: '10.0.0.2' })
}
