:filter FORWARD
-m mac --mac-source FA:16:3E:01:02:03 ; -m mac --mac-source fa:16:3e:01:02:03 ; MAC fa:16:3e:01:02:03
-m mac ! --mac-source 02:00:00:00:00:01 ; = ; MAC ! 02:00:00:00:00:01
-m iprange --src-range 10.0.0.5-10.0.0.9 ! --dst-range 10.1.0.0-10.1.0.255 ; = ; source IP range 10.0.0.5-10.0.0.9 destination IP range ! 10.1.0.0-10.1.0.255
-m addrtype --dst-type LOCAL ; = ; ADDRTYPE match dst-type LOCAL
-m addrtype ! --src-type BROADCAST,UNICAST ; -m addrtype ! --src-type UNICAST,BROADCAST ; ADDRTYPE match src-type !UNICAST,BROADCAST
-m pkttype --pkt-type multicast ; =
