// dhcp_release (dnsmasq-utils): tells the DHCP server of this machine that a client gives its address back.
import { formatIpv4, maskOf, parseIpv4 } from '../../addr/ipv4.js'
import { formatMac, parseMac } from '../../addr/mac.js'
import { errnoText } from '../../kernel/errno.js'
import type { Command } from '../../node/command.js'
import { openUdp } from '../../node/net-api.js'
import type { Process } from '../../node/process.js'
import {
  addressOption,
  BOOTREQUEST,
  bytesOption,
  DHCP_SERVER_PORT,
  DHCPRELEASE,
  DHO_CLIENT_IDENTIFIER,
  DHO_MESSAGE_TYPE,
  DHO_SERVER_IDENTIFIER,
  DhcpMessage,
  encodeDhcp,
  numberOption,
} from '../../wire/dhcp.js'

export const dhcpRelease: Command = { name: 'dhcp_release', path: '/usr/bin/dhcp_release', run: runDhcpRelease, changes: true }

function runDhcpRelease(proc: Process): number {
  const [device, addressText, macText, clientId] = proc.argv.slice(1)
  if (device === undefined || addressText === undefined || macText === undefined) {
    proc.error('usage: dhcp_release <interface> <addr> <mac> [<client_id>]')
    return 1
  }
  const dev = proc.netns.deviceByName(device)
  if (dev === null) {
    proc.error(`cannot setup interface: No such device`)
    return 1
  }
  const address = parseIpv4(addressText)
  const mac = parseMac(macText)
  if (address === null || mac === null) {
    proc.error(address === null ? `dhcp_release: invalid ip address: ${addressText}` : `dhcp_release: invalid hardware address: ${macText}`)
    return 1
  }
  const own = dev.addresses.find((candidate) => ((candidate.local ^ address) & maskOf(candidate.length)) === 0)
  if (own === undefined) {
    proc.error(`dhcp_release: no address of ${device} in the network of ${formatIpv4(address)}`)
    return 1
  }
  const options = [numberOption(DHO_MESSAGE_TYPE, DHCPRELEASE, 1), addressOption(DHO_SERVER_IDENTIFIER, own.local)]
  if (clientId !== undefined && clientId !== '*') {
    const hex = clientId.split(':').map((pair) => Number.parseInt(pair, 16))
    options.push(bytesOption(DHO_CLIENT_IDENTIFIER, hex.some(Number.isNaN) ? macBytes(mac) : hex))
  }
  const message = new DhcpMessage({ op: BOOTREQUEST, xid: proc.random.uint32(), ciaddr: address, chaddr: mac, options })
  const socket = openUdp(proc)
  socket.boundIfindex = dev.ifindex
  const errno = socket.sendTo(encodeDhcp(message), own.local, DHCP_SERVER_PORT)
  if (errno === null) return 0
  proc.error(`dhcp_release: sendto: ${errnoText(errno)}`)
  return 1
}

function macBytes(mac: number): number[] {
  return [
    1,
    ...formatMac(mac)
      .split(':')
      .map((pair) => Number.parseInt(pair, 16)),
  ]
}
