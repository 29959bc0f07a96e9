# --- Open vSwitch (in the nodes) -------------------------------------------------------------------------------------------------------

# A lab whose nodes have it is nothing without it.
check_openvswitch() {
  local tool lacking=()
  [[ $(declare -f replay) == *start_openvswitch* ]] || return 0
  for tool in ovsdb-tool ovsdb-server ovs-vswitchd ovs-vsctl ovs-ofctl; do have "$tool" || lacking+=("$tool"); done
  ((${#lacking[@]} == 0)) || die 3 "programs of Open vSwitch are missing: ${lacking[*]} (Debian: openvswitch-switch)"
  [[ -c /dev/net/tun ]] || die 3 'there is no /dev/net/tun: bridges of Open vSwitch have no devices without it'
}

# start_openvswitch UUID|- COLUMN=VALUE...: daemons and a database of the node's own, as the service of a distribution starts them. UUID is
# that of the database's first row in the lab.
start_openvswitch() {
  local uuid=$1 run=/var/run/openvswitch db=/etc/openvswitch/conf.db version
  shift
  mkdir -p "$run" /var/log/openvswitch /etc/openvswitch
  rm -rf "$db" "$run"/* /var/log/openvswitch/*
  ovsdb-tool create "$db" || return
  [[ $uuid == - ]] ||
    ovsdb-tool transact "$db" "[\"Open_vSwitch\",{\"op\":\"insert\",\"table\":\"Open_vSwitch\",\"uuid\":\"$uuid\",\"row\":{}}]" >/dev/null || return
  ovsdb-server "$db" -vconsole:emer -vsyslog:err -vfile:info --remote=punix:$run/db.sock --remote=db:Open_vSwitch,Open_vSwitch,manager_options \
    --no-chdir --log-file=/var/log/openvswitch/ovsdb-server.log --pidfile=$run/ovsdb-server.pid --detach || return
  version=$(ovs-vswitchd --version) version=${version%%$'\n'*} version=${version##* }
  ovs-vsctl --no-wait -- init -- set Open_vSwitch . "ovs_version=$version" "$@" || return
  ovs-vswitchd unix:$run/db.sock -vconsole:emer -vsyslog:err -vfile:info \
    --no-chdir --log-file=/var/log/openvswitch/ovs-vswitchd.log --pidfile=$run/ovs-vswitchd.pid --detach
}

# lay_underlay NIC BRIDGE: a bridge for the address of tunnels' packets.
lay_underlay() {
  ovs-vsctl -- --may-exist add-br "$2" -- set Bridge "$2" datapath_type=netdev -- --may-exist add-port "$2" "$1" &&
    ip link set "$2" up
}

# look_for ADDRESS...: so that the switch has its neighbours.
look_for() {
  local address
  for address; do ping -c 2 -i 0.2 -W 1 "$address" >/dev/null & done
  wait
}

# openflow_controller ADDRESS PORT: the agent's end of the bridges' connections. It greets and says that it is alive, nothing else.
openflow_controller() {
  [[ ! -e /run/netlab/controller ]] || return 0
  have_python || return 0
  : >/run/netlab/controller
  python_program controller "$@" <<'PYTHON'
import socket, struct, sys, threading
def take(conn, size):
    data = b''
    while len(data) < size:
        more = conn.recv(size - len(data))
        if not more: raise OSError
        data += more
    return data
def talk(conn):
    try:
        conn.sendall(struct.pack('!BBHI', 4, 0, 8, 1))
        version = 4
        while True:
            theirs, kind, size, xid = struct.unpack('!BBHI', take(conn, 8))
            body = take(conn, size - 8)
            if kind == 0: version = min(version, theirs)
            if kind == 2: conn.sendall(struct.pack('!BBHI', version, 3, size, xid) + body)
    except OSError:
        conn.close()
server = socket.create_server((sys.argv[1], int(sys.argv[2])))
while True: threading.Thread(target=talk, args=server.accept()[:1], daemon=True).start()
PYTHON
}

# database_client ADDRESS PORT: the agent's connection to the database, which answers when it is asked whether it is alive.
database_client() {
  have_python || return 0
  python_program client "$@" <<'PYTHON'
import json, socket, sys, time
while True:
    try:
        conn = socket.create_connection((sys.argv[1], int(sys.argv[2])))
        text, decoder = '', json.JSONDecoder()
        while True:
            data = conn.recv(65536)
            if not data: raise OSError
            text += data.decode()
            while text:
                try: message, end = decoder.raw_decode(text)
                except ValueError: break
                text = text[end:].lstrip()
                if message.get('method') == 'echo':
                    conn.sendall(json.dumps({'id': message['id'], 'result': message['params'], 'error': None}).encode())
    except OSError:
        time.sleep(1)
PYTHON
}

have_python() { command -v python3 >/dev/null 2>&1; }

# python_program NAME WORDS... <<PROGRAM: runs beside, in the namespace that it is called in.
python_program() {
  local name=$1
  shift
  cat >"/run/netlab/netlab-$name.py"
  setsid python3 "/run/netlab/netlab-$name.py" "$@" </dev/null >/dev/null 2>>"/run/netlab/$name.err" &
}
