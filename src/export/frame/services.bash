# --- services of nodes -----------------------------------------------------------------------------------------------------------------

# What runs beside what the agents start, from the table: NODE SERVICE.
start_services() {
  local node service
  while read -r node service; do
    [[ -z $node ]] || on "$node" <<<"serve $service $node"
  done < <(services_table)
}

# serve http|ssh NODE (in a node)
serve() {
  case $1 in
    http) greet "$2" ;;
    ssh) listen 22 "SSH-2.0-netlab no logins here" ;;
    # The API behind an address that nova-network redirects requests for metadata to.
    syslog) write_log ;;
    metadata) metadata_proxy - 0.0.0.0 8775 /run/netlab/metadata.pid ;;
  esac
}

# A web server that says by which address it was asked.
greet() {
  have_python || return 0
  python_program http "$1" <<'PYTHON'
import http.server, sys
class Greeting(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'
    def do_GET(self):
        body = 'hello from web-%s to %s\n' % (sys.argv[1], self.client_address[0])
        self.send_response_only(200)
        self.send_header('Content-Type', 'text/plain')
        self.send_header('Content-Length', str(len(body)))
        self.send_header('Date', self.date_time_string())
        self.end_headers()
        self.wfile.write(body.encode())
    do_POST = do_PUT = do_DELETE = do_HEAD = do_GET
    def log_message(self, *_): pass
class Server(http.server.ThreadingHTTPServer):
    request_queue_size = 128
Server(('0.0.0.0', 80), Greeting).serve_forever()
PYTHON
}

# What daemons tell the system log, in the file and the form of a Debian machine.
write_log() {
  have_python || return 0
  python_program syslog "$(hostname)" <<'PYTHON'
import os, re, socket, sys
if os.path.exists('/dev/log'): os.unlink('/dev/log')
server = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
server.bind('/dev/log')
os.chmod('/dev/log', 0o666)
with open('/var/log/syslog', 'a', buffering=1) as log:
    while True:
        text = server.recv(8192).decode(errors='replace').rstrip('\n\0')
        parts = re.match(r'<\d+>(\w{3} [ \d]\d [\d:]{8}) (.*)', text, re.S)
        if parts: log.write('%s %s %s\n' % (parts[1], sys.argv[1], parts[2]))
PYTHON
}

# listen PORT GREETING: takes connections, says one line, hears until the other side is through.
listen() {
  have_python || return 0
  python_program "listen-$1" "$1" "$2" <<'PYTHON'
import socket, sys, threading
def talk(conn):
    try:
        conn.sendall(sys.argv[2].encode() + b'\r\n')
        while conn.recv(4096): pass
    except OSError: pass
    conn.close()
server = socket.create_server(('0.0.0.0', int(sys.argv[1])), backlog=128)
while True: threading.Thread(target=talk, args=(server.accept()[0],), daemon=True).start()
PYTHON
}

# lease_database PATH (in a node): in the place of nova's lease script, which dnsmasq runs when it starts and at each lease.
lease_database() {
  [[ ! -e $1 ]] || return 0
  printf '#!/bin/sh\nexit 0\n' >"$1"
  chmod 755 "$1"
}

# bring_up NIC (in a node): what /etc/network/interfaces says, where there is no ifup.
bring_up() {
  local word rest inside='' method='' IFACE=$1
  local -A of=()
  export IFACE
  if command -v ifup >/dev/null 2>&1; then
    ifup "$1"
    return
  fi
  while read -r word rest; do
    case $word in
      iface)
        inside=''
        if [[ $rest == "$1 inet "* ]]; then inside=yes method=${rest##* }; fi
        ;;
      auto | allow-hotplug | mapping | source) inside='' ;;
      up | post-up) [[ -z $inside ]] || bash -c "$rest" || return ;;
      ?*) [[ -z $inside ]] || of[$word]=$rest ;;
    esac
  done </etc/network/interfaces
  [[ $method == static ]] || return 0
  ip addr add "${of[address]}${of[netmask]:+/${of[netmask]}}" brd + dev "$1"
  ip link set "$1" up
  [[ -z ${of[gateway]:-} ]] || ip route add default via "${of[gateway]}" dev "$1"
}
