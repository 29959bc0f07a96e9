#!/usr/bin/env python3
"""Records what the real tools print: runs each group of lines in a network namespace of its own and writes recorded.json.

usage (as root, with iproute2, bridge-utils, net-tools, procps and ethtool): python3 record.py
"""
import json, os, shlex, subprocess, time

HERE = os.path.dirname(os.path.abspath(__file__))
NS = "golden-ip"

PAIR = ["ip link set lo up", "ip link add e0 address 02:00:00:00:00:01 type veth peer name f0 address 02:00:00:00:00:02", "ip link set e0 up", "ip link set f0 up"]
NET = PAIR + ["ip addr add 10.0.0.1/24 dev e0"]
BRIDGE = ["ip link set lo up", "ip link add br0 address 02:00:00:00:00:fe type bridge", "ip link add p1 address 02:00:00:00:00:11 type veth peer name q1 address 02:00:00:00:00:21",
          "ip link add p2 address 02:00:00:00:00:12 type veth peer name q2 address 02:00:00:00:00:22", "ip link set p1 master br0", "ip link set p2 master br0", "ip link set br0 up",
          "ip link set p1 up", "ip link set q1 up", "ip link set p2 up"]

TWO = ["ip link set lo up", "ip link add a0 address 02:00:00:00:00:01 type veth peer name a1 address 02:00:00:00:00:02", "ip link add b0 address 02:00:00:00:00:03 type veth peer name b1 address 02:00:00:00:00:04",
       "ip link set a0 up", "ip link set a1 up", "ip link set b0 up", "ip link set b1 up", "ip addr add 10.0.0.1/24 dev a0", "ip addr add 10.1.0.1/24 dev b0"]

GROUPS = {
    "link-show": (NET, """ip link
ip -br link
ip -o link show e0
ip -j link show e0
ip -j -p link show e0
ip -d link show e0
ip -j -d link show lo
ip -c link show e0
ip -c -br link
ip link show up
ip link show type veth
ip link show type bridge
ip link show type nosuch
ip link show nosuch
ip link show dev
ip link show e0 f0
ip link show group 7
ip link show group x
ip link show master nosuch
ip link show nomaster type veth
ip link foo
ip l sh lo
ip link list dev lo"""),
    "link-set": (NET, """ip link set e0 mtu 1400
ip link set e0 alias first
ip link set e0 group 5
ip link set f0 down
ip link show
ip -br link
ip -j -br link
ip link set e0 foo
ip link set e0 mtu x
ip link set e0 mtu 10
ip link set e0 mtu 70000
ip link set e0 txqueuelen x
ip link set e0 promisc maybe
ip link set e0 arp off
ip link set e0 multicast off
ip link set e0 promisc on
ip link show e0
ip link set e0 address 02:00:00
ip link set e0 address 01:00:00:00:00:01
ip link set e0 name averyveryverylongname
ip link set e0 name lo
ip link set e0 netns nosuch
ip link set e0 netns 9999999
ip link set nosuch up
ip link set
ip link set e0
ip link set e0 master lo
ip link set e0 master nosuch
ip link set dev e0 group x
ip link set e0 alias
ip link property add dev e0 altname uplink
ip link show uplink
ip link set e0 type bridge_slave hairpin on"""),
    "link-add": (["ip link set lo up"], """ip link add a0 address 02:00:00:00:00:01 type veth peer name a1 address 02:00:00:00:00:02
ip link add a0 type veth peer name a9
ip link add a9 type veth peer name a1
ip -br link
ip link add
ip link add b0
ip link add b0 type
ip link add b0 type nosuchtype
ip link add averyveryverylongname type bridge
ip link add br0 address 02:00:00:00:00:fe type bridge
ip link add br0 type bridge
ip link set a0 master br0
ip link show master br0
ip link set br0 master br0
ip link del a1
ip -br link
ip link del lo
ip link del nosuch
ip link del
ip link add v8 type veth foo"""),
    "addr": (PAIR, """ip addr add 10.0.0.1/24 dev e0
ip addr add 10.0.0.1/24 dev e0
ip addr add 10.0.0.2/24 brd + dev e0 label e0:1
ip addr add 10.1.0.1 peer 10.1.0.2/32 dev e0
ip addr add 10.2.0.1/16 broadcast 10.2.255.255 scope link dev e0
ip addr add 10.3.0.1/24 dev e0 noprefixroute metric 7
ip addr add 10.4/16 dev e0
ip -4 addr
ip -br -4 addr
ip -o -4 addr
ip -4 -j addr show e0
ip -4 -c -o addr show e0
ip -4 route
ip route show table local
ip -4 addr show secondary
ip -4 addr show to 10.1.0.0/16
ip -4 addr show scope link
ip -4 addr show label e0:*
ip addr show scope foo
ip addr show to foo
ip addr add 10.0.0.300/24 dev e0
ip addr add 10.0.0.9/33 dev e0
ip addr add 10.0.0.9/24
ip addr add 10.0.0.9/24 dev nosuch
ip addr add 10.0.0.9/24 dev e0 scope foo
ip addr add 10.0.0.9/24 dev e0 brd foo
ip addr add 10.0.0.9/24 10.0.0.8/24 dev e0
ip addr add 10.0.0.9 dev
ip addr add dev e0
ip addr foo
ip addr show nosuch
ip addr del 10.0.0.99/24 dev e0
ip addr del 10.2.0.1 dev e0
ip addr del 10.0.0.1/24 dev e0
ip -4 -br addr
ip -s addr flush dev e0 scope global
ip -4 -br addr
ip addr flush
ip addr flush dev nosuch"""),
    "route": (NET, """ip route add default via 10.0.0.2
ip route add 10.9.0.0/16 via 10.0.0.2 mtu 1400 advmss 1360 metric 7 proto static src 10.0.0.1
ip route add unreachable 198.51.100.16/28
ip route add blackhole 198.51.100.32/28
ip route add 203.0.113.0/24 nexthop via 10.0.0.2 weight 1 nexthop via 10.0.0.3 dev e0 weight 2
ip route add 192.0.2.0/24 dev e0 table 100
ip route add 192.0.2.1 via 10.0.0.9 dev e0 onlink table 100
ip route
ip -j route
ip -j -p route show 203.0.113.0/24
ip -d route
ip -o route show 203.0.113.0/24
ip -c route
ip -N route show table local
ip route show table 100
ip route show table all
ip route show proto static
ip route show scope link
ip route show dev e0
ip route show via 10.0.0.2
ip route show default
ip route show root 10.0.0.0/8
ip route show match 10.9.1.1
ip route show type blackhole
ip route show table 300
ip route show table nosuch
ip route show dev nosuch
ip route show foo
ip route get 10.0.0.2
ip route get 10.0.0.1
ip route get 8.8.8.8
ip route get 10.9.1.1
ip route get 198.51.100.17
ip route get 198.51.100.33
ip route get 10.0.0.255
ip route get 8.8.8.8 from 10.0.0.1
ip route get 8.8.8.8 oif e0 mark 5
ip -j route get 8.8.8.8
ip route get fibmatch 8.8.8.8
ip route get
ip route get foo
ip route get 8.8.8.8 oif nosuch
ip route get 8.8.8.8 mark x
ip route get 10.0.0.0/24
ip route add 10.0.0.0/24 dev e0
ip route add default via 10.0.0.2
ip route add 10.5.0.1/24 via 10.0.0.2
ip route add 10.5.0.0/24
ip route add 10.5.0.0/24 via 9.9.9.9
ip route add 10.5.0.0/24 via 10.0.0.2 src 9.9.9.9
ip route add blackhole 10.5.0.0/24 via 10.0.0.2
ip route add 10.5.0.0/24 via foo
ip route add 10.5.0.0/24 via 10.0.0.2 foo
ip route add 10.5.0.0/24 via 10.0.0.2 via 10.0.0.3
ip route add 10.5.0.0/24 via 10.0.0.2 metric x
ip route add 10.5.0.0/24 via 10.0.0.2 table
ip route add 10.5.0.0/24 nexthop
ip route add 10.5.0.0/24 nexthop via 10.0.0.2 foo
ip route change 10.5.0.0/24 via 10.0.0.2
ip route del 10.5.0.0/24
ip route replace 10.5.0.0/24 via 10.0.0.2
ip route replace 10.5.0.0/24 via 10.0.0.3
ip route append 10.5.0.0/24 via 10.0.0.4
ip route prepend 10.5.0.0/24 via 10.0.0.5
ip route show 10.5.0.0/24
ip route del 10.5.0.0/24 via 10.0.0.3
ip route show 10.5.0.0/24
ip -s route flush 10.5.0.0/24
ip route flush
ip route flush table 77
ip route flush table 100
ip route show table 100
ip route foo
ip route flush cache
ip link set e0 down
ip route"""),
    "rule": (NET, """ip rule add from 10.0.0.5 fwmark 0x10/0xff iif e0 lookup 100 pref 100
ip rule add to 10.9.0.0/16 dport 80 ipproto tcp uidrange 0-10 suppress_prefixlength 0 lookup main
ip rule add not from 10.8.0.0/16 prohibit pref 50
ip rule add iif gone lookup 7 pref 60
ip rule add tos 0x10 lookup local pref 70
ip rule add goto 32766 pref 80 sport 1-9
ip rule
ip -j rule
ip -d rule
ip -c rule
ip -N rule
ip rule show table 7
ip rule show pref 50
ip rule show iif gone
ip rule show from 10.0.0.5
ip rule add from 10.0.0.5 fwmark 0x10/0xff iif e0 lookup 100 pref 100
ip rule add
ip rule del
ip rule del pref 9999
ip rule del table 7
ip rule add from foo lookup 1
ip rule add pref x
ip rule add table x
ip rule add fwmark x
ip rule add tos zz
ip rule add uidrange x
ip rule add ipproto foo
ip rule add dport x
ip rule add goto x
ip rule add goto 5 pref 10
ip rule add from 1.2.3.4 foo
ip rule add iif averyverylonginterfacename lookup 1
ip rule add pref
ip rule foo
ip rule flush
ip rule"""),
    "neigh": (NET, """ip neigh add 10.0.0.77 lladdr 02:00:00:00:00:77 dev e0
ip neigh show
ip -j neigh
ip -c neigh
ip -br neigh
ip neigh show dev e0
ip neigh get 10.0.0.77 dev e0
ip neigh change 10.0.0.77 lladdr 02:00:00:00:00:78 nud stale dev e0
ip neigh
ip neigh replace 10.0.0.78 lladdr 02:00:00:00:00:79 dev e0 nud permanent
ip neigh show nud permanent
ip neigh show 10.0.0.77
ip neigh add 10.0.0.77 lladdr 02:00:00:00:00:77 dev e0
ip neigh add 10.0.0.79 dev e0
ip neigh add 10.0.0.79 lladdr foo dev e0
ip neigh add 10.0.0.79
ip neigh add foo dev e0
ip neigh change 10.0.0.80 lladdr 02:00:00:00:00:77 dev e0
ip neigh add 10.0.0.79 lladdr 02:00:00:00:00:77 dev e0 nud foo
ip neigh get 9.9.9.9 dev e0
ip neigh get 9.9.9.9
ip neigh del 10.0.0.99 dev e0
ip neigh add proxy 10.0.0.88 dev e0
ip neigh show proxy
ip -j neigh show proxy
arp -n 10.0.0.77
arp -an 10.0.0.78
arp -n 10.0.0.88
arp -s 10.0.0.51 02:00:00:00:00:51
arp -n 10.0.0.51
arp -an 10.0.0.51
arp -d 10.0.0.51
arp -d 10.0.0.51
arp -s 9.9.9.9 02:00:00:00:00:51
arp -s 10.0.0.52 foo
arp -s 10.0.0.52
arp -n 10.0.0.99
arp -an 10.0.0.99
ip neigh del proxy 10.0.0.88 dev e0
ip neigh flush
ip neigh flush dev e0
ip neigh foo"""),
    "bridge": (BRIDGE, """brctl show
bridge link
bridge -d link show dev p1
bridge -j link
bridge -c link show dev p1
bridge link show dev nosuch
bridge link set dev p1 cost 5 priority 8 hairpin on learning off
bridge -d link show dev p1
bridge link set dev p1 foo on
bridge link set dev lo cost 3
bridge link set dev nosuch cost 3
bridge link set cost 3
bridge link set dev p1 learning maybe
bridge link set dev p1 state foo
bridge fdb add 02:00:00:00:00:aa dev p1 master static
bridge fdb add 02:00:00:00:00:aa dev p1 master static
bridge fdb add 02:00:00:00:00:ab dev p2 master
bridge fdb get 02:00:00:00:00:aa br br0
bridge fdb get 02:00:00:00:00:ff br br0
bridge fdb del 02:00:00:00:00:ff dev p1 master
bridge fdb add foo dev p1 master
bridge fdb add 02:00:00:00:00:ac
bridge fdb add 02:00:00:00:00:ac dev nosuch
bridge fdb add 02:00:00:00:00:ac dev q1 master
bridge fdb show br nosuch
bridge fdb show dev nosuch
bridge fdb flush dev p1
brctl showmacs br0
bridge vlan
bridge foo
bridge link foo
bridge fdb foo
bridge -V
brctl addbr br1
brctl addbr br1
brctl delbr br0
brctl delbr br9
brctl delbr lo
brctl addif br1 p1
brctl addif br9 p1
brctl addif br1 nosuch
brctl addif br1 lo
brctl delif br0 lo
brctl stp br0 maybe
brctl stp br0 on
brctl show br0
brctl show br0 br9
brctl show lo
brctl stp br0 off
brctl setfd br0 x
brctl setfd br9 1
brctl setageing br0 100
brctl setbridgeprio br0 100
brctl setpathcost br0 p1 7
brctl setpathcost br0 p9 7
brctl setportprio br0 p1 10
brctl setportprio br0 p1 1000
brctl sethello br0 300
brctl hairpin br0 p1 maybe
brctl hairpin br0 p2 on
brctl hairpin br0 lo on
brctl showmacs br9
brctl showmacs lo
brctl addbr
brctl addif br0
brctl delif br0 p1
brctl show
brctl --version"""),
    "net-tools": (NET, """ifconfig e0
ifconfig nosuch
ifconfig e0:1 10.1.1.1 netmask 255.255.255.0
ifconfig e0:1
ifconfig e0 10.0.0.7
ip -4 -br addr show e0
ifconfig e0 netmask 255.255.0.0
ip -4 -br addr show e0
ifconfig e0 add 10.3.3.3
ifconfig e0:0
ifconfig e0:1 down
ifconfig e0 mtu 1400
ifconfig e0 mtu 10
ifconfig e0 hw ether 02:00:00:00:00:99
ifconfig e0 promisc
ip -br link show e0
ifconfig e0 -promisc
ifconfig nosuch up
ifconfig e0 10.1.1.300
ifconfig -x
ifconfig -V
route add -net 172.16.0.0/16 gw 10.0.0.2
route add -net 172.17.0.0 netmask 255.255.0.0 gw 10.0.0.2 metric 5
route add -host 1.2.3.4 gw 10.0.0.2
route add default gw 10.0.0.9
route add default gw 192.0.2.9
route add -net 172.20.0.0/16 reject
route add -net 172.18.0.0/16 e0
route add -net 172.19.0.0/16 dev nosuch
route -n
route -ne
route -nee
netstat -rn
route del -net 172.16.0.0/16
route del -net 172.16.0.0/16
route del default
route del -host 1.2.3.4
route -n
netstat -rn
netstat -tan
netstat -uan
ifconfig e0 0.0.0.0
ip -4 -br addr show e0
ifconfig e0 down
ip -br link show e0"""),
    "sysctl": (NET, """sysctl net.ipv4.ip_forward
sysctl -n net.ipv4.ip_forward
sysctl net/ipv4/ip_forward
sysctl -w net.ipv4.ip_forward=1
sysctl net.ipv4.conf.e0.forwarding
sysctl -q net.ipv4.ip_forward=0
sysctl -N net.ipv4.ip_forward
sysctl net.ipv4.conf.nosuch.rp_filter
sysctl net.ipv4.foo
sysctl -e net.ipv4.foo
sysctl -w net.ipv4.ip_forward
sysctl -w net.ipv4.ip_forward=x
sysctl -w net.ipv4.ip_forward=1 net.ipv4.foo=2
sysctl net.ipv4.ip_forward net.ipv4.foo
sysctl -n net.ipv4.conf.all.rp_filter net.ipv4.conf.default.rp_filter
sysctl -a -r ^net.ipv4.conf.e0.arp_
sysctl foo
sysctl -p /nosuch"""),
    "ethtool": (PAIR + ["ip link add br0 type bridge", "ip tuntap add tap5 mode tap"], """ethtool -i e0
ethtool -i br0
ethtool -i tap5
ethtool -i lo
ethtool -i nosuch
ethtool -S br0
ethtool -S nosuch
ethtool lo
ethtool e0
ethtool nosuch
ethtool -P e0
ethtool -a e0
ethtool -K e0 foo off
ethtool --version
ip tuntap
ip -j tuntap
ip tuntap add
ip tuntap add tap6 mode bar
ip tuntap del nosuch mode tap
ip tuntap del tap5 mode tap
ip tuntap"""),
    "routing": (TWO, """ip route add 0.0.0.0/0 via 10.0.0.254
ip route add 172.16.0.0/12 via 10.0.0.2 dev a0 src 10.0.0.1
ip route add 172.16.5.0/24 via 10.1.0.2
ip route add 172.16.5.5 via 10.0.0.3
ip route add prohibit 172.17.0.0/16
ip route add throw 172.18.0.0/16 table 50
ip route add 172.18.0.0/16 via 10.1.0.9
ip route get 172.16.5.5
ip route get 172.16.5.6
ip route get 172.16.6.1
ip route get 172.17.0.1
ip rule add from 10.0.0.1 table 50 pref 10
ip route get 172.18.0.1 from 10.0.0.1
ip route get 8.8.8.8 from 10.1.0.1
ip route add default via 10.1.0.254 table 50
ip route get 8.8.8.8 from 10.0.0.1
ip rule add fwmark 7 table 60
ip route add default via 10.1.0.253 table 60
ip route get 8.8.8.8 mark 7
ip route get 8.8.8.8 mark 8
ip route get 10.0.0.1
ip route get 127.0.0.1
ip route get 10.0.0.255
ip route get 255.255.255.255
ip route get 8.8.8.8 oif b0
ip route get 8.8.8.8 tos 0x10
ip route get 8.8.8.8 from 9.9.9.9
ip route get 8.8.8.8 from 10.0.0.77 iif a0
sysctl -w net.ipv4.ip_forward=1
ip route get 8.8.8.8 from 10.0.0.77 iif a0
ip route get 10.1.0.77 from 10.0.0.77 iif a0
ip route get 10.0.0.1 from 10.0.0.77 iif a0
ip route get 172.17.0.1 from 10.0.0.77 iif a0
ip rule add to 172.16.5.0/24 blackhole pref 20
ip route get 172.16.5.6
ip rule add to 172.16.6.0/24 unreachable pref 21
ip route get 172.16.6.6
ip rule add not to 10.0.0.0/8 prohibit pref 22
ip route get 9.9.9.9
ip rule del pref 22
ip rule add iif lo ipproto tcp dport 443 table 50 pref 23
ip route get 9.9.9.9 ipproto tcp dport 443
ip route get 9.9.9.9 ipproto tcp dport 80
ip rule add uidrange 1000-2000 table 60 pref 24
ip route get 9.9.9.9 uid 1500
ip rule
ip rule del from 10.0.0.1
ip rule del table 60
ip rule
ip route show table all
ip route add 172.30.0.0/16 nexthop via 10.0.0.2 weight 3 nexthop via 10.1.0.2 weight 1
ip route show 172.30.0.0/16
ip link set b0 down
ip route show 172.30.0.0/16
ip route
ip link set b0 up
ip route
ip route del 172.30.0.0/16
ip route add 10.0.0.0/25 dev a0 metric 100
ip route add 10.0.0.0/25 dev b0 metric 50
ip route get 10.0.0.7
ip route show 10.0.0.0/25
ip route del 10.0.0.0/25 metric 50
ip route change 10.0.0.0/25 dev b0 metric 100
ip route show 10.0.0.0/25
ip route replace default via 10.0.0.253
ip route add default via 10.0.0.252 metric 10
ip route show default
ip -d route show default
ip route del default via 10.0.0.252
ip route show default"""),
    "bridge-story": (BRIDGE, """bridge link
ip link set p1 netns nosuch
ip link set p2 nomaster
ip link set p2 nomaster
bridge link show dev p2
ip link set p2 master br0 up
bridge -d link show dev p2
bridge link set dev p2 isolated on flood off mcast_flood off
bridge -d link show dev p2
ip link set p2 type bridge_slave isolated off flood on mcast_flood on hairpin on
bridge -j -d link show dev p2
bridge fdb add 02:00:00:00:00:99 dev p1 master static
bridge fdb replace 02:00:00:00:00:99 dev p2 master static
bridge fdb append 02:00:00:00:00:98 dev p1 master
bridge fdb add 02:00:00:00:00:97 dev br0 self
bridge fdb get 02:00:00:00:00:97 br br0
bridge -j fdb get 02:00:00:00:00:99 br br0
bridge fdb add 02:00:00:00:00:96 dev p1 master temp
bridge fdb add 02:00:00:00:00:95 dev p1 master dynamic
bridge fdb add 02:00:00:00:00:94 dev p1 master static sticky
bridge fdb get 02:00:00:00:00:94 br br0
bridge fdb get 02:00:00:00:00:96 br br0
bridge fdb del 02:00:00:00:00:99 dev p1 master
bridge fdb del 02:00:00:00:00:99 dev p2 master
bridge fdb show br p1
brctl show
brctl show
brctl setageing br0 50.5
brctl setfd br0 8
brctl sethello br0 1
brctl setmaxage br0 12
brctl stp br0 off
ip link set br0 address 02:00:00:00:00:ee
brctl show br0
ip link set p1 down
ip link del p1
ip -br link
brctl show
ip link del br0
ip -br link
ip link add name br1 type bridge stp_state 1 foo
ip link add name br1 type bridge stp_state x
ip link add name br1 type bridge forward_delay
ip link add br2 address 02:00:00:00:00:01 mtu 1400 type bridge
ip link show br2
ip link set q2 master br2
ip link show br2
ip link set br2 mtu 1200
ip link show br2
ip link set q2 mtu 1000
ip link show br2
ip link set br2 alias hello
ip -d link show br2 type veth
ip link show br2
ip link set br2 group 9
ip link show group 9
ip link set group 9 up
ip -br link show group 9
ip link del group 9
ip -br link"""),
    "options": (["ip link set lo up"], """ip -4 -o addr
ip -br addr
ip -x addr
ip adr
ip -V
ip -f foo addr
ip -f inet addr show lo
ip -n nosuch addr
ip netns exec nosuch true
ip netns exec
ip netns del nosuch
ip netns foo
ip netns add
ip netns identify foo
ip monitor foo
ip link set lo foo
ip maddr foo"""),
}


def sh(line):
    p = subprocess.run(["ip", "netns", "exec", NS] + shlex.split(line), capture_output=True, text=True, timeout=30, env={"PATH": os.environ["PATH"], "LC_ALL": "C"})
    return p


def version(argv):
    return (subprocess.run(argv, capture_output=True, text=True).stdout or "").strip().split("\n")[0]


def main():
    out = {"tools": [version(["ip", "-V"]), version(["brctl", "--version"]), version(["ifconfig", "-V"]), version(["sysctl", "-V"]), version(["ethtool", "--version"])],
           "kernel": os.uname().release, "groups": []}
    for name, (setup, lines) in GROUPS.items():
        subprocess.run(["ip", "netns", "del", NS], capture_output=True)
        subprocess.run(["ip", "netns", "add", NS], check=True)
        for line in ["sysctl -qw net.ipv6.conf.all.disable_ipv6=1", "sysctl -qw net.ipv6.conf.default.disable_ipv6=1"] + setup:
            assert sh(line).returncode == 0, line
        steps = []
        for line in lines.split("\n"):
            if line.startswith("ip -br link"): time.sleep(1.2)  # the link watch tells of lost carriers once a second
            p = sh(line)
            steps.append({"line": line, "stdout": p.stdout, "stderr": p.stderr, "code": p.returncode})
        out["groups"].append({"name": name, "setup": setup, "steps": steps})
    subprocess.run(["ip", "netns", "del", NS])
    with open(os.path.join(HERE, "recorded.json"), "w") as f:
        json.dump(out, f, indent=1)
        f.write("\n")


main()
