// Help of `conntrack`.

export function conntrackUsage(version: string): string {
  return `Command line interface for the connection tracking system. Version ${version}
Usage: conntrack [commands] [options]

Commands:
  -L [table] [options]		show the connections (or expectations)
  -G [table] parameters		show one of them
  -D [table] parameters		delete those that fit
  -I [table] parameters		make one by hand
  -U [table] parameters		change those that fit
  -E [table] [options]		show what happens, as it happens
  -F [table]			delete all
  -C [table]			count them
  -S				counters of the tracker

Tables: conntrack, expect, dying, unconfirmed

Parameters and options:
  -s, --src, --orig-src ip		source of the first packet
  -d, --dst, --orig-dst ip		its destination
  -r, --reply-src ip			source of the answer
  -q, --reply-dst ip			its destination
  -p, --protonum proto			tcp, udp, icmp, ... or a number
      --sport, --dport port		with -p tcp, udp: ports (also --orig-port-src, --reply-port-dst, ...)
      --state state			with -p tcp: ESTABLISHED, TIME_WAIT, ...
      --icmp-type, --icmp-id number	with -p icmp
  -f, --family proto			ipv4 or ipv6
  -t, --timeout seconds			for -I and -U
  -u, --status status			ASSURED, SEEN_REPLY, UNSET
  -m, --mark mark[/mask]		its mark
  -n, --src-nat [ip]			translated source
  -g, --dst-nat [ip]			translated destination
  -j, --any-nat [ip]			either
  -w, --zone value			its zone (--orig-zone, --reply-zone)
  -e, --event-mask mask			NEW, UPDATES, DESTROY, ALL
  -o, --output type[,...]		extended, id, timestamp, xml
  -z, --zero				clear counters while listing

`
}
