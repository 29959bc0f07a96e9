// `ip ntable`: the settings that neighbours of each device and of the namespace go by.
import { type ObjectGrammar, UsageError, type Words } from '../../grammar/keyword.js'
import type { NeighConf } from '../../kernel/conf.js'
import type { NetDevice } from '../../kernel/netdev.js'
import type { IpRun } from './run.js'

interface TableRow {
  readonly family: 'inet' | 'inet6'
  /** Null: what new devices begin with. */
  readonly dev: NetDevice | null
  readonly conf: NeighConf
}

export function ntableObject(name: string): ObjectGrammar<IpRun> {
  return {
    name,
    verbs: [
      {
        names: ['change'],
        list: null,
        hidden: true,
        run: () => {
          throw new UsageError('ip: ntable change: not emulated by netlab (use sysctl net.ipv4.neigh)', 126)
        },
      },
      { names: ['list', 'show', 'lst'], list: null, run: show },
    ],
  }
}

function show(run: IpRun, words: Words): number {
  let only: string | null = null
  while (!words.isDone) {
    if (words.current === 'dev') only = words.next()
    words.advance()
  }
  const { netns, options } = run
  const devices = only === null ? [...netns.devices].reverse() : netns.devices.filter((dev) => dev.name === only)
  if (only !== null && devices.length === 0) throw new UsageError(`Cannot find device "${only}"`, 1)
  const rows = (family: 'inet' | 'inet6'): TableRow[] => [
    ...(only === null ? [{ family, dev: null, conf: family === 'inet' ? netns.neighDefault : netns.neighDefault6 }] : []),
    ...devices.map((dev) => ({ family, dev, conf: family === 'inet' ? dev.neighConf : dev.neighConf6 })),
  ]
  const shown = [...(options.family === 'inet6' ? [] : rows('inet')), ...(options.family === 'inet' ? [] : rows('inet6'))]
  run.host.out(shown.map(rowText).join(''))
  return 0
}

/** What a packet that waits is counted as; the queue is told in packets. */
const PACKET_BYTES = 2096

/** Differs: the kernel draws `reachable` anew between a half and one and a half of `base_reachable`; here it stays that. */
function rowText({ family, dev, conf }: TableRow): string {
  const lines = [
    `${family} ${family === 'inet' ? 'arp_cache' : 'ndisc_cache'} `,
    dev === null ? 'thresh1 128 thresh2 512 thresh3 1024 gc_int 30000 ' : `dev ${dev.name} `,
    `refcnt 1 reachable ${conf.base_reachable_time_ms} base_reachable ${conf.base_reachable_time_ms} retrans ${conf.retrans_time_ms} `,
    `gc_stale ${conf.gc_stale_time * 1000} delay_probe ${conf.delay_first_probe_time * 1000} queue ${Math.floor(conf.unres_qlen_bytes / PACKET_BYTES)} `,
    `app_probes ${conf.app_solicit} ucast_probes ${conf.ucast_solicit} mcast_probes ${conf.mcast_solicit} `,
    `anycast_delay ${conf.anycast_delay * 10} proxy_delay ${conf.proxy_delay * 10} proxy_queue ${conf.proxy_qlen} locktime ${conf.locktime * 10} `,
  ]
  return `${lines.join('\n    ')}\n\n`
}
