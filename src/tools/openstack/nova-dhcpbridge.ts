// `nova-dhcpbridge`: the script that dnsmasq runs when a lease comes, is kept or goes; it tells nova-network.
import { parseIpv4 } from '../../addr/ipv4.js'
import { flatCloudOn } from '../../cloud/registry.js'
import type { Command } from '../../node/command.js'
import type { Process } from '../../node/process.js'

export const novaDhcpbridge: Command = {
  name: 'nova-dhcpbridge',
  path: '/usr/bin/nova-dhcpbridge',
  usage: 'usage: nova-dhcpbridge add|del|old MAC ADDRESS [HOSTNAME] | init',
  run,
}

function run(proc: Process): number {
  const [action, , address] = proc.argv.slice(1)
  const cloud = flatCloudOn(proc.machine)
  if (cloud === null) {
    proc.error('nova-dhcpbridge: this machine runs no nova-network')
    return 1
  }
  if (action === 'init') {
    proc.out(cloud.leaseFileText())
    return 0
  }
  const ip = parseIpv4(address ?? '')
  if (ip === null || !(action === 'add' || action === 'del' || action === 'old')) {
    proc.error(novaDhcpbridge.usage!)
    return 1
  }
  // `old` tells of a lease that was there before: nova looks it up and changes nothing.
  if (action !== 'old') cloud.leaseChanged(ip, action === 'add')
  return 0
}
