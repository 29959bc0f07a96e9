:raw PREROUTING
-j CT --zone 12 ; = ; CT zone 12
-j CT --notrack ; = ; CT notrack
-j NOTRACK ; = ; NOTRACK
-j CT --zone 70000 ; ! Cannot parse 70000 as a zone ID
:mangle POSTROUTING
-p udp -m udp --dport 68 -j CHECKSUM --checksum-fill ; = ; udp dpt:68 CHECKSUM fill
-p tcp -m tcp --tcp-flags SYN,RST SYN -j TCPMSS --clamp-mss-to-pmtu ; = ; tcp flags:0x06/0x02 TCPMSS clamp to PMTU
-j TTL --ttl-dec 2 ; = ; TTL decrement by 2
-j TOS --set-tos 0x08 ; -j TOS --set-tos 0x08/0xff ; TOS set 0x08/0xff
-j DSCP --set-dscp 10 ; -j DSCP --set-dscp 0x0a ; DSCP set 0x0a
