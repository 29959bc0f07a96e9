// Daemons that a scenario may have running on a node from the start: a small web server that says who asked, Open vSwitch, and sshd.
import { formatIpv4 } from '../addr/ipv4.js'
import { type HttpReply, type HttpRequest, startHttpServer } from '../node/daemons/http.js'
import { startOpenvswitch } from '../node/daemons/openvswitch.js'
import { startSshd } from '../node/daemons/sshd.js'
import type { Machine } from '../node/machine.js'
import type { ServiceName } from './service-names.js'

const HTTP_PORT = 80

export function startService(name: ServiceName, machine: Machine): void {
  switch (name) {
    case 'http':
      startHttpServer(machine, { address: 0, port: HTTP_PORT, argv: ['/usr/sbin/httpd'] }, (request) => greeting(machine, request))
      break
    case 'openvswitch':
      startOpenvswitch(machine)
      break
    case 'ssh':
      startSshd(machine)
  }
}

/** Tells the client by which address it was seen: what NAT did on the way shows. */
function greeting(machine: Machine, request: HttpRequest): HttpReply {
  const body = `hello from web-${machine.name} to ${formatIpv4(request.from)}\n`
  return { status: 200, body, headers: [['Content-Type', 'text/plain']] }
}
