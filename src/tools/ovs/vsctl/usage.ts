// What `ovs-vsctl --help` says.

const TEXT = `Work with the configuration of Open vSwitch:
  init                            make an empty configuration if there is none
  show                            tell about bridges, ports and interfaces
  emer-reset                      drop settings, keep bridges and ports

Bridges:
  add-br BRIDGE                   make BRIDGE
  add-br BRIDGE PARENT VLAN       make BRIDGE for one VLAN of PARENT (a "fake bridge")
  del-br BRIDGE                   remove BRIDGE with all of its ports
  list-br                         names of all bridges
  br-exists BRIDGE                exit code 2 when there is no BRIDGE
  br-to-vlan BRIDGE               the VLAN of a fake bridge, 0 of others
  br-to-parent BRIDGE             the bridge that a fake bridge stands on
  br-set-external-id BRIDGE KEY [VALUE]
                                  set KEY, or without VALUE remove it
  br-get-external-id BRIDGE [KEY] the value of KEY, or all

Ports and interfaces (a bond is one port of several interfaces):
  list-ports BRIDGE               names of its ports, without the local one
  add-port BRIDGE PORT [COLUMN[:KEY]=VALUE]...
                                  attach the device PORT
  add-bond BRIDGE PORT IFACE...   attach a bond
  del-port [BRIDGE] PORT          detach PORT
  port-to-br PORT                 the bridge that has PORT
  list-ifaces BRIDGE              names of the interfaces of all its ports
  iface-to-br IFACE               the bridge that has IFACE

Controllers and managers:
  get-controller BRIDGE, del-controller BRIDGE, set-controller BRIDGE TARGET...
  get-fail-mode BRIDGE, del-fail-mode BRIDGE, set-fail-mode BRIDGE standalone|secure
  get-manager, del-manager, set-manager TARGET...
  get-ssl, del-ssl, set-ssl PRIV-KEY CERT CA-CERT

Records of any table:
  list TBL [REC]...               the records, or all
  find TBL COL[:KEY]=VALUE...     those that fulfil all conditions (also != < > <= >=)
  get TBL REC COL[:KEY]...        values
  set TBL REC COL[:KEY]=VALUE...  replace values
  add TBL REC COL [KEY=]VALUE...  add to a set or map
  remove TBL REC COL KEY|VALUE... take out of a set or map
  clear TBL REC COL...            empty columns
  create TBL COL[:KEY]=VALUE...   a new record; --id=@NAME lets other commands of the line refer to it
  destroy TBL REC...              remove records
  wait-until TBL REC [COL[:KEY]=VALUE]...
                                  wait until the conditions hold
Commands joined by -- are one transaction: all takes place or nothing.

Options:
  --db=DATABASE                   where the database listens
                                  (default: unix:/var/run/openvswitch/db.sock)
  --no-wait                       do not wait for ovs-vswitchd
  -t, --timeout=SECS              give up after SECS seconds
  --dry-run                       change nothing
  --oneline                       one line of output a command
  -f, --format=FORMAT             "table", "list", "html", "csv" or "json"
  -d, --data=FORMAT               values as "string", "bare" or "json"
  --no-headings, --pretty, --bare
  -h, --help, -V, --version
`

export function vsctlUsage(name: string): string {
  return `${name}: ovs-vswitchd management utility\nusage: ${name} [OPTIONS] COMMAND [ARG...]\n\n${TEXT}`
}
