// `bridge fdb`: forwarding entries shown, added, deleted.
import { type Ipv4Address, parseIpv4 } from '../../addr/ipv4.js'
import { type MacAddress, parseMac } from '../../addr/mac.js'
import {
  duplicateOrGarbage,
  isPrefix,
  type KeywordList,
  type ObjectGrammar,
  parseKeywords,
  UsageError,
  type Words,
} from '../../grammar/keyword.js'
import { BridgeDevice } from '../../kernel/dev/bridge.js'
import type { BridgePort } from '../../kernel/dev/bridge-port.js'
import { VxlanDevice } from '../../kernel/dev/vxlan.js'
import type { VxlanRemote } from '../../kernel/dev/vxlan-fdb.js'
import { KernelError } from '../../kernel/errno.js'
import type { NetDevice } from '../../kernel/netdev.js'
import { portOf } from '../ip/kinds/bridge-slave.js'
import { parseU32 } from '../ip/names.js'
import { type IpRun, RunFailed } from '../ip/run.js'
import { fdbText, readEntry, readFdb } from './fdb-rows.js'

class FdbWords {
  mac: MacAddress | null = null
  dev: string | null = null
  bridge: string | null = null
  isSelf = false
  isMaster = false
  sticky = false
  kind: 'local' | 'static' | 'dynamic' = 'local'
  /** Of a tunnel device's entry: the remote end, null when none was given. */
  dst: Ipv4Address | null = null
  port = 0
  vni = 0
  via: NetDevice | null = null
  constructor(readonly run: IpRun) {}
}

function notEmulated(what: string): never {
  throw new UsageError(`bridge: ${what}: not emulated by netlab`, 126)
}

function address(word: string): Ipv4Address {
  const value = parseIpv4(word)
  if (value === null && word.includes(':')) notEmulated('fdb dst over IPv6')
  if (value === null) throw new RunFailed(1, `Error: any valid address is expected rather than "${word}".`)
  return value
}

function port(word: string): number {
  const value = parseU32(word)
  if (value === null || value > 65535) throw new RunFailed(255, `Invalid port`)
  return value
}

function vni(word: string): number {
  const value = parseU32(word)
  if (value === null || value >= 1 << 24) throw new RunFailed(255, 'Invalid VNI')
  return value
}

const CHANGE_KEYWORDS: KeywordList<FdbWords> = {
  keywords: [
    { name: 'dev', value: 'DEVICE', completes: 'device', take: (state, words) => (state.dev = words.next()) },
    { name: 'br', value: 'BRIDGE', completes: 'device', hidden: true, take: (state, words) => (state.bridge = words.next()) },
    { name: 'brport', value: 'DEVICE', hidden: true, completes: 'device', take: (state, words) => (state.dev = words.next()) },
    { name: 'dst', value: 'ADDRESS', hidden: true, take: (state, words) => (state.dst = address(words.next())) },
    { name: 'nhid', value: 'ID', hidden: true, take: () => notEmulated('fdb nhid') },
    { name: 'port', value: 'PORT', hidden: true, take: (state, words) => (state.port = port(words.next())) },
    { name: 'vni', value: 'VNI', hidden: true, take: (state, words) => (state.vni = vni(words.next())) },
    {
      name: 'via',
      value: 'DEVICE',
      hidden: true,
      completes: 'device',
      take: (state, words) => (state.via = deviceNamed(state.run, words.next(), 'device')),
    },
    { name: 'vlan', value: 'VID', hidden: true, take: () => notEmulated('fdb vlan') },
    { name: 'self', take: (state) => (state.isSelf = true) },
    { name: 'master', prefix: true, take: (state) => (state.isMaster = true) },
    { name: 'local', aliases: ['permanent'], prefix: true, take: (state) => (state.kind = 'local') },
    { name: 'temp', prefix: true, hidden: true, take: (state) => (state.kind = 'static') },
    { name: 'dynamic', prefix: true, take: (state) => (state.kind = 'dynamic') },
    { name: 'static', prefix: true, take: (state) => (state.kind = 'static') },
    { name: 'use', prefix: true, hidden: true, take: () => {} },
    { name: 'extern_learn', prefix: true, hidden: true, take: () => {} },
    { name: 'sticky', prefix: true, take: (state) => (state.sticky = true) },
  ],
  operand: 'LLADDR',
  rest: (state, words) => {
    if (words.current === 'to') words.next()
    if (words.current === 'help') throw new UsageError('', 255)
    if (state.mac !== null) throw duplicateOrGarbage('to', words.current)
    state.mac = parseMac(words.current)
    if (state.mac === null) throw new RunFailed(255, `Invalid mac address ${words.current}`)
  },
}

class FdbFilter {
  bridge: NetDevice | null = null
  dev: NetDevice | null = null
  state: string | null = null
  dynamic = false
  constructor(readonly run: IpRun) {}
}

function deviceNamed(run: IpRun, name: string, what: 'device' | 'bridge device'): NetDevice {
  const dev = run.netns.deviceByName(name)
  if (dev === null) throw new RunFailed(255, `Cannot find ${what} "${name}"`)
  return dev
}

const SHOW_KEYWORDS: KeywordList<FdbFilter> = {
  keywords: [
    {
      name: 'brport',
      aliases: ['dev'],
      value: 'DEVICE',
      completes: 'device',
      take: (state, words) => (state.dev = deviceNamed(state.run, words.next(), 'device')),
    },
    {
      name: 'br',
      value: 'BRIDGE',
      completes: 'device',
      take: (state, words) => {
        const dev = deviceNamed(state.run, words.next(), 'bridge device')
        state.bridge = dev
      },
    },
    { name: 'vlan', value: 'VID', hidden: true, take: (_state, words) => void words.next() },
    {
      name: 'state',
      value: '{ permanent | static | dynamic | all }',
      completes: ['permanent', 'static', 'all'],
      take: (state, words) => (state.state = words.next()),
    },
    { name: 'dynamic', take: (state) => (state.dynamic = true) },
  ],
  operand: null,
  rest: (_state, words) => {
    if (isPrefix(words.current, 'help')) throw new UsageError('', 255)
  },
}

export const fdbObject: ObjectGrammar<IpRun> = {
  name: 'fdb',
  verbs: [
    { names: ['add'], list: CHANGE_KEYWORDS, run: (run, words) => modify(run, words, 'add') },
    { names: ['append'], list: CHANGE_KEYWORDS, run: (run, words) => modify(run, words, 'append') },
    { names: ['replace'], list: CHANGE_KEYWORDS, run: (run, words) => modify(run, words, 'replace') },
    { names: ['delete'], list: CHANGE_KEYWORDS, run: (run, words) => modify(run, words, 'delete') },
    { names: ['get'], list: CHANGE_KEYWORDS, run: (run, words) => get(run, words) },
    { names: ['show', 'lst', 'list'], list: SHOW_KEYWORDS, run: (run, words) => show(run, words) },
    { names: ['flush'], list: CHANGE_KEYWORDS, run: (run, words) => flush(run, words) },
  ],
}

type Change = 'add' | 'append' | 'replace' | 'delete'

function modify(run: IpRun, words: Words, change: Change): number {
  const given = parseKeywords(words, CHANGE_KEYWORDS, new FdbWords(run))
  if (given.dev === null || given.mac === null) throw new RunFailed(255, 'Device and address are required arguments.')
  const dev = deviceNamed(run, given.dev, 'device')
  if (dev instanceof VxlanDevice && !given.isMaster) return modifyTunnel(run, dev, given, change)
  const { bridge, port } = target(dev, given)
  if (bridge === null && !given.isMaster) notEmulated(`fdb ${change} on ${dev.name} itself (use master)`)
  return bridgeChange(run, () => {
    if (bridge === null) throw new KernelError('EOPNOTSUPP')
    if (change === 'delete') return bridge.fdb.delete(given.mac!, port)
    const present = bridge.fdb.find(given.mac!)
    if (given.kind === 'dynamic' && port !== null && port.state === 'disabled') throw new KernelError('EPERM')
    if (present !== null && change === 'add') throw new KernelError('EEXIST')
    bridge.fdb.add(given.mac!, port, given.kind, change !== 'add')
    const entry = bridge.fdb.find(given.mac!)
    if (entry !== null) entry.sticky = given.sticky
  })
}

/** vxlan_fdb_add, vxlan_fdb_delete: an entry without a remote end makes no sense. */
function modifyTunnel(run: IpRun, dev: VxlanDevice, given: FdbWords, change: Change): number {
  return bridgeChange(run, () => {
    const { dst, port, vni, via } = given
    const { config } = dev
    const remote: VxlanRemote | null =
      dst === null ? null : { ip: dst, port: port === config.dstPort ? 0 : port, vni: vni === config.vni ? 0 : vni, via }
    if (change === 'delete') return dev.fdb.delete(given.mac!, remote)
    if (remote === null) throw new KernelError('EINVAL')
    const state = given.kind === 'local' ? 'permanent' : given.kind === 'static' ? 'static' : 'reachable'
    dev.fdb.change(change, given.mac!, state, remote)
  })
}

/** `master`: the bridge that the port is in; `self` on a bridge: the bridge's own address. */
function target(dev: NetDevice, given: FdbWords): { bridge: BridgeDevice | null; port: BridgePort | null } {
  if (dev instanceof BridgeDevice) return { bridge: given.isMaster ? null : dev, port: null }
  const port = given.isMaster ? portOf(dev) : null
  return { bridge: port?.bridge ?? null, port }
}

/** bridge(8) ends with 255 where ip would say 2. */
export function bridgeChange(run: IpRun, action: () => void): number {
  try {
    return run.change(action)
  } catch (error) {
    if (error instanceof RunFailed && error.exitCode === 2) throw new RunFailed(255, error.text)
    throw error
  }
}

function get(run: IpRun, words: Words): number {
  const given = parseKeywords(words, CHANGE_KEYWORDS, new FdbWords(run))
  if (given.mac === null) throw new RunFailed(255, 'Device and address are required arguments.')
  const named = given.bridge ?? given.dev
  if (named === null) throw new RunFailed(255, 'Device and address are required arguments.')
  const dev = deviceNamed(run, named, given.bridge === null ? 'device' : 'bridge device')
  const bridge = dev instanceof BridgeDevice ? dev : dev.master
  const entry = bridge instanceof BridgeDevice ? bridge.fdb.find(given.mac) : null
  if (entry === null || !(bridge instanceof BridgeDevice)) throw new RunFailed(254, 'Error: Fdb entry not found.')
  run.show([readEntry(bridge, entry, run, false)], (row) => fdbText(row, run))
  return 0
}

function flush(run: IpRun, words: Words): number {
  const given = parseKeywords(words, CHANGE_KEYWORDS, new FdbWords(run))
  if (given.dev === null) throw new RunFailed(255, 'Device is a required argument.')
  const dev = deviceNamed(run, given.dev, 'device')
  return bridgeChange(run, () => {
    if (dev instanceof BridgeDevice) return dev.fdb.flushLearned()
    if (dev instanceof VxlanDevice && !given.isMaster) return dev.fdb.flush('all')
    const port = given.isMaster ? portOf(dev) : null
    if (port === null) throw new KernelError('EOPNOTSUPP')
    port.bridge.fdb.flushPort(port, false)
  })
}

function isListed(dev: NetDevice, filter: FdbFilter): boolean {
  if (filter.dev !== null && dev !== filter.dev) return false
  // Asked for the bridge of that name, the kernel dumps nothing for a device that is none.
  if (filter.bridge !== null && !(filter.bridge instanceof BridgeDevice)) return false
  return filter.bridge === null || dev === filter.bridge || dev.master === filter.bridge
}

function show(run: IpRun, words: Words): number {
  const filter = parseKeywords(words, SHOW_KEYWORDS, new FdbFilter(run))
  const rows = run.netns.devices
    .filter((dev) => isListed(dev, filter))
    .flatMap((dev) => readFdb(dev, run, filter.dev !== null))
    .filter(
      (row) =>
        (!filter.dynamic || row.state !== 'permanent') && (filter.state === null || filter.state === 'all' || row.state === filter.state),
    )
  run.show(rows, (row) => fdbText(row, run))
  return 0
}
