// The rules of a router's namespace by release: metadata, source NAT, floating addresses, address scopes.
import { formatIpv4, formatPrefix } from '../../../addr/ipv4.js'
import { atLeast } from '../../../node/image.js'
import type { Machine } from '../../../node/machine.js'
import type { IptablesManager } from '../../iptables-manager.js'
import type { L3Profile } from '../release.js'
import type { RouterFloatingIp } from '../rpc.js'

export const METADATA_PORT = 9697

const METADATA_MARK = '0x1/0xffff'
/** On what comes in by the gateway. */
const EXTERNAL_MARK = '0x2/0xffff'
/** Of ports without an address scope: the first of the marks that the agent gives out. */
const NO_SCOPE = '0x4000000/0xffff0000'
const SAVE_SCOPE = '-m connmark --mark 0x0/0xffff0000 -j CONNMARK --save-mark --nfmask 0xffff0000 --ctmask 0xffff0000'
const RESTORE_SCOPE = '-m connmark ! --mark 0x0/0xffff0000 -j CONNMARK --restore-mark --nfmask 0xffff0000 --ctmask 0xffff0000'
const FLOATING_TAG = 'floating_ip'

export interface SnatPort {
  readonly device: string
  /** `192.168.0.2` */
  readonly address: string
}

export class RouterRules {
  /** Of each rule that translates a source. */
  readonly suffix: string

  constructor(
    readonly manager: IptablesManager,
    private readonly profile: L3Profile,
    machine: Machine,
    /** Requests for metadata come through this namespace. */
    hasMetadata = true,
  ) {
    this.suffix = profile.snat === 'outgoing' && atLeast(machine.image.tool('iptables'), '1.6.2') ? ' --random-fully' : ''
    if (profile.addressScopes) this.addScopeChains()
    if (hasMetadata && profile.metadataRules === 'mark') this.markMetadata()
  }

  private addScopeChains(): void {
    const { filter } = this.manager
    const mangle = this.manager.table('mangle')
    for (const chain of ['scope', 'floatingip', 'float-snat']) mangle.addChain(chain)
    filter.addChain('scope')
    filter.addRule('FORWARD', '-j $scope')
    mangle.addRule('PREROUTING', '-j $scope')
    mangle.addRule('PREROUTING', RESTORE_SCOPE)
    mangle.addRule('PREROUTING', '-j $floatingip')
    mangle.addRule('float-snat', SAVE_SCOPE)
  }

  /** Before the redirect stands, a request that got so far is dropped for its missing mark. */
  private markMetadata(): void {
    const text = `-d 169.254.169.254/32 -i qr-+ -p tcp -m tcp --dport 80 -j MARK --set-xmark ${METADATA_MARK}`
    this.manager.table('mangle').addRule('PREROUTING', text)
  }

  addMetadata(): void {
    for (const [table, chain, text] of this.metadataRules()) this.manager.table(table).addRule(chain, text)
  }

  removeMetadata(): void {
    for (const [table, chain, text] of this.metadataRules()) this.manager.table(table).removeRule(chain, text)
  }

  private metadataRules(): [table: 'filter' | 'nat', chain: string, text: string][] {
    if (this.profile.metadataRules === 'loopback') {
      return [
        ['filter', 'INPUT', `-s 0.0.0.0/0 -d 127.0.0.1 -p tcp -m tcp --dport ${METADATA_PORT} -j ACCEPT`],
        ['nat', 'PREROUTING', `-s 0.0.0.0/0 -d 169.254.169.254/32 -p tcp -m tcp --dport 80 -j REDIRECT --to-port ${METADATA_PORT}`],
      ]
    }
    return [
      ['filter', 'INPUT', `-m mark --mark ${METADATA_MARK} -j ACCEPT`],
      ['filter', 'INPUT', `-p tcp -m tcp --dport ${METADATA_PORT} -j DROP`],
      ['nat', 'PREROUTING', `-d 169.254.169.254/32 -i qr-+ -p tcp -m tcp --dport 80 -j REDIRECT --to-ports ${METADATA_PORT}`],
    ]
  }

  /** Writes source NAT anew. `cidrs`: the internal addresses with their lengths. */
  setSnat(gateway: SnatPort | null, enabled: boolean, cidrs: readonly string[]): void {
    const { nat } = this.manager
    nat.emptyChain('POSTROUTING')
    nat.emptyChain('snat')
    nat.addRule('snat', '-j $float-snat')
    if (this.profile.snat === 'outgoing') this.setOutgoing(gateway, enabled)
    else if (gateway !== null && enabled) {
      const { device } = gateway
      nat.addRule('POSTROUTING', `! -i ${device} ! -o ${device} -m conntrack ! --ctstate DNAT -j ACCEPT`)
      for (const cidr of cidrs) nat.addRule('snat', `-s ${cidr} -j SNAT --to-source ${gateway.address}`)
    }
  }

  private setOutgoing(gateway: SnatPort | null, enabled: boolean): void {
    const { nat } = this.manager
    const mangle = this.manager.table('mangle')
    mangle.emptyChain('mark')
    mangle.emptyChain('POSTROUTING')
    if (gateway === null) return
    const { device, address } = gateway
    if (enabled) {
      mangle.addRule('POSTROUTING', `-o ${device} ${SAVE_SCOPE}`)
      nat.addRule('snat', `-o ${device} -j SNAT --to-source ${address}${this.suffix}`)
    }
    nat.addRule('POSTROUTING', `! -o ${device} -m conntrack ! --ctstate DNAT -j ACCEPT`)
    // What reached a floating address from inside must come back through the router.
    const hairpin = `-m mark ! --mark ${EXTERNAL_MARK} -m conntrack --ctstate DNAT`
    nat.addRule('snat', `${hairpin} -j SNAT --to-source ${address}${this.suffix}`)
    mangle.addRule('mark', `-i ${device} -j MARK --set-xmark ${EXTERNAL_MARK}`)
  }

  setFloating(rows: readonly RouterFloatingIp[]): void {
    const { nat } = this.manager
    nat.clearTag(FLOATING_TAG)
    for (const row of rows) for (const [chain, text] of this.floatingRules(row)) nat.addRule(chain, text, { tag: FLOATING_TAG })
  }

  private floatingRules(row: RouterFloatingIp): [chain: string, text: string][] {
    const outside = formatIpv4(row.address)
    const inside = formatIpv4(row.fixedIp)
    if (this.profile.snat === 'per-port') {
      return [
        ['PREROUTING', `-d ${outside} -j DNAT --to ${inside}`],
        ['OUTPUT', `-d ${outside} -j DNAT --to ${inside}`],
        ['float-snat', `-s ${inside} -j SNAT --to ${outside}`],
      ]
    }
    return [
      ['PREROUTING', `-d ${outside}/32 -j DNAT --to-destination ${inside}`],
      ['OUTPUT', `-d ${outside}/32 -j DNAT --to-destination ${inside}`],
      ['float-snat', `-s ${inside}/32 -j SNAT --to-source ${outside}${this.suffix}`],
    ]
  }

  /** Nothing of another scope leaves by a device; what the gateway translates may. */
  setScopes(devices: readonly string[], gateway: string | null, snat: boolean): void {
    if (!this.profile.addressScopes) return
    const { filter } = this.manager
    const mangle = this.manager.table('mangle')
    mangle.emptyChain('scope')
    filter.emptyChain('scope')
    for (const device of [...devices, ...(gateway === null ? [] : [gateway])]) {
      mangle.addRule('scope', `-i ${device} -j MARK --set-xmark ${NO_SCOPE}`)
      if (device === gateway && snat) continue
      filter.addRule('scope', `-o ${device} -m mark ! --mark ${NO_SCOPE} -j DROP`)
    }
  }
}

/** `10.10.20.1/24`: the port's address with the subnet's length. */
export function cidrText(address: number, length: number): string {
  return formatPrefix({ address, length })
}
