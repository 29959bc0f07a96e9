# --- servers ---------------------------------------------------------------------------------------------------------------------------

# What of this is told before anything is built.
check_clients() {
  [[ $(declare -f replay) == *$'\nlease '* ]] || return 0
  busybox udhcpc --help >/dev/null 2>&1 || have dhclient || cannot 'leases' 'no DHCP client here' 'servers have the addresses of the lab'
}

# plug_tap NODE TAP GUEST NIC MAC MTU IFINDEX: what the hypervisor does when it starts a server; its tap is the other end of the NIC.
plug_tap() {
  local node=$1 tap=$2 guest=$3 nic=$4 mac=$5 mtu=$6 index=$7
  in_net "$guest" sh -c 'ip link del "$1" 2>/dev/null
    ip link add "$1" index "$2" address "$3" mtu "$4" type veth peer name "$5" mtu "$4" netns "$6" &&
    { ethtool -K "$1" tx off; ip link set lo up; } >/dev/null 2>&1' \
    sh "$nic" "$index" "$mac" "$mtu" "$tap" "${PID_OF[$node]}" ||
    die 1 "$tap of $node could not be made"
}

# lease networkd|dhclient|cirros NIC [ADDRESS [ROUTER]] (in a server): by DHCP, and what it says laid as the image's client does; without a
# client here what the server has in the lab.
lease() {
  local style=$1 nic=$2 address=${3:-} router=${4:-}
  ip link set "$nic" up
  if busybox udhcpc --help >/dev/null 2>&1; then
    lease_script >/run/netlab/lease
    chmod +x /run/netlab/lease
    STYLE=$style busybox udhcpc -n -i "$nic" -t 8 -T 1 -A 1 -O staticroutes -O mtu -p "/run/udhcpc.$nic.pid" -s /run/netlab/lease
  elif command -v dhclient >/dev/null 2>&1; then
    dhclient -1 -pf "/run/dhclient.$nic.pid" -lf "/run/dhclient.$nic.leases" "$nic"
  elif [[ -n $address ]]; then
    ip addr replace "$address" brd + dev "$nic"
    [[ -z $router ]] || ip route replace default via "$router" dev "$nic"
  fi
}

lease_script() {
  cat <<'LEASE'
#!/bin/sh
# With a list of static routes a client looks at no router (RFC 3442).
routes() {
  [ -n "$staticroutes" ] || set -- ${router:+0.0.0.0/0} $router
  while [ $# -ge 2 ]; do
    to=$1
    [ "$1" != 0.0.0.0/0 ] || to=default
    # shellcheck disable=SC2086  # words are wanted
    if [ "$2" = 0.0.0.0 ]; then ip route append "$to" dev "$interface" $how; else ip route append "$to" via "$2" dev "$interface" $how; fi
    shift 2
  done
}
case $1 in
  deconfig)
    ip -4 addr flush dev "$interface"
    ip link set "$interface" up
    ;;
  bound | renew)
    [ "$STYLE" = networkd ] && how="proto dhcp src $ip metric 100" || how=''
    [ -z "$mtu" ] || ip link set "$interface" mtu "$mtu"
    ip -4 addr replace "$ip/$mask" brd "${broadcast:-+}" dev "$interface"
    [ "$1" = renew ] || routes $staticroutes
    : >/etc/resolv.conf
    [ -z "$domain" ] || echo "search $domain" >>/etc/resolv.conf
    for server in $dns; do echo "nameserver $server" >>/etc/resolv.conf; done
    ;;
esac
exit 0
LEASE
}

# start_up PATH <<SCRIPT (in a server): what its owner wants to be run at the first boot.
start_up() {
  mkdir -p "${1%/*}"
  cat >"$1"
  chmod 755 "$1"
  "$1"
}

# metadata_proxy NAMESPACE|- ADDRESS PORT PIDFILE (in a node): in the place of the agents' proxies and the API behind them. It knows a server
# by the address that asks.
metadata_proxy() {
  local namespace=$1 address=$2 port=$3 pid_file=$4 inside=()
  mkdir -p "${pid_file%/*}"
  have_python || return 0
  [[ $namespace == - ]] || inside=(ip netns exec "$namespace")
  metadata_program >/run/netlab/metadata.py
  setsid "${inside[@]}" python3 /run/netlab/metadata.py "$address" "$port" </dev/null >/dev/null 2>&1 &
  printf '%s\n' $! >"$pid_file"
}

metadata_program() {
  cat <<'PYTHON'
import http.server, sys
class Metadata(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        ip = self.client_address[0]
        name = 'host-' + ip.replace('.', '-')
        known = {'local-ipv4': ip, 'hostname': name, 'local-hostname': name}
        path = self.path.strip('/').split('/')
        if path[:1] == ['']: body = 'latest\n'
        elif len(path) == 1: body = 'meta-data\n'
        elif path[1] == 'meta-data' and len(path) == 2: body = ''.join(key + '\n' for key in sorted(known))
        elif path[1] == 'meta-data' and len(path) == 3 and path[2] in known: body = known[path[2]]
        else: return self.send_error(404)
        self.send_response(200)
        self.send_header('Content-Type', 'text/plain')
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())
    def log_message(self, *_): pass
http.server.ThreadingHTTPServer((sys.argv[1], int(sys.argv[2])), Metadata).serve_forever()
PYTHON
}
