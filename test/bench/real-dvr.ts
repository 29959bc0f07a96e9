// The DVR way out of a floating IP in real namespaces, with kernel bridges for br-int and br-ex: VM, the compute host with qbr and the
// security group, qrouter, fip, the upstream switch, the server. Six namespaces; Linux forwards it all in the kernel.
import { RealFlood } from './real-flood.js'
import { securityGroup } from './real-security-group.js'

const NAMES = ['vm', 'host', 'qr', 'fip', 'sw', 'srv'].map((part) => `nlbench-${part}`)
const [VM, HOST, QR, FIP, SWITCH, SERVER] = NAMES as [string, string, string, string, string, string]
const OUTSIDE = '100.121.0.75'
export const REAL_ROUTER = QR

const BUILD = `set -e
for n in ${NAMES.join(' ')}; do ip netns add $n; ip -n $n link set lo up; done
pair() { ip link add $2 netns $1 type veth peer name $4 netns $3; ip -n $1 link set $2 up; ip -n $3 link set $4 up; }
pair ${VM} ens3 ${HOST} tap0; pair ${HOST} qvb0 ${HOST} qvo0; pair ${QR} qr0 ${HOST} qr; pair ${QR} rfp0 ${FIP} fpr0
pair ${FIP} fg0 ${HOST} fg; pair ${HOST} int-br-ex ${HOST} phy-br-ex; pair ${HOST} nic ${SWITCH} Vlan20; pair ${SWITCH} Vlan1299 ${SERVER} eth0
bridge() { ip -n ${HOST} link add $1 type bridge; ip -n ${HOST} link set $1 type bridge forward_delay 0; ip -n ${HOST} link set $1 up; b=$1; shift; for p in $*; do ip -n ${HOST} link set $p master $b; done; }
bridge qbr0 tap0 qvb0; bridge br-int qvo0 qr fg int-br-ex; bridge br-ex phy-br-ex nic
# Only what crosses qbr passes netfilter, as with Open vSwitch.
ip netns exec ${HOST} sysctl -qw net.bridge.bridge-nf-call-iptables=0
ip -n ${HOST} link set qbr0 type bridge nf_call_iptables 1
ip -n ${VM} addr add 192.168.3.69/16 dev ens3; ip -n ${VM} route add default via 192.168.0.1
ip -n ${QR} addr add 192.168.0.1/16 dev qr0; ip -n ${QR} addr add 169.254.74.216/31 dev rfp0
ip -n ${FIP} addr add 169.254.74.217/31 dev fpr0; ip -n ${FIP} addr add 100.122.0.53/16 dev fg0
for n in ${QR} ${FIP} ${SWITCH}; do ip netns exec $n sysctl -qw net.ipv4.ip_forward=1; done
ip netns exec ${FIP} sysctl -qw net.ipv4.conf.fg0.proxy_arp=1 net.ipv4.neigh.fg0.proxy_delay=0
ip -n ${QR} rule add from 192.168.3.69 lookup 16 pref 51869; ip -n ${QR} route add default via 169.254.74.217 dev rfp0 table 16
ip -n ${QR} rule add from 192.168.0.1/16 lookup 3232235521 pref 3232235521; ip -n ${QR} route add default via 192.168.0.11 dev qr0 table 3232235521
ip -n ${FIP} rule add iif fpr0 lookup 2852014809 pref 2852014809; ip -n ${FIP} route add default via 100.122.255.254 dev fg0 table 2852014809
ip -n ${FIP} route add 100.122.0.145 via 169.254.74.216 dev fpr0
ip -n ${SWITCH} addr add 100.122.255.254/16 dev Vlan20; ip -n ${SWITCH} addr add 100.121.255.254/16 dev Vlan1299
ip -n ${SERVER} addr add ${OUTSIDE}/16 dev eth0; ip -n ${SERVER} route add 100.122.0.0/16 via 100.121.255.254
ip netns exec ${QR} iptables-legacy-restore <<'R'
*nat
:PREROUTING ACCEPT
:INPUT ACCEPT
:OUTPUT ACCEPT
:POSTROUTING ACCEPT
:neutron-l3-agent-POSTROUTING -
:neutron-l3-agent-PREROUTING -
:neutron-l3-agent-float-snat -
:neutron-l3-agent-snat -
:neutron-postrouting-bottom -
-A PREROUTING -j neutron-l3-agent-PREROUTING
-A POSTROUTING -j neutron-l3-agent-POSTROUTING
-A POSTROUTING -j neutron-postrouting-bottom
-A neutron-l3-agent-POSTROUTING -d 192.168.0.0/16 -j ACCEPT
-A neutron-l3-agent-PREROUTING -d 169.254.169.254/32 -i qr-+ -p tcp -m tcp --dport 80 -j REDIRECT --to-ports 9697
-A neutron-l3-agent-PREROUTING -d 100.122.0.145/32 -i rfp0 -j DNAT --to-destination 192.168.3.69
-A neutron-l3-agent-float-snat -s 192.168.3.69/32 -j SNAT --to-source 100.122.0.145
-A neutron-l3-agent-snat -j neutron-l3-agent-float-snat
-A neutron-postrouting-bottom -j neutron-l3-agent-snat
COMMIT
R
ip netns exec ${HOST} iptables-legacy-restore <<'R'
${securityGroup('192.168.3.69', false)}
R
`
const WARM = `ip netns exec ${VM} ping -c 5 -i 0.2 -q ${OUTSIDE} > /dev/null`

/** The namespaces, ready for floods; or why there is no peer here. */
export function openRealDvr({ warm = true } = {}): RealFlood | string {
  return RealFlood.open({
    namespaces: NAMES,
    tools: ['iptables-legacy-restore', 'conntrack'],
    build: warm ? `${BUILD}${WARM}` : BUILD,
    from: VM,
    to: OUTSIDE,
  })
}

/** The first ping once neighbours, connections and what bridges have learned are gone, as ping prints it. */
export function coldKernelUs(real: RealFlood): number {
  const forget = `ip neigh flush all; conntrack -F 2> /dev/null`
  for (const name of NAMES) real.in(name, forget)
  real.in(HOST, 'for b in qbr0 br-int br-ex; do ip link set $b type bridge fdb_flush; done')
  return real.pingMs() * 1000
}
