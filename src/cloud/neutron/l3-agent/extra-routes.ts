// A router's extra routes, brought to what the server says.
import { formatIpv4, formatPrefix } from '../../../addr/ipv4.js'
import type { Namespace } from '../namespace.js'
import type { HostRoute } from '../objects.js'

export type RouteChange = 'replace' | 'delete'

export class ExtraRoutes {
  private present: readonly HostRoute[] = []

  constructor(private readonly change: (operation: RouteChange, route: HostRoute) => Promise<void>) {}

  async update(wanted: readonly HostRoute[]): Promise<void> {
    await this.between(this.present, wanted)
    this.present = wanted
  }

  /** All of them anew, for a namespace that has just come. */
  repeat(wanted: readonly HostRoute[]): Promise<void> {
    return this.between([], wanted)
  }

  private async between(present: readonly HostRoute[], wanted: readonly HostRoute[]): Promise<void> {
    const added = wanted.filter((route) => !present.some((old) => keyOf(old) === keyOf(route)))
    const removed = present.filter((old) => !wanted.some((route) => keyOf(old) === keyOf(route)))
    for (const route of added) await this.change('replace', route)
    for (const route of removed) {
      const isReplaced = added.some(({ destination }) => formatPrefix(destination) === formatPrefix(route.destination))
      if (!isReplaced) await this.change('delete', route)
    }
  }
}

/** `table`: the namespace's main one when missing. */
export async function typeRoute(namespace: Namespace, operation: RouteChange, route: HostRoute, table?: string): Promise<void> {
  const words = ['ip', 'route', operation, 'to', formatPrefix(route.destination), 'via', formatIpv4(route.nextHop)]
  await namespace.exec(table === undefined ? words : [...words, 'table', table], { mayFail: true })
}

function keyOf({ destination, nextHop }: HostRoute): string {
  return `${formatPrefix(destination)} ${formatIpv4(nextHop)}`
}
