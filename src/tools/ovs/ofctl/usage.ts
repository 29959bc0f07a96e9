// What `ovs-ofctl --help` and `man ovs-ofctl` say here: the commands that netlab has, in its own words.

export const OFCTL_USAGE = `ovs-ofctl: looks at and changes an Open vSwitch bridge over OpenFlow
usage: ovs-ofctl [OPTIONS] COMMAND [ARG...]

Bridge
  show BRIDGE                    its datapath id, features and ports
  dump-desc BRIDGE               who made it
  dump-ports BRIDGE [PORT]       counters of ports
  dump-ports-desc BRIDGE [PORT]  what its ports are
  mod-port BRIDGE PORT ACT       ACT: up, down, [no-]flood, [no-]forward, [no-]receive, [no-]packet-in
  dump-tables BRIDGE             flows, lookups and matches of each table
  get-frags BRIDGE               what is done with IP fragments
  set-frags BRIDGE MODE          MODE: normal, drop, nx-match

Flows
  dump-flows BRIDGE [FLOW]       flows, or those that FLOW covers (table=, cookie=V/M, out_port=, fields)
  dump-aggregate BRIDGE [FLOW]   their counters summed
  add-flow BRIDGE FLOW           adds or replaces one
  add-flows BRIDGE FILE          adds those of a file (- is standard input)
  mod-flows BRIDGE FLOW          changes the actions of flows
  del-flows BRIDGE [FLOW]        deletes flows
  replace-flows BRIDGE FILE      makes the flows those of the file
  diff-flows SOURCE1 SOURCE2     compares bridges or files
  parse-flow FLOW                shows how it would be sent
  parse-flows FILE               the same for a file

Groups
  dump-groups BRIDGE [GROUP]     dump-group-stats BRIDGE [GROUP]
  add-group BRIDGE GROUP         add-groups BRIDGE FILE
  mod-group BRIDGE GROUP         del-groups BRIDGE [GROUP]
  insert-buckets BRIDGE GROUP    remove-buckets BRIDGE GROUP

Options
  -O, --protocols=VERSIONS       OpenFlow10, OpenFlow13, ...
  --strict                       mod-flows and del-flows: exactly this match and priority
  --bundle                       all flows of the command or none
  --readd                        replace-flows: flows that have not changed too
  --may-create                   mod-group: make it when it is not there
  --names, --no-names            port names or numbers
  --stats, --no-stats            with counters or without
  --sort[=FIELD], --rsort[=FIELD]  sorts the listing
  -t, --timeout=SECS             gives up after so long
  -F, --flow-format=FORMAT       -m, --more   -h, --help   -V, --version
`
