// Addresses that no port of the network has any more are given back to dnsmasq in the name of those who had them.
import { formatIpv4 } from '../../../addr/ipv4.js'
import { formatMac } from '../../../addr/mac.js'
import type { Agent } from '../../agent.js'
import type { Namespace } from '../namespace.js'
import { readFile } from '../namespace.js'
import type { Port } from '../objects.js'
import type { DhcpProfile } from '../release.js'

const TRIES = 3
const PAUSE_US = 300_000

interface Held {
  readonly address: string
  readonly mac: string
  readonly clientId: string | null
}

export class LeaseReleaser {
  constructor(
    private readonly agent: Agent,
    private readonly namespace: Namespace,
    private readonly device: string,
    private readonly path: (kind: string) => string,
    private readonly profile: DhcpProfile,
  ) {}

  /** `ports` are those that are; the files still say what was. */
  async release(ports: readonly Port[]): Promise<void> {
    const held = new Set(ports.flatMap((port) => port.fixedIps.map(({ address }) => `${formatIpv4(address)} ${formatMac(port.mac)}`)))
    const isGone = ({ address, mac }: Held): boolean => !held.has(`${address} ${mac}`)
    if (!this.profile.leaseFile) {
      for (const lease of this.hosts().filter(isGone)) await this.give(lease)
      return
    }
    for (let i = 0; i < TRIES; i++) {
      const gone = this.leases().filter(isGone)
      if (gone.length === 0) return
      for (const lease of gone) await this.give(lease)
      await this.agent.sleep(PAUSE_US)
    }
  }

  private async give({ address, mac, clientId }: Held): Promise<void> {
    const client = clientId === null ? [] : [clientId]
    await this.namespace.exec(['dhcp_release', this.device, address, mac, ...client], { mayFail: true })
  }

  private hosts(): Held[] {
    return this.lines('host').map((line) => {
      const [mac, , address] = line.split(',')
      return { address: address ?? '', mac: mac ?? '', clientId: null }
    })
  }

  private leases(): Held[] {
    return this.lines('leases').flatMap((line) => {
      const [, mac, address, , clientId] = line.split(' ')
      if (mac === undefined || address === undefined) return []
      return [{ address, mac, clientId: clientId === undefined || clientId === '*' ? null : clientId }]
    })
  }

  private lines(kind: string): string[] {
    return (readFile(this.agent, this.path(kind)) ?? '').split('\n').filter((line) => line !== '')
  }
}
