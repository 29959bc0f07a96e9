// `ip monitor`: the kernel's change notifications as they come, in the words of the showing commands.
import { isPrefix, type ObjectGrammar, UsageError, type Words } from '../../grammar/keyword.js'
import type { KernelEvent } from '../../kernel/events.js'
import { readAddress4, readAddress6 } from './address-rows.js'
import { addressEventText } from './address-text.js'
import { formatClock } from './clock.js'
import { readLink } from './link-rows.js'
import { linkTailText, linkText } from './link-text.js'
import { neighText, readNeighbour } from './neigh-rows.js'
import { readRoute } from './route-rows.js'
import { routeText } from './route-text.js'
import { readRule, ruleText } from './rule-rows.js'
import { type IpRun, RunFailed } from './run.js'

const OBJECTS = [
  'link',
  'address',
  'route',
  'mroute',
  'prefix',
  'neighbor',
  'neighbour',
  'netconf',
  'rule',
  'nsid',
  'nexthop',
  'stats',
] as const
type Watched = 'link' | 'address' | 'route' | 'neigh' | 'rule' | 'nothing'

const WATCHED: Readonly<Record<(typeof OBJECTS)[number], Watched>> = {
  link: 'link',
  address: 'address',
  route: 'route',
  mroute: 'nothing',
  prefix: 'nothing',
  neighbor: 'neigh',
  neighbour: 'neigh',
  netconf: 'nothing',
  rule: 'rule',
  nsid: 'nothing',
  nexthop: 'nothing',
  stats: 'nothing',
}

export const monitorObject: ObjectGrammar<IpRun> = { name: 'monitor', verbs: [] }

/** Text of one event, null for what is not asked for. */
function eventText(event: KernelEvent, run: IpRun, watched: ReadonlySet<Watched>): { label: string; text: string } | null {
  const deleted = event.change === 'del' ? 'Deleted ' : ''
  switch (event.kind) {
    case 'link': {
      if (!watched.has('link')) return null
      // Notifications carry neither the link mode nor the queue's length.
      const row = { ...readLink(event.dev, run, { forAddress: true }), txqlen: undefined }
      return { label: 'LINK', text: `${deleted}${linkText(row, run, { hasLinkLine: true })}${linkTailText(row, run)}\n` }
    }
    case 'addr':
      if (!watched.has('address')) return null
      return { label: 'ADDR', text: `${deleted}${addressEventText(event.dev, readAddress4(event.address, run.nowUs), run)}` }
    case 'addr6':
      if (!watched.has('address')) return null
      return { label: 'ADDR', text: `${deleted}${addressEventText(event.dev, readAddress6(event.address), run)}` }
    case 'route':
      if (!watched.has('route')) return null
      return { label: 'ROUTE', text: `${deleted}${routeText(readRoute(event.route, run), run)}` }
    case 'neigh':
    case 'neigh6':
      if (!watched.has('neigh')) return null
      return { label: 'NEIGH', text: `${deleted}${neighText(readNeighbour(event.neighbour, run, false), run)}` }
    case 'rule':
      if (!watched.has('rule')) return null
      return { label: 'RULE', text: `${deleted}${ruleText(readRule(event.rule, run), run)}` }
    case 'fdb':
    case 'netns':
      return null
  }
}

export async function monitor(run: IpRun, words: Words): Promise<number> {
  const watched = new Set<Watched>()
  let labels = false
  for (; !words.isDone; words.advance()) {
    const word = words.current
    if (word === 'help') throw new UsageError(MONITOR_USAGE, 255)
    if (word === 'file') throw new UsageError('ip: monitor file: not emulated by netlab', 126)
    if (isPrefix(word, 'label')) labels = true
    else if (isPrefix(word, 'all-nsid')) continue
    else if (word === 'all') labels = true
    else if (word === 'dev') words.next()
    else {
      const object = OBJECTS.find((name) => isPrefix(word, name))
      if (object === undefined) throw new RunFailed(255, `Argument "${word}" is unknown, try "ip monitor help".`)
      watched.add(WATCHED[object])
    }
  }
  if (watched.size === 0) for (const name of Object.values(WATCHED)) watched.add(name)
  await watch(run, watched, labels)
  return 0
}

async function watch(run: IpRun, watched: ReadonlySet<Watched>, labels: boolean): Promise<void> {
  const { proc } = run.host
  if (proc === null) return
  await proc.wait<never>(() =>
    run.netns.kernel.events.subscribe((event) => {
      if (event.netns !== run.netns) return
      const found = eventText(event, run, watched)
      if (found === null) return
      const clock = run.options.timestamp === 'none' ? '' : `${formatClock(proc.clock, run.options.timestamp)} `
      run.out(
        `${run.options.timestamp === 'long' ? `Timestamp: ${clock.trimEnd()}\n` : clock}${labels ? `[${found.label}]` : ''}${run.fold(found.text)}`,
      )
    }),
  )
}

export const MONITOR_USAGE =
  'Usage: ip monitor [ all | OBJECT ... ] [ label ] [ all-nsid ] [ dev DEVICE ]\nOBJECT := { address | link | neigh | route | rule | ... }'
