// The chains of a server's security group, as neutron's hybrid firewall sets them on the bridge of its tap device.

/** A filter table for iptables-restore; `invalidFirst`: where Icehouse has its rules for what conntrack refuses. */
export function securityGroup(address: string, invalidFirst: boolean): string {
  const invalid = (chain: string): string => `-A ${chain} -m state --state INVALID -j DROP\n`
  return `*filter
:INPUT ACCEPT
:FORWARD ACCEPT
:OUTPUT ACCEPT
:i -
:o -
:s -
:sg-chain -
:sg-fallback -
-A FORWARD -m physdev --physdev-out tap0 --physdev-is-bridged -j sg-chain
-A FORWARD -m physdev --physdev-in tap0 --physdev-is-bridged -j sg-chain
${invalidFirst ? invalid('i') : ''}-A i -m state --state RELATED,ESTABLISHED -j RETURN
-A i -p tcp -m tcp --dport 22 -j RETURN
-A i -p icmp -j RETURN
${invalidFirst ? '' : invalid('i')}-A i -j sg-fallback
-A o -p udp -m udp --sport 68 --dport 67 -j RETURN
-A o -j s
-A o -p udp -m udp --sport 67 --dport 68 -j DROP
${invalidFirst ? invalid('o') : ''}-A o -m state --state RELATED,ESTABLISHED -j RETURN
-A o -j RETURN
-A s -s ${address}/32 -j RETURN
-A s -j DROP
-A sg-chain -m physdev --physdev-out tap0 --physdev-is-bridged -j i
-A sg-chain -m physdev --physdev-in tap0 --physdev-is-bridged -j o
-A sg-chain -j ACCEPT
-A sg-fallback -j DROP
COMMIT`
}
