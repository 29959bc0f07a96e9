:nat POSTROUTING
-s 10.0.0.0/24 -j SNAT --to 192.0.2.1 ; -s 10.0.0.0/24 -j SNAT --to-source 192.0.2.1 ; to:192.0.2.1
-p udp -j SNAT --to-source 192.0.2.1-192.0.2.9:1024-2048 --random ; = ; to:192.0.2.1-192.0.2.9:1024-2048 random
-j SNAT --to-source 192.0.2.1 --persistent ; =
-j MASQUERADE --random ; = ; random
-p tcp -j MASQUERADE --to-ports 2000-3000 ; = ; masq ports: 2000-3000
-j SNAT ; ! SNAT: option "--to-source" must be specified
-j SNAT --to-source 192.0.2.300 ; ! Bad IP address "192.0.2.300"
:nat PREROUTING
-d 169.254.169.254/32 -p tcp -m tcp --dport 80 -j DNAT --to-destination 10.0.0.1:8775 ; = ; tcp dpt:80 to:10.0.0.1:8775
-p tcp -j REDIRECT --to-port 9697 ; -p tcp -j REDIRECT --to-ports 9697 ; redir ports 9697
-j NETMAP --to 10.4.0.0/24 ; = ; to:10.4.0.0/24
-j SNAT --to-source 192.0.2.1 ; !! Invalid argument. Run `dmesg' for more information.
