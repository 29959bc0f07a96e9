:filter INPUT
-m comment --comment "why it is here" ; = ; /* why it is here */
-m comment --comment plain ; =
-m limit --limit 10/minute ; -m limit --limit 10/min ; limit: avg 10/min burst 5
-m limit --limit 2/s --limit-burst 9 ; -m limit --limit 2/sec --limit-burst 9
-m length --length 100:200 ; = ; length 100:200
-m ttl --ttl-lt 5 ; = ; TTL match TTL < 5
-m tos --tos 0x10 ; -m tos --tos 0x10/0xff ; tos match0x10/0xff
-m dscp --dscp-class AF11 ; -m dscp --dscp 0x0a ; DSCP match 0x0a
-m statistic --mode nth --every 3 --packet 1 ; = ; statistic mode nth every 3 packet 1
-m statistic --mode random --probability 0.25 ; -m statistic --mode random --probability 0.25000000000
-m recent --rcheck --seconds 60 --name ssh ; -m recent --rcheck --seconds 60 --name ssh --mask 255.255.255.255 --rsource
-m string --string "GET /" --algo bm ; =
-p tcp --syn -m connlimit --connlimit-above 3 ; -p tcp -m tcp --tcp-flags FIN,SYN,RST,ACK SYN -m connlimit --connlimit-above 3 --connlimit-mask 32 --connlimit-saddr ; #conn src/32 > 3
-m connbytes --connbytes 1000: --connbytes-mode bytes --connbytes-dir both ; -m connbytes --connbytes 1000 --connbytes-mode bytes --connbytes-dir both
-m hashlimit --hashlimit-upto 5/min --hashlimit-mode srcip --hashlimit-name h ; -m hashlimit --hashlimit-upto 5/min --hashlimit-burst 5 --hashlimit-mode srcip --hashlimit-name h ; limit: up to 5/min burst 5 mode srcip
:filter OUTPUT
-m owner --uid-owner root ; -m owner --uid-owner 0 ; owner UID match 0
