:filter OUTPUT
-p udp --dport 67:68 ; -p udp -m udp --dport 67:68 ; udp dpts:67:68
-p udp --sport domain ; -p udp -m udp --sport 53 ; udp spt:53
-p udp -m udp ! --dport 53 ; =
