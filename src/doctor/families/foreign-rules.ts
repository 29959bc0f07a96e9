// Rules that no agent makes: in the cloud's namespaces the built-in chains only lead to the agents' own.
import { ownerOfNetns } from '../../cloud/neutron/names.js'
import { ruleText } from '../../kernel/netfilter/rule-text.js'
import type { Checklist, ObjectRef } from '../item.js'
import { type NeutronView, networkRef, routerRef } from '../neutron-view.js'

const PRINT = { numeric: true, atLeast: () => true, serviceName: () => null }

export function examineForeignRules(view: NeutronView, list: Checklist): void {
  for (const node of view.nodes.values()) {
    for (const [name, netns] of node.machine.netnsNames) {
      const object = objectOf(view, name)
      if (object === null) continue
      for (const table of ['raw', 'mangle', 'filter'] as const) {
        const chains = netns.netfilter.tables.peek(table)?.chains.values() ?? []
        const dropping = [...chains]
          .filter(({ policy }) => policy !== null)
          .flatMap((chain) => chain.rules.filter(isRefusing).map((rule) => `-A ${chain.name}${ruleText(rule, PRINT)}`))
        list.add(
          { node: node.name, netns: name, agent: 'none: somebody typed it', objects: [object] },
          {
            wanted: `nobody but the agents drops packets in ${name} (${table})`,
            found: dropping.length === 0 ? null : dropping.join('; '),
            place: table,
            command: `iptables -t ${table} -S`,
          },
        )
      }
    }
  }
}

function isRefusing({ target }: { readonly target: Parameters<typeof ruleText>[0]['target'] }): boolean {
  if (target.kind === 'standard') return target.verdict === 'DROP'
  return target.kind === 'extension' && target.spec.name === 'REJECT'
}

function objectOf(view: NeutronView, netns: string): ObjectRef | null {
  const { kind, id } = ownerOfNetns(netns)
  if (kind === 'qrouter' || kind === 'snat') {
    const router = view.db.routers.get(id)
    return router === undefined ? null : routerRef(router)
  }
  const network = view.db.networks.get(id)
  return network === undefined ? null : networkRef(network)
}
