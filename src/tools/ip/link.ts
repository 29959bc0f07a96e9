// `ip link`: devices made, changed, deleted, shown.
import { incompleteCommand, type ObjectGrammar, UsageError, type Words } from '../../grammar/keyword.js'
import { BridgeDevice } from '../../kernel/dev/bridge.js'
import { KernelError } from '../../kernel/errno.js'
import type { NetDevice } from '../../kernel/netdev.js'
import { briefLinkRow } from './address-rows.js'
import { type DeviceFilter, filterDevices, parseDeviceFilter, SHOW_KEYWORDS } from './device-filter.js'
import { KINDS_NOT_EMULATED, type LinkKind, linkKinds, slaveKinds } from './link-kind.js'
import { readLink } from './link-rows.js'
import { briefLinkText, linkTailText, linkText } from './link-text.js'
import { LINK_KEYWORDS, type LinkWords, parseLinkWords } from './link-words.js'
import { findNetns } from './netns-names.js'
import { type IpRun, RunFailed } from './run.js'

const NO_DEV = 'Not enough information: "dev" argument is required.'

export const linkObject: ObjectGrammar<IpRun> = {
  name: 'link',
  verbs: [
    { names: ['add'], list: LINK_KEYWORDS, run: (run, words) => add(run, words) },
    { names: ['set', 'change'], list: LINK_KEYWORDS, run: (run, words) => set(run, words) },
    { names: ['replace'], list: LINK_KEYWORDS, hidden: true, run: (run, words) => add(run, words) },
    { names: ['delete'], list: LINK_KEYWORDS, run: (run, words) => remove(run, words) },
    { names: ['show', 'lst', 'list'], list: SHOW_KEYWORDS, run: (run, words) => show(run, words) },
    { names: ['xstats', 'afstats'], list: null, hidden: true, run: (_run, _words, typed) => notYet(`ip link ${typed}`) },
    { names: ['property'], list: null, run: (run, words) => property(run, words) },
  ],
}

function notYet(what: string): never {
  throw new UsageError(`ip: ${what}: not emulated by netlab`, 126)
}

function kindNamed(name: string): LinkKind {
  const kind = linkKinds.find((candidate) => candidate.name === name)
  if (kind !== undefined) return kind
  if (KINDS_NOT_EMULATED.includes(name)) notYet(`link type ${name}`)
  throw new KernelError('EOPNOTSUPP', 'Unknown device type')
}

function add(run: IpRun, words: Words): number {
  const given = parseLinkWords(words, run)
  if (given.type === null) throw new RunFailed(1, 'Not enough information: "type" argument is required')
  const kind = linkKinds.find((candidate) => candidate.name === given.type)
  const make = kind?.parseAdd?.(words, run)
  const lower = given.link === null ? null : run.needDevice(given.link)
  const master = given.master === null || given.master === '' ? null : masterNamed(given.master, run)
  return run.change(() => {
    if (make === undefined) {
      if (kind !== undefined) throw new KernelError('EOPNOTSUPP')
      kindNamed(given.type!)
      return
    }
    const name = given.name ?? given.dev
    if (name !== null && name.length > 15) throw new KernelError('ERANGE', 'Attribute failed policy validation')
    const netns = given.netns === null ? run.netns : findNetns(given.netns, run)
    if (name !== null && !name.includes('%') && netns.deviceByName(name) !== null) throw new KernelError('EEXIST')
    const dev = make({ netns, name, mac: given.mac, lower })
    if (given.mac !== null) dev.macSetByHand = true
    if (given.mtu !== null) bornWith(dev, given.mtu)
    netns.addDevice(dev, given.index ?? undefined)
    linkAcross(dev)
    settle(dev, { ...given, mtu: null })
    if (master !== null) enslave(dev, master)
    if (given.up === true) dev.setUp()
  })
}

/** An MTU given at birth is not one set by hand: a bridge goes on following its ports. */
function bornWith(dev: NetDevice, mtu: number): void {
  if (mtu < dev.minMtu || (dev.maxMtu > 0 && mtu > dev.maxMtu)) throw new KernelError('EINVAL')
  dev.mtu = mtu
}

/** A device whose lower or peer stands in another namespace: both learn an id for the other. */
function linkAcross(dev: NetDevice): void {
  const peer = dev.linkPeer
  if (peer === null || peer.netns === dev.netns) return
  dev.netns.allocateIdOf(peer.netns)
  peer.netns.allocateIdOf(dev.netns)
}

/** Settings that do not depend on the verb. */
function settle(dev: NetDevice, given: Pick<LinkWords, 'mtu' | 'group' | 'alias' | 'txQueueLen' | 'flags'>): void {
  if (given.mtu !== null) dev.setMtu(given.mtu)
  if (given.group !== null) dev.group = given.group
  if (given.alias !== null) dev.alias = given.alias === '' ? null : given.alias
  if (given.txQueueLen !== null) dev.txQueueLen = given.txQueueLen
  for (const { flag, on } of given.flags) dev.setFlag(flag, on)
}

function masterNamed(name: string, run: IpRun): NetDevice {
  const master = run.netns.deviceByName(name)
  if (master === null) throw new UsageError(`Error: argument "${name}" is wrong: Device does not exist\n`, 255)
  return master
}

/** IFLA_MASTER: out of the old bridge, into the new one. */
export function enslave(dev: NetDevice, master: NetDevice | null): void {
  if (dev.master === master) return
  if (dev.master instanceof BridgeDevice) dev.master.removePort(dev)
  else if (dev.master !== null) throw new KernelError('EOPNOTSUPP')
  if (master === null) return
  if (!(master instanceof BridgeDevice)) throw new KernelError('EOPNOTSUPP')
  master.addPort(dev)
}

function set(run: IpRun, words: Words): number {
  const given = parseLinkWords(words, run)
  const applyType = given.type === null ? null : parseSetType(given.type, words, run)
  const master = given.master === null ? undefined : given.master === '' ? null : masterNamed(given.master, run)
  if (given.dev === null && given.group !== null) return setGroup(run, given)
  if (given.dev === null) throw new RunFailed(255, NO_DEV)
  if (given.index !== null && given.netns === null) {
    throw new RunFailed(255, 'index can be used only when creating devices or when moving device to another netns.')
  }
  const dev = run.needDevice(given.dev)
  return run.change(() => {
    if (given.netns !== null) moveTo(dev, given, run)
    if (given.mac !== null) dev.setMac(given.mac)
    settle(dev, given)
    if (given.name !== null && given.netns === null) dev.netns.renameDevice(dev, given.name)
    if (master !== undefined) enslave(dev, master)
    if (given.up === true) dev.setUp()
    else if (given.up === false) dev.setDown()
    if (given.carrier !== null) dev.setCarrier(given.carrier)
    applyType?.(dev)
  })
}

function moveTo(dev: NetDevice, given: LinkWords, run: IpRun): void {
  const target = findNetns(given.netns!, run)
  if (target === run.netns && given.name !== null) return target.renameDevice(dev, given.name)
  // A switch lets go of its port when it hears of it.
  if (dev.master instanceof BridgeDevice) enslave(dev, null)
  run.netns.moveDevice(dev, target, given.name ?? undefined)
}

/** `ip link set group N up`: every device of the group. */
function setGroup(run: IpRun, given: LinkWords): number {
  return run.change(() => {
    for (const dev of run.netns.devices) {
      if (dev.group !== given.group) continue
      if (given.up === true) dev.setUp()
      else if (given.up === false) dev.setDown()
      if (given.mtu !== null) dev.setMtu(given.mtu)
    }
  })
}

function parseSetType(type: string, words: Words, run: IpRun): (dev: NetDevice) => void {
  const slave = type.endsWith('_slave') ? slaveKinds.find((candidate) => `${candidate.name}_slave` === type) : undefined
  const kind = slave ?? linkKinds.find((candidate) => candidate.name === type)
  if (kind === undefined) {
    if (KINDS_NOT_EMULATED.includes(type)) notYet(`link type ${type}`)
    return () => {
      throw new KernelError('EOPNOTSUPP', null)
    }
  }
  if (kind.parseSet === undefined) return () => {}
  const change = kind.parseSet(words, run)
  return (dev) => {
    if (!kind.isKindOf(dev)) throw new KernelError('EOPNOTSUPP')
    change(dev)
  }
}

function remove(run: IpRun, words: Words): number {
  const given = parseLinkWords(words, run)
  if (given.dev === null && given.name === null) {
    if (given.group === null) throw new RunFailed(255, NO_DEV)
    return run.change(() => {
      for (const dev of run.netns.devices) if (dev.group === given.group && isDeletable(dev)) dev.netns.removeDevice(dev)
    })
  }
  const dev = run.needDevice(given.dev ?? given.name!)
  return run.change(() => {
    if (!isDeletable(dev)) throw new KernelError('EOPNOTSUPP')
    dev.netns.removeDevice(dev)
  })
}

/** Only devices of a kind with rtnl operations; cards, loopback and a switch's ports are not. */
export function isDeletable(dev: NetDevice): boolean {
  return dev.kind !== 'loopback' && dev.kind !== 'physical' && dev.kind !== 'ovs-internal'
}

function property(run: IpRun, words: Words): number {
  const verb = words.isDone ? '' : words.current
  if (verb === '' || !('add'.startsWith(verb) || 'delete'.startsWith(verb))) {
    throw new UsageError('Operator required', 255)
  }
  words.advance()
  let dev: NetDevice | null = null
  const names: string[] = []
  for (; !words.isDone; words.advance()) {
    if (words.current === 'altname') names.push(words.next())
    else dev = run.needDevice(words.current === 'dev' ? words.next() : words.current)
  }
  if (dev === null) throw new RunFailed(255, NO_DEV)
  if (names.length === 0) throw incompleteCommand()
  const target = dev
  return run.change(() => {
    for (const name of names) {
      if (verb.startsWith('a')) target.netns.addAltName(target, name)
      else target.netns.deleteAltName(target, name)
    }
  })
}

function show(run: IpRun, words: Words): number {
  const filter = parseDeviceFilter(words, run)
  return showLinks(run, filter)
}

/** Also `ip -0 addr`. */
export function showLinks(run: IpRun, filter: DeviceFilter): number {
  const rows = filterDevices(run, filter).map((dev) => readLink(dev, run, { forAddress: false }))
  if (run.options.brief) {
    if (run.options.json) run.show(rows.map(briefLinkRow), () => '')
    else run.show(rows, (row) => briefLinkText(row, run))
  } else run.show(rows, (row) => `${linkText(row, run, { hasLinkLine: true })}${linkTailText(row, run)}\n`)
  return 0
}
