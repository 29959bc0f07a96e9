# addresses, devices, protocol; checked against iptables 1.8.9 (legacy)
:filter FORWARD
-s 192.168.7.9 ; -s 192.168.7.9/32
-d 192.168.7.9/22 ; -d 192.168.4.0/22
! -s 172.20.0.0/255.255.0.0 ; ! -s 172.20.0.0/16
-d 0.0.0.0/0 -s 1.2.3.4/0 ; =empty
-i tap+ -o qbr1 ; =
! -o br100 ; =
-p TCP ; -p tcp
-p 6 ! -i lo ; ! -i lo -p tcp
-p 253 ; =
! -p icmp ; =
-f ; =
! -f ; =
-s 10.1.1.1,10.1.1.2 ; -s 10.1.1.1/32|-s 10.1.1.2/32
-s 10.1.1.1,10.1.1.2 -d 10.2.0.1,10.2.0.2 ; -s 10.1.1.1/32 -d 10.2.0.1/32|-s 10.1.1.1/32 -d 10.2.0.2/32|-s 10.1.1.2/32 -d 10.2.0.1/32|-s 10.1.1.2/32 -d 10.2.0.2/32
! -s 10.1.1.1,10.1.1.2 ; ! ! not allowed with multiple source or destination IP addresses
-s 10.1.1.400 ; ! host/network `10.1.1.400' not found
-s 10.1.1.4/40 ; ! invalid mask `40' specified
-p nothing ; ! unknown protocol "nothing" specified
-i averyveryverylongname ; ! interface name `averyveryverylongname' must be shorter than IFNAMSIZ (15)
