// Which name servers dnsmasq asks: those of its command line and of the resolv-file, itself left out.
import type { Ipv4Address } from '../../../addr/ipv4.js'
import { formatIpv4, parseIpv4 } from '../../../addr/ipv4.js'
import type { Process } from '../../process.js'
import type { DnsmasqConfig } from './options.js'

/** The resolv-file is looked at all the time, and read when it has changed: at the start, and then seldom. */
export class Upstream {
  private servers: Ipv4Address[] = []
  private text: string | null | undefined

  read(proc: Process, config: DnsmasqConfig, log: (text: string) => void): Ipv4Address[] {
    const hasFile = !config.given.has('no-resolv') && proc.files.exists(config.resolvFile)
    const text = hasFile ? proc.files.read(config.resolvFile) : null
    if (text !== this.text || config.given.has('no-poll')) this.servers = serversOf(proc, config, text, log)
    this.text = text
    return this.servers
  }
}

function serversOf(proc: Process, config: DnsmasqConfig, text: string | null, log: (text: string) => void): Ipv4Address[] {
  const servers: Ipv4Address[] = [...config.servers]
  if (text !== null) {
    log(`reading ${config.resolvFile}`)
    for (const line of text.split('\n')) {
      const address = parseIpv4(/^nameserver\s+(\S+)/.exec(line)?.[1] ?? '')
      if (address === null) continue
      if (proc.netns.devices.some((dev) => dev.addresses.some((own) => own.local === address))) {
        log(`ignoring nameserver ${formatIpv4(address)} - local interface`)
      } else servers.push(address)
    }
  }
  for (const server of servers) log(`using nameserver ${formatIpv4(server)}#53`)
  return servers
}
