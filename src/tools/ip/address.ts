// `ip address`: addresses added, changed, deleted, flushed, shown.
import { broadcastOf, parseIpv4 } from '../../addr/ipv4.js'
import { parseIpv6 } from '../../addr/ipv6.js'
import {
  duplicateOrGarbage,
  type Keyword,
  type KeywordList,
  type ObjectGrammar,
  parseKeywords,
  UsageError,
  type Words,
  wrongArgument,
} from '../../grammar/keyword.js'
import { addIpv6Address, deleteIpv6Address } from '../../kernel/addrconf.js'
import { type AddressRequest, addIpv4Address, deleteIpv4Address, renewIpv4Address } from '../../kernel/devinet.js'
import { KernelError } from '../../kernel/errno.js'
import type { NetDevice } from '../../kernel/netdev.js'
import { SCOPE_HOST } from '../../kernel/route-entry.js'
import { type AddressesRow, briefAddressRow, readAddresses } from './address-rows.js'
import { addressesText, bareAddresses, briefAddresses, oneLineAddresses } from './address-text.js'
import { type DeviceFilter, filterDevices, isAddressShown, narrowsAddresses, parseDeviceFilter, SHOW_KEYWORDS } from './device-filter.js'
import { parseScope, parseU32 } from './names.js'
import { type Inet6Prefix, type InetPrefix, needAddress, needPrefix } from './prefix.js'
import { reportFlush } from './route.js'
import { type IpRun, RunFailed } from './run.js'

class AddressWords {
  local: InetPrefix | Inet6Prefix | null = null
  peer: InetPrefix | Inet6Prefix | null = null
  /** '+' and '-': made from the prefix. */
  broadcast: number | '+' | '-' | null = null
  scope: number | null = null
  dev: string | null = null
  label: string | null = null
  metric: number | null = null
  /** Seconds, null for ever, undefined not given. */
  valid: number | null | undefined = undefined
  preferred: number | null | undefined = undefined
  noprefixroute = false
  nodad = false
  constructor(readonly run: IpRun) {}
}

function lifetime(key: string, words: Words): number | null {
  const word = words.next()
  if (word === 'forever') return null
  const seconds = parseU32(word)
  if (seconds === null) throw wrongArgument(word, `${key} value`)
  return seconds
}

function prefixOf(state: AddressWords, word: string): InetPrefix | Inet6Prefix {
  const family = state.local === null ? state.run.options.family : state.local.family === 4 ? 'inet' : 'inet6'
  const prefix = needPrefix(word, family)
  return prefix.family === 'any' ? { family: 4, address: 0, length: 0, hasLength: false } : prefix
}

function v6Only(name: string): Keyword<AddressWords> {
  return {
    name,
    hidden: true,
    take: (state) => {
      if (state.local?.family !== 6) state.run.error(`Warning: ${name} option can be set only for IPv6 addresses`)
    },
  }
}

function takeNodad(state: AddressWords, words: Words): void {
  v6Only('nodad').take(state, words)
  state.nodad = true
}

const KEYWORDS: readonly Keyword<AddressWords>[] = [
  {
    name: 'peer',
    aliases: ['remote'],
    value: 'PREFIX',
    take: (state, words) => {
      if (state.peer !== null) throw duplicateOrGarbage('peer', words.next())
      state.peer = prefixOf(state, words.next())
    },
  },
  {
    name: 'broadcast',
    aliases: ['brd'],
    value: '{ ADDRESS | + | - }',
    prefix: true,
    take: (state, words) => {
      const word = words.next()
      if (word === '+' || word === '-') state.broadcast = word
      else {
        const address = needAddress(word, state.local?.family === 6 ? 'inet6' : state.local === null ? state.run.options.family : 'inet')
        if (address.family === 4) state.broadcast = address.address
      }
    },
  },
  { name: 'anycast', value: 'ADDRESS', hidden: true, take: (_state, words) => needAddress(words.next(), 'any') },
  {
    name: 'scope',
    value: '{ global | link | host | NUMBER }',
    completes: ['global', 'link', 'host'],
    take: (state, words) => {
      state.scope = parseScope(words.next())
      if (state.scope === null) throw wrongArgument(words.current, 'invalid scope value.')
    },
  },
  { name: 'dev', value: 'DEVICE', completes: 'device', take: (state, words) => (state.dev = words.next()) },
  { name: 'label', value: 'LABEL', take: (state, words) => (state.label = words.next()) },
  {
    name: 'metric',
    aliases: ['priority', 'preference'],
    value: 'METRIC',
    take: (state, words) => {
      state.metric = parseU32(words.next())
      if (state.metric === null) throw wrongArgument(words.current, '"metric" value is invalid\n')
    },
  },
  {
    name: 'valid_lft',
    value: 'LFT',
    prefix: true,
    completes: ['forever'],
    take: (state, words) => (state.valid = lifetime('valid_lft', words)),
  },
  {
    name: 'preferred_lft',
    value: 'LFT',
    prefix: true,
    completes: ['forever'],
    take: (state, words) => (state.preferred = lifetime('preferred_lft', words)),
  },
  v6Only('home'),
  { ...v6Only('nodad'), take: (state, words) => takeNodad(state, words) },
  v6Only('mngtmpaddr'),
  v6Only('autojoin'),
  { name: 'noprefixroute', take: (state) => (state.noprefixroute = true) },
]

const CHANGE_KEYWORDS: KeywordList<AddressWords> = {
  keywords: KEYWORDS,
  operand: 'ADDRESS/LENGTH',
  rest: (state, words) => {
    if (words.current === 'local') words.next()
    if (words.current === 'help') throw new UsageError('', 255)
    if (state.local !== null) throw duplicateOrGarbage('local', words.current)
    state.local = prefixOf(state, words.current)
  },
}

export const addressObject: ObjectGrammar<IpRun> = {
  name: 'address',
  verbs: [
    { names: ['add'], list: CHANGE_KEYWORDS, run: (run, words) => modify(run, words, 'add') },
    { names: ['change', 'chg'], list: CHANGE_KEYWORDS, run: (run, words) => modify(run, words, 'replace') },
    { names: ['replace'], list: CHANGE_KEYWORDS, run: (run, words) => modify(run, words, 'replace') },
    { names: ['delete'], list: CHANGE_KEYWORDS, run: (run, words) => modify(run, words, 'delete') },
    { names: ['show', 'lst', 'list'], list: SHOW_KEYWORDS, run: (run, words) => show(run, words) },
    { names: ['flush'], list: SHOW_KEYWORDS, run: (run, words) => flush(run, words) },
    {
      names: ['save', 'showdump', 'restore'],
      list: null,
      run: (_run, _words, typed) => {
        throw new UsageError(`ip: address ${typed}: not emulated by netlab (use ip address show and a script)`, 126)
      },
    },
  ],
}

type Change = 'add' | 'replace' | 'delete'

function checkLifetimes(state: AddressWords): void {
  if (state.valid === 0) throw new RunFailed(1, 'valid_lft is zero')
  const valid = state.valid ?? Number.POSITIVE_INFINITY
  if (state.preferred !== undefined && (state.preferred ?? Number.POSITIVE_INFINITY) > valid) {
    throw new RunFailed(1, 'preferred_lft is greater than valid_lft')
  }
}

const WILDCARD_WARNING = (address: string): string =>
  'Warning: Executing wildcard deletion to stay compatible with old scripts.\n' +
  `         Explicitly specify the prefix length (${address}/32) to avoid this warning.\n` +
  '         This special behaviour is likely to disappear in further releases,\n' +
  '         fix your scripts!'

function modify(run: IpRun, words: Words, change: Change): number {
  const start = words.at
  const state = parseKeywords(words, CHANGE_KEYWORDS, new AddressWords(run))
  if (state.dev === null) throw new RunFailed(1, 'Not enough information: "dev" argument is required.')
  checkLifetimes(state)
  const { local } = state
  if (change === 'delete' && local !== null && local.family === 4 && !local.hasLength && state.peer === null) {
    run.error(WILDCARD_WARNING(words.all.slice(start).find((word) => parseIpv4(word) !== null) ?? ''))
  }
  const dev = run.needDevice(state.dev)
  return run.change(() => {
    if (local === null) throw new KernelError('EOPNOTSUPP')
    if (local.family === 6) modify6(dev, state, local, change)
    else modify4(dev, state, local, change)
  })
}

function requestOf(state: AddressWords, local: InetPrefix): AddressRequest {
  const peer = state.peer?.family === 4 ? state.peer : null
  const length = peer?.length ?? local.length
  const request: AddressRequest = { local: local.address, length, scope: state.scope ?? (local.address >>> 24 === 127 ? SCOPE_HOST : 0) }
  if (peer !== null) request.peer = peer.address
  if (typeof state.broadcast === 'number') request.broadcast = state.broadcast
  else if (state.broadcast === '+' && length < 31) request.broadcast = broadcastOf({ address: local.address, length })
  else if (state.broadcast === '-' && length < 31) request.broadcast = local.address & (length === 0 ? 0 : -1 << (32 - length))
  if (state.label !== null) request.label = state.label
  if (state.metric !== null) request.metric = state.metric
  request.noprefixroute = state.noprefixroute
  if (state.valid != null) request.validSeconds = state.valid
  if (state.preferred != null) request.preferredSeconds = state.preferred
  return request
}

function modify4(dev: NetDevice, state: AddressWords, local: InetPrefix, change: Change): void {
  const request = requestOf(state, local)
  if (change === 'delete') {
    const hasLength = local.hasLength || state.peer !== null
    return deleteIpv4Address(dev, local.address, hasLength ? request.length : null, state.label)
  }
  const present = dev.addresses.find((address) => address.local === local.address && address.length === request.length)
  if (present !== undefined && change === 'replace') {
    return renewIpv4Address(dev, present, state.valid ?? null, state.preferred ?? null)
  }
  // The kernel takes 0.0.0.0 and forgets it.
  if (local.address !== 0) addIpv4Address(dev, request)
}

function modify6(dev: NetDevice, state: AddressWords, local: Inet6Prefix, change: Change): void {
  if (change === 'delete') return deleteIpv6Address(dev, local.address, local.hasLength ? local.length : 128)
  const present = dev.addresses6.some((address) => address.address === local.address)
  if (present && change === 'replace') return
  const options = { noprefixroute: state.noprefixroute, nodad: state.nodad }
  addIpv6Address(dev, local.address, local.length, state.scope === null ? options : { ...options, scope: state.scope })
}

function show(run: IpRun, words: Words): number {
  const filter = parseDeviceFilter(words, run)
  if (run.options.family === 'link') {
    // AF_PACKET: the devices alone, in the words of `ip addr`.
    return showRows(run, filter, true)
  }
  return showRows(run, filter, false)
}

/** Which devices have a place in the list although (or because) no address is left. */
function isListed(row: AddressesRow, run: IpRun, filter: DeviceFilter): boolean {
  if (row.addr_info.length > 0) return true
  const { family } = run.options
  if (family === 'link') return true
  if (family !== 'any') return false
  if (!narrowsAddresses(filter)) return true
  // A device without any address passes a filter of flags, as in the real tool's list pruning.
  const dev = run.netns.deviceByName(row.ifname)
  return (
    filter.label === null &&
    filter.to === null &&
    filter.scope === null &&
    dev !== null &&
    dev.addresses.length + dev.addresses6.length === 0
  )
}

function showRows(run: IpRun, filter: DeviceFilter, linksOnly: boolean): number {
  const { options } = run
  const rows = filterDevices(run, filter)
    .map((dev) => readAddresses(dev, run, (row) => !linksOnly && isAddressShown(row, filter, dev.name), filter.dev !== null))
    .filter((row) => isListed(row, run, filter))
  if (options.json) run.show(options.brief ? rows.map(briefAddressRow) : rows, () => '')
  else if (options.brief) run.show(rows, (row) => briefAddresses(row, run))
  else if (filter.label !== null) run.show(rows, (row) => bareAddresses(row, run))
  else if (options.oneLine && !linksOnly) for (const row of rows) run.out(oneLineAddresses(row, run))
  else {
    const hasLinkLine = (options.family === 'any' && filter.to === null) || linksOnly || options.details
    run.show(rows, (row) => addressesText(row, run, hasLinkLine))
  }
  return 0
}

function flush(run: IpRun, words: Words): number {
  if (words.isDone) throw new RunFailed(1, 'Flush requires arguments.')
  const filter = parseDeviceFilter(words, run)
  const devices = filterDevices(run, filter)
  return run.change(() => {
    let count = 0
    for (const dev of devices) count += flushDevice(dev, run, filter)
    reportFlush(run, count, 'addresses')
  })
}

function flushDevice(dev: NetDevice, run: IpRun, filter: DeviceFilter): number {
  const shown = readAddresses(dev, run, (row) => isAddressShown(row, filter, dev.name))
  // Secondaries go with their primary; the real tool deletes one by one and does not mind.
  for (const row of [...shown.addr_info].reverse()) {
    if (run.options.stats > 1) run.out(`${dev.ifindex}: ${dev.name}${bareAddresses({ ...shown, addr_info: [row] }, run)}`)
    const v4 = parseIpv4(row.local)
    if (v4 !== null) deleteIpv4Address(dev, v4, row.prefixlen, row.label ?? null)
    else deleteIpv6Address(dev, parseIpv6(row.local)!, row.prefixlen)
  }
  return shown.addr_info.length
}
