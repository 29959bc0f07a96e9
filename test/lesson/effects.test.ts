import { describe, expect, it } from 'vitest'
import { effectNames, effectsOf } from '../../src/lesson/checks/effects.js'

const of = (line: string) => effectsOf(line.split(' ')).map(({ name, fields }) => [name, ...Object.values(fields)].join(' ').trim())

describe('what a command looked at', () => {
  it.each([
    ['ip a', ['addresses', 'links']],
    ['/sbin/ip -d addr show dev br100', ['addresses br100', 'links br100']],
    ['ip addr show br100', ['addresses br100', 'links br100']],
    ['ip addr add 10.0.0.1/24 dev br100', []],
    ['ip -n left link', ['links']],
    ['ip netns exec left ip link', ['links']],
    ['ip netns', ['namespaces']],
    ['ip ro', ['routes main']],
    ['ip route show table 16', ['routes 16']],
    ['ip route get 10.0.0.2', ['route-get 10.0.0.2']],
    ['ip rule', ['rules']],
    ['ip neigh show dev br100', ['neighbours br100']],
    ['ifconfig eth1', ['addresses eth1', 'links eth1']],
    ['ifconfig eth1 up', []],
    ['route -n', ['routes main']],
    ['netstat -rn', ['routes main']],
    ['arp -n', ['neighbours']],
    ['arp -d 10.0.0.2', []],
    ['brctl show', ['bridges']],
    ['brctl showmacs br100', ['fdb br100']],
    ['sudo iptables -t nat -S', ['firewall nat']],
    ['sudo -n iptables -vnL FORWARD', ['firewall filter FORWARD']],
    ['iptables -A INPUT -j DROP', []],
    ['iptables-save -t nat', ['firewall nat']],
    ['cat /proc/sys/net/ipv4/ip_forward', ['file /proc/sys/net/ipv4/ip_forward', 'sysctl net.ipv4.ip_forward']],
    ['grep 10.0.0.2 /var/log/syslog', ['file /var/log/syslog']],
    ['ping -c 1 -W 1 10.0.0.2', ['ping 10.0.0.2']],
    ['timeout 5 ping -c1 10.0.0.2', ['ping 10.0.0.2']],
    ['wget -q -O - http://169.254.169.254/', ['fetch http://169.254.169.254/']],
    ['tcpdump -neivnet0 arp', ['capture vnet0']],
    ['tcpdump -n -i br100', ['capture br100']],
    ['nova list', ['servers']],
    ['neutron security-group-rule-list', ['security-groups']],
    ['neutron port-list --fixed-ips ip_address=10.10.10.7', ['ports']],
    ['neutron port-show 8cbe7bb6', ['ports']],
    ['neutron floatingip-create ext-net', []],
    ['openstack floating ip list', ['floating-ips']],
    ['openstack network agent list', ['agents']],
    ['openstack server show vm1', ['servers vm1']],
    ['openstack server delete vm1', []],
    ['nc -z -v -w 1 192.168.0.3 22', ['connect 192.168.0.3 22']],
    ['nc -zvw1 192.168.0.3 22', ['connect 192.168.0.3 22']],
    ['nc -l 80', []],
    ['telnet 192.168.0.3 22', ['connect 192.168.0.3 22']],
    ['ssh cirros@10.0.0.2', ['login 10.0.0.2', 'connect 10.0.0.2 22']],
    ['lab log', ['agent-log']],
    ['ovs-vsctl --timeout=10 list-ports br-int', ['switch']],
    ['ovs-vsctl port-to-br qvo1', ['switch qvo1']],
    ['ovs-vsctl get Port qvo1 tag', ['switch-record port qvo1']],
    ['ovs-vsctl find Interface type=gre', ['switch-record interface']],
    ['ovs-vsctl add-br br1', []],
    ['ethtool -S qvb1', ['device-details qvb1']],
    ['nc -v -w 2 -z 10.10.10.7 80', ['connect 10.10.10.7 80']],
    ['nc -l -p 80', []],
    ['ls', []],
  ])('%s', (line, effects) => expect(of(line)).toEqual(effects))

  it('every effect that is told is one a lesson may name', () => {
    for (const line of [
      'ip a',
      'iptables -S',
      'conntrack -L',
      'sysctl -a',
      'ps',
      'ssh x',
      'dig a',
      'ss',
      'traceroute 1.1.1.1',
      'virsh console x',
      'bridge fdb',
      'nova secgroup-list',
      'nova floating-ip-list',
    ]) {
      for (const { name } of effectsOf(line.split(' '))) expect(effectNames).toContain(name)
    }
  })
})
