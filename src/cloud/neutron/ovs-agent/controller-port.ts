// Where the agent waits for its switch: bridges of the native driver connect to it as OpenFlow controller.
import { parseIpv4 } from '../../../addr/ipv4.js'
import { openTcp } from '../../../node/net-api.js'
import type { Process } from '../../../node/process.js'

const OPENFLOW_PORT = 6633

export function listenForSwitch(proc: Process): void {
  const listener = openTcp(proc)
  listener.reuseAddress = true
  const errno = listener.bind(parseIpv4('127.0.0.1')!, OPENFLOW_PORT) ?? listener.listen(50)
  if (errno !== null) proc.machine.syslog('user', 'neutron-openvswitch-agent', proc.pid, `cannot listen on port ${OPENFLOW_PORT}: ${errno}`)
}
