:filter INPUT
-p tcp -m multiport --dports 80,443 ; = ; multiport dports 80,443
-p udp -m multiport ! --sports 53,1024:2048 ; = ; multiport sports  !53,1024:2048
-p tcp -m multiport --ports ssh,http ; -p tcp -m multiport --ports 22,80
-m multiport --dports 1 ; ! multiport needs `-p tcp', `-p udp', `-p udplite', `-p sctp' or `-p dccp'
