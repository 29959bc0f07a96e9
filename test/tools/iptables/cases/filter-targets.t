:filter INPUT
-j DROP ; = ;
-j REJECT ; -j REJECT --reject-with icmp-port-unreachable ; reject-with icmp-port-unreachable
-p tcp -j REJECT --reject-with tcp-reset ; =
-j REJECT --reject-with host-prohib ; -j REJECT --reject-with icmp-host-prohibited
-j REJECT --reject-with tcp-reset ; !! Invalid argument. Run `dmesg' for more information.
-j LOG --log-prefix "in: " --log-level debug ; -j LOG --log-prefix "in: " --log-level 7 ; LOG flags 0 level 7 prefix "in: "
-j NOWHERE ; ! Couldn't load target `NOWHERE':No such file or directory
-j MASQUERADE ; !! Invalid argument. Run `dmesg' for more information.
