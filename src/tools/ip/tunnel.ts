// `ip tunnel`: gre and ipip tunnels, the old way to the same devices.

import { formatIpv4 } from '../../addr/ipv4.js'
import { type ObjectGrammar, UsageError, type Words } from '../../grammar/keyword.js'
import { ownOf } from '../../grammar/own-of.js'
import type { IpTunnelMode } from '../../kernel/dev/ip-tunnel.js'
import { IpTunnelDevice } from '../../kernel/dev/ip-tunnel.js'
import { checkUnique } from '../../kernel/dev/ip-tunnel-table.js'
import { KernelError } from '../../kernel/errno.js'
import type { Row } from './json.js'
import { defaultTunnel, makeTunnel } from './kinds/ip-tunnel.js'
import { type GivenTunnel, takeTunnelWord } from './kinds/ip-tunnel-words.js'
import { type IpRun, RunFailed } from './run.js'

const USAGE = `Usage: ip tunnel { add | change | del | show } [ NAME ]
        [ mode { gre | ipip } ]
        [ remote ADDR ] [ local ADDR ]
        [ [i|o]seq ] [ [i|o]key KEY ] [ [i|o]csum ]
        [ ttl TTL ] [ tos TOS ] [ [no]pmtudisc ] [ dev PHYS_DEV ]

Where: NAME := STRING
       ADDR := { IP_ADDRESS | any }
       TOS  := { STRING | 00..ff | inherit }
       TTL  := { 1..255 | inherit }
       KEY  := { DOTTED_QUAD | NUMBER }`

interface Given {
  name: string | null
  mode: 'gre' | 'ipip' | null
  config: GivenTunnel
}

const MODES: Readonly<Record<string, 'gre' | 'ipip'>> = { gre: 'gre', 'gre/ip': 'gre', ipip: 'ipip', 'ip/ip': 'ipip' }
const OTHER_MODES = ['sit', 'isatap', 'vti', 'ipv6/ip', 'ip6gre', 'ip6ip6', 'ipip6']

function parse(words: Words, run: IpRun): Given {
  const given: Given = { name: null, mode: null, config: {} }
  for (; !words.isDone; words.advance()) {
    const word = words.current
    if (word === 'mode') {
      const mode = words.next()
      if (OTHER_MODES.includes(mode)) throw new UsageError(`ip: tunnel mode ${mode}: not emulated by netlab`, 126)
      const known = ownOf(MODES, mode)
      if (known === undefined) throw new RunFailed(255, `Unknown tunnel mode "${mode}"`)
      given.mode = known
    } else if (word === 'help') throw new UsageError(USAGE, 255)
    else if (!takeTunnelWord(words, given.config, run)) {
      const name = word === 'name' ? words.next() : word
      if (given.name !== null) throw new UsageError(`Error: either "name" is duplicate, or "${name}" is a garbage.`, 255)
      given.name = name
    }
  }
  const { ttl, pmtudisc } = given.config
  if (ttl !== undefined && ttl !== 0 && pmtudisc === false) throw new RunFailed(255, 'ttl != 0 and nopmtudisc are incompatible')
  return given
}

const verbs: ObjectGrammar<IpRun>['verbs'] = [
  { names: ['add'], list: null, run: (run, words) => add(run, words) },
  { names: ['change'], list: null, run: (run, words) => change(run, words) },
  { names: ['delete'], list: null, run: (run, words) => remove(run, words) },
  { names: ['show', 'lst', 'list'], list: null, run: (run, words) => show(run, words) },
  {
    names: ['help'],
    list: null,
    hidden: true,
    run: () => {
      throw new UsageError(USAGE, 255)
    },
  },
]

export const tunnelObject: ObjectGrammar<IpRun> = { name: 'tunnel', verbs }
export const tunlObject: ObjectGrammar<IpRun> = { name: 'tunl', verbs }

function ioctl(verb: string, name: string, action: () => void): number {
  try {
    action()
    return 0
  } catch (error) {
    if (error instanceof KernelError) throw new RunFailed(1, `${verb} tunnel "${name}" failed: ${error.message}`)
    throw error
  }
}

function add(run: IpRun, words: Words): number {
  const { name, mode, config } = parse(words, run)
  if (mode === null) throw new RunFailed(1, 'cannot determine tunnel mode (ipip, gre, vti or sit)')
  const base = mode === 'ipip' ? 'tunl0' : 'gre0'
  if (run.host.uid !== 0) throw new RunFailed(1, `add tunnel "${base}" failed: Operation not permitted`)
  return ioctl('add', base, () => {
    if (name !== null && run.netns.deviceByName(name) !== null) throw new KernelError('EEXIST')
    const dev = makeTunnel(run.netns, name ?? (mode === 'ipip' ? 'tunl%d' : 'gre%d'), null, { ...defaultTunnel(mode), ...config })
    // Made this old way, a tunnel has bounds.
    dev.minMtu = 68
    dev.maxMtu = 65535 - dev.headerLength
    run.netns.addDevice(dev)
  })
}

function tunnelNamed(run: IpRun, name: string | null, verb: string): IpTunnelDevice {
  const dev = name === null ? null : run.netns.deviceByName(name)
  if (!(dev instanceof IpTunnelDevice)) throw new RunFailed(1, `${verb} tunnel "${name ?? ''}" failed: No such device`)
  return dev
}

function change(run: IpRun, words: Words): number {
  const { name, config } = parse(words, run)
  const dev = tunnelNamed(run, name, 'change')
  return ioctl('change', dev.name, () => {
    const next = { ...dev.config, ...config }
    checkUnique(dev.underlay, next, dev)
    dev.configure(next)
  })
}

function remove(run: IpRun, words: Words): number {
  const { name } = parse(words, run)
  const dev = tunnelNamed(run, name, 'delete')
  return ioctl('delete', dev.name, () => run.netns.removeDevice(dev))
}

const PROTOCOLS: Readonly<Record<IpTunnelMode, string>> = { gre: 'gre/ip', gretap: 'gre/ip', ipip: 'ip/ip' }

function readTunnel({ name, config }: IpTunnelDevice): Row {
  const { inKey, outKey } = config
  const isOneKey = inKey !== null && inKey === outKey
  return {
    ifname: name,
    mode: PROTOCOLS[config.mode],
    remote: formatIpv4(config.remote),
    local: formatIpv4(config.local),
    dev: config.lower?.name,
    ttl: config.ttl === 0 ? undefined : config.ttl,
    tos: config.tos === 0 ? undefined : config.tos === 'inherit' ? 'inherit' : `0x${config.tos.toString(16)}`,
    nopmtudisc: config.pmtudisc ? undefined : true,
    key: isOneKey ? inKey : undefined,
    ikey: isOneKey || inKey === null ? undefined : inKey,
    okey: isOneKey || outKey === null ? undefined : outKey,
    iseq: config.inSeq || undefined,
    icsum: config.inCsum || undefined,
    oseq: config.outSeq || undefined,
    ocsum: config.outCsum || undefined,
  }
}

function tunnelText(row: Row): string {
  const host = (value: unknown): unknown => (value === '0.0.0.0' ? 'any' : value)
  let text = `${row['ifname']}: ${row['mode']} remote ${host(row['remote'])} local ${host(row['local'])}`
  if (row['dev'] !== undefined) text += ` dev ${row['dev']}`
  text += ` ttl ${row['ttl'] ?? 'inherit'}`
  if (row['tos'] !== undefined) text += ` tos ${row['tos']}`
  if (row['nopmtudisc'] === true) text += ' nopmtudisc'
  for (const key of ['key', 'ikey', 'okey']) if (row[key] !== undefined) text += ` ${key} ${row[key]}`
  if (row['iseq'] === true) text += '\n  Drop packets out of sequence.'
  if (row['icsum'] === true) text += '\n  Checksum in received packet is required.'
  if (row['oseq'] === true) text += '\n  Sequence packets on output.'
  if (row['ocsum'] === true) text += '\n  Checksum output packets.'
  return `${text}\n`
}

/** gretap devices are frames' tunnels: the old interface does not list them. */
function show(run: IpRun, words: Words): number {
  const { name } = parse(words, run)
  const isListed = (dev: IpTunnelDevice): boolean => dev.config.mode !== 'gretap'
  if (name !== null) {
    const dev = run.netns.deviceByName(name)
    if (!(dev instanceof IpTunnelDevice)) throw new RunFailed(1, `get tunnel "${name}" failed: No such device`)
    run.show([readTunnel(dev)], tunnelText)
    return 0
  }
  const all = run.netns.devices.filter((dev): dev is IpTunnelDevice => dev instanceof IpTunnelDevice).filter(isListed)
  run.show(all.map(readTunnel), tunnelText)
  return 0
}
