// The translations of a distributed router's namespace: floating addresses alone; all else is translated in the snat namespace.
import { formatIpv4 } from '../../../addr/ipv4.js'
import type { RouterFloatingIp } from '../rpc.js'
import type { RouterRules } from './router-rules.js'

const FLOATING_TAG = 'floating_ip'

/** What keeps traffic between subnets from being translated: neutron's own rule, or (a vendor's) one for each subnet. */
export type DvrGuard = 'interface' | 'subnets'

export function dvrGuardOf(flags: ReadonlyMap<string, string>): DvrGuard {
  return flags.get('dvr_snat_guard') === 'subnets' ? 'subnets' : 'interface'
}

export class DvrRules {
  constructor(
    private readonly rules: RouterRules,
    private readonly guard: DvrGuard,
  ) {}

  /** `rfp`: null while no floating address is to be translated. */
  setSnat(rfp: string | null, subnets: readonly string[]): void {
    const { nat } = this.rules.manager
    nat.emptyChain('POSTROUTING')
    nat.emptyChain('snat')
    if (rfp === null) return
    nat.addRule('snat', '-j $float-snat')
    if (this.guard === 'interface') nat.addRule('POSTROUTING', `! -o ${rfp} -m conntrack ! --ctstate DNAT -j ACCEPT`)
    else for (const subnet of subnets) nat.addRule('POSTROUTING', `-d ${subnet} -j ACCEPT`)
  }

  setFloating(rfp: string, rows: readonly RouterFloatingIp[]): void {
    const { nat } = this.rules.manager
    nat.clearTag(FLOATING_TAG)
    const tagged = { tag: FLOATING_TAG }
    for (const row of rows) {
      const outside = formatIpv4(row.address)
      const inside = formatIpv4(row.fixedIp)
      nat.addRule('PREROUTING', `-d ${outside}/32 -i ${rfp} -j DNAT --to-destination ${inside}`, tagged)
      nat.addRule('float-snat', `-s ${inside}/32 -j SNAT --to-source ${outside}${this.rules.suffix}`, tagged)
    }
  }
}
