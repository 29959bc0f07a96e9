:filter INPUT
-p icmp --icmp-type echo-request ; -p icmp -m icmp --icmp-type 8 ; icmptype 8
-p icmp --icmp-type 3/4 ; -p icmp -m icmp --icmp-type 3/4 ; icmptype 3 code 4
-p icmp ! --icmp-type ping ; -p icmp -m icmp ! --icmp-type 8 ; icmp !type 8
-p icmp -m icmp --icmp-type any ; = ; icmptype 255
