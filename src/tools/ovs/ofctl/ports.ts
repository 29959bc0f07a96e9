// dump-ports and mod-port.
import { ownOf } from '../../../grammar/own-of.js'
import type { OfBridge } from '../../../ovs/bridge.js'
import { formatDuration } from '../../../ovs/flow-stats-text.js'
import { OFPP_LOCAL } from '../../../ovs/port-numbers.js'
import { walkOrder } from '../../../ovs/port-order.js'
import { formatPort } from '../../../ovs/port-text.js'
import type { OfPort, PortConfig } from '../../../ovs/ports.js'
import { firstXid, head } from './messages.js'
import { Fatal, type OfctlRun } from './run.js'
import { portNamed } from './show.js'

interface Counters {
  readonly packets: number
  readonly bytes: number
  readonly dropped: number | null
  readonly errors: number | null
}

/** What the switch receives by an internal port is what its device sends. */
function counters(port: OfPort): { rx: Counters; tx: Counters } {
  const { dev, ownStats } = port
  if (dev === null) {
    return {
      rx: { packets: ownStats.rxPackets, bytes: ownStats.rxBytes, dropped: null, errors: null },
      tx: { packets: ownStats.txPackets, bytes: ownStats.txBytes, dropped: null, errors: null },
    }
  }
  const { stats } = dev
  const received = { packets: stats.rxPackets, bytes: stats.rxBytes, dropped: stats.rxDropped, errors: 0 }
  const sent = { packets: stats.txPackets, bytes: stats.txBytes, dropped: stats.txDropped, errors: 0 }
  return port.kind === 'internal' ? { rx: sent, tx: received } : { rx: received, tx: sent }
}

function portCounters(port: OfPort, run: OfctlRun, bridge: OfBridge, hasAge: boolean): string {
  const { rx, tx } = counters(port)
  const known = port.dev !== null
  const other = known ? '0' : '?'
  const name = formatPort(port.ofport, run.printing(bridge))
  const common = (one: Counters) => `pkts=${one.packets}, bytes=${one.bytes}, drop=${one.dropped ?? '?'}, errs=${one.errors ?? '?'}`
  const lines = [
    `  port ${port.ofport < 10 ? ' ' : ''}${name}: rx ${common(rx)}, frame=${other}, over=${other}, crc=${other}`,
    `           tx ${common(tx)}, coll=${other}`,
  ]
  if (hasAge) lines.push(`           duration=${formatDuration(run.nowUs - port.createdUs, run.ovs)}`)
  return `${lines.join('\n')}\n`
}

export function dumpPorts(run: OfctlRun, [name = '', wanted = '']: readonly string[]): number {
  const bridge = run.bridge(name)
  const version = run.versionWith(bridge)
  const number = wanted === '' ? null : portNamed(run, bridge, wanted)
  // LOCAL is there before all others.
  const others = bridge.portList.filter((port) => port !== bridge.localPort).map((port) => port.ofport)
  others.sort((a, b) => a - b)
  const order = walkOrder([OFPP_LOCAL, ...others])
  const ports = order.filter((one) => number === null || one === number).map((one) => bridge.ports.get(one)!)
  const xid = firstXid(run, false) + (wanted !== '' && !/^\d+$/.test(wanted) ? 2 : 0)
  run.proc.out(`${head('OFPST_PORT reply', version, xid)} ${ports.length} ports\n`)
  for (const port of ports) run.proc.out(portCounters(port, run, bridge, version >= '1.3'))
  return 0
}

/** Words of mod-port: which switch, and which way. */
const WORDS: Readonly<Record<string, readonly [keyof PortConfig, boolean] | null>> = {
  up: ['down', false],
  down: ['down', true],
  stp: null,
  receive: ['noReceive', false],
  'receive-stp': null,
  flood: ['noFlood', false],
  forward: ['noForward', false],
  'packet-in': ['noPacketIn', false],
}

export function modPort(run: OfctlRun, [name = '', wanted = '', word = '']: readonly string[]): number {
  const bridge = run.bridge(name)
  const byNumber = /^\d+$/.test(wanted) ? bridge.ports.get(Number(wanted)) : undefined
  const port = byNumber ?? (wanted.toUpperCase() === 'LOCAL' ? bridge.localPort : bridge.portByName(wanted))
  if (port === null || port === undefined) throw new Fatal(`${name}: couldn't find port \`${wanted}'`)
  const not = /^no-?/i.test(word)
  const found = ownOf(WORDS, word.replace(/^no-?/i, '').toLowerCase())
  if (found === undefined) throw new Fatal(`unknown mod-port command '${word}'`)
  if (found === null) return 0
  const [key, on] = found
  port.config[key] = on !== not
  if (key === 'down' && port.dev !== null) setUp(port, !port.config.down)
  bridge.portChanged(port)
  return 0
}

/** PORT_DOWN is the device's own flag. */
function setUp(port: OfPort, up: boolean): void {
  if (up) port.dev!.setUp()
  else port.dev!.setDown()
}
