// A distributed router's floating addresses on the host of their ports: a policy rule in the router's namespace, a route in the fip
// namespace. Which are there is read from the routes; the rules' priorities are remembered in the agent's file.
import { formatIpv4 } from '../../../addr/ipv4.js'
import { FLOATING_TABLE } from '../names.js'
import type { Namespace } from '../namespace.js'
import type { RouterFloatingIp } from '../rpc.js'
import type { FipNamespace } from './fip-namespace.js'
import { addRule, customRules, deleteRule } from './policy-routes.js'

interface FloatingRule {
  readonly fixed: string
  readonly priority: number
}

export class DvrFloating {
  /** By floating address. */
  private readonly rules = new Map<string, FloatingRule>()

  constructor(
    private readonly routerId: string,
    private readonly namespace: Namespace,
  ) {}

  /** What an agent before this one left: rules of addresses that are still here keep their priority, others go. */
  async load(rows: readonly RouterFloatingIp[], fip: FipNamespace): Promise<void> {
    if (!(await this.namespace.exists())) return
    for (const { address, fixedIp } of rows) {
      const floating = formatIpv4(address)
      if (fip.priorities.lookup(floating) === null) await this.addRule(floating, formatIpv4(fixedIp), fip)
      else this.rules.set(floating, { fixed: formatIpv4(fixedIp), priority: fip.priorities.lookup(floating)! })
    }
    const known = [...this.rules.values()]
    for (const rule of customRules(this.namespace)) {
      if (rule.table !== FLOATING_TABLE) continue
      if (!known.some(({ fixed, priority }) => fixed === rule.from && priority === rule.priority)) await deleteRule(this.namespace, rule)
    }
  }

  async add({ address, fixedIp }: RouterFloatingIp, fip: FipNamespace): Promise<void> {
    const floating = formatIpv4(address)
    await this.addRule(floating, formatIpv4(fixedIp), fip)
    await fip.addFloating(this.routerId, floating)
  }

  /** It leads to another port now. False: it does not. */
  async move({ address, fixedIp }: RouterFloatingIp, fip: FipNamespace): Promise<boolean> {
    const floating = formatIpv4(address)
    if (this.rules.get(floating)?.fixed === formatIpv4(fixedIp)) return false
    await this.removeRule(floating, fip)
    await this.addRule(floating, formatIpv4(fixedIp), fip)
    return true
  }

  async remove(floating: string, fip: FipNamespace): Promise<void> {
    await this.removeRule(floating, fip)
    await fip.removeFloating(this.routerId, floating)
  }

  private async addRule(floating: string, fixed: string, fip: FipNamespace): Promise<void> {
    const priority = fip.priorities.allocate(floating)
    this.rules.set(floating, { fixed, priority })
    await addRule(this.namespace, { from: fixed, table: FLOATING_TABLE, priority })
  }

  private async removeRule(floating: string, fip: FipNamespace): Promise<void> {
    const rule = this.rules.get(floating)
    if (rule === undefined) return
    this.rules.delete(floating)
    await deleteRule(this.namespace, { from: rule.fixed, table: FLOATING_TABLE, priority: rule.priority })
    fip.priorities.release(floating)
  }
}
