// `bridge link`: ports and their settings.
import { type KeywordList, type ObjectGrammar, parseKeywords, UsageError, type Words } from '../../grammar/keyword.js'
import type { BridgePort, PortState } from '../../kernel/dev/bridge-port.js'
import { KernelError } from '../../kernel/errno.js'
import type { NetDevice } from '../../kernel/netdev.js'
import type { Row } from '../ip/json.js'
import { PORT_SWITCHES, portOf } from '../ip/kinds/bridge-slave.js'
import { type LinkRow, readLink } from '../ip/link-rows.js'
import { nameWithLink } from '../ip/link-text.js'
import { parseU32 } from '../ip/names.js'
import { type IpRun, RunFailed } from '../ip/run.js'
import { bridgeChange } from './fdb.js'

const STATES: readonly PortState[] = ['disabled', 'listening', 'learning', 'forwarding', 'blocking']

class PortWords {
  dev: string | null = null
  readonly changes: ((port: BridgePort) => void)[] = []
  constructor(readonly run: IpRun) {}
}

function onOff(key: string, word: string): boolean {
  if (word === 'on' || word === 'off') return word === 'on'
  throw new UsageError(`Error: argument of "${key}" must be one of "off", "on", not "${word}"`, 234)
}

function number(words: Words): number {
  const value = parseU32(words.next())
  if (value === null) throw new UsageError('', 255)
  return value
}

function setState(port: BridgePort, state: PortState | undefined): void {
  if (state === undefined) throw new KernelError('EINVAL')
  if (!port.bridge.isUp || !port.dev.isRunning) throw new KernelError('ENETDOWN')
  if (port.bridge.stp) throw new KernelError('EBUSY')
  port.state = state
}

const SET_KEYWORDS: KeywordList<PortWords> = {
  keywords: [
    { name: 'dev', value: 'DEVICE', completes: 'device', take: (state, words) => (state.dev = words.next()) },
    {
      name: 'cost',
      value: 'COST',
      take: (state, words) => {
        const cost = number(words)
        state.changes.push((port) => (port.pathCost = cost))
      },
    },
    {
      name: 'priority',
      value: 'PRIO',
      take: (state, words) => {
        const priority = number(words)
        state.changes.push((port) => (port.priority = priority))
      },
    },
    {
      name: 'state',
      value: 'STATE',
      completes: STATES,
      take: (state, words) => {
        const word = words.next()
        // A number goes to the kernel as it is.
        const isNumber = /^\d+$/.test(word)
        const wanted = isNumber ? STATES[Number(word)] : STATES.find((name) => name === word.toLowerCase())
        if (wanted === undefined && !isNumber) throw new UsageError('Error: invalid STP port state', 255)
        state.changes.push((port) => setState(port, wanted))
      },
    },
    ...Object.entries(PORT_SWITCHES)
      .filter(([name]) => name !== 'mcast_fast_leave' && name !== 'proxy_arp')
      .map(([name, key]) => ({
        name,
        value: '{ on | off }',
        completes: ['on', 'off'],
        take: (state: PortWords, words: Words) => {
          const on = onOff(name, words.next())
          state.changes.push((port) => (port[key] = on))
        },
      })),
    { name: 'self', hidden: true, take: () => {} },
    { name: 'master', hidden: true, take: () => {} },
  ],
  operand: null,
  rest: () => {
    throw new UsageError('', 255)
  },
}

const SHOW_KEYWORDS: KeywordList<{ dev: string | null }> = {
  keywords: [{ name: 'dev', value: 'DEVICE', completes: 'device', take: (state, words) => (state.dev = words.next()) }],
  operand: null,
  rest: (state, words) => {
    state.dev = words.current
  },
}

export const linkObject: ObjectGrammar<IpRun> = {
  name: 'link',
  verbs: [
    { names: ['set', 'change'], list: SET_KEYWORDS, run: (run, words) => set(run, words) },
    { names: ['show', 'lst', 'list'], list: SHOW_KEYWORDS, run: (run, words) => show(run, words) },
  ],
}

function set(run: IpRun, words: Words): number {
  const given = parseKeywords(words, SET_KEYWORDS, new PortWords(run))
  if (given.dev === null) throw new RunFailed(255, 'Device is a required argument.')
  const dev = run.netns.deviceByName(given.dev)
  if (dev === null) throw new RunFailed(255, `Cannot find bridge device "${given.dev}"`)
  return bridgeChange(run, () => {
    const port = portOf(dev)
    if (port === null) throw new KernelError('EOPNOTSUPP')
    for (const change of given.changes) change(port)
    dev.changed()
  })
}

/** What `bridge link` knows of a port. */
export function readPortLink(link: LinkRow, port: BridgePort, details: boolean): Row {
  const { ifindex, ifname, mtu, master } = link
  // br_fill_ifinfo leaves out a peer whose number is the port's own.
  const isTold = link.link_index !== ifindex
  const peer = isTold ? peerHere(link, port) : null
  // The dump of AF_BRIDGE lacks the namespace of the other end: its number is looked up here, whoever has it.
  const flags = peer !== null && link.link_index !== undefined && !peer.isUp ? [...link.flags, 'M-DOWN'] : link.flags
  return {
    ifindex,
    link: peer?.name ?? link.link,
    link_index: peer === null && isTold ? link.link_index : undefined,
    ifname,
    flags,
    mtu,
    master,
    state: port.state,
    priority: port.priority,
    cost: port.pathCost,
    ...(details ? portDetails(port) : {}),
  }
}

function peerHere(link: LinkRow, port: BridgePort): NetDevice | null {
  return link.link_index === undefined ? null : port.dev.netns.deviceByIndex(link.link_index)
}

function portDetails(port: BridgePort): Row {
  return {
    hairpin: port.hairpin,
    guard: port.guard,
    root_block: port.rootBlock,
    fastleave: port.fastLeave,
    learning: port.learning,
    flood: port.flood,
    mcast_flood: port.multicastFlood,
    bcast_flood: port.broadcastFlood,
    mcast_router: 1,
    mcast_to_unicast: false,
    neigh_suppress: port.neighSuppress,
    vlan_tunnel: false,
    isolated: port.isolated,
    locked: false,
  }
}

const BASIC_KEYS: readonly string[] = ['ifindex', 'link', 'link_index', 'ifname', 'flags', 'mtu', 'master', 'state', 'priority', 'cost']

function portText(row: Row, run: IpRun): string {
  const link = row as unknown as LinkRow
  const name = run.paint('ifname', `${nameWithLink(link)}: `)
  let text = `${link.ifindex}: ${name}<${link.flags.join(',')}> mtu ${link.mtu} master ${link.master} `
  text += `state ${row['state']} priority ${row['priority']} cost ${row['cost']} `
  const details = Object.entries(row).filter(([key]) => !BASIC_KEYS.includes(key))
  if (details.length > 0) {
    text += '\n    '
    for (const [key, value] of details) text += `${key} ${value === true ? 'on' : value === false ? 'off' : value} `
  }
  return `${text}\n`
}

function show(run: IpRun, words: Words): number {
  const { dev: name } = parseKeywords(words, SHOW_KEYWORDS, { dev: null as string | null })
  const only = name === null ? null : run.netns.deviceByName(name)
  if (name !== null && only === null) throw new RunFailed(255, `Cannot find device "${name}"`)
  const rows: Row[] = []
  for (const dev of run.netns.devices) {
    const port = portOf(dev)
    if (port !== null && (only === null || dev === only))
      rows.push(readPortLink(readLink(dev, run, { forAddress: false }), port, run.options.details))
  }
  run.show(rows, (row) => portText(row, run))
  return 0
}
