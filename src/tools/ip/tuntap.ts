// `ip tuntap`: persistent taps and tuns.
import { type KeywordList, type ObjectGrammar, parseKeywords, UsageError, type Words, wrongArgument } from '../../grammar/keyword.js'
import { TapDevice } from '../../kernel/dev/tap.js'
import { KernelError } from '../../kernel/errno.js'
import type { Row } from './json.js'
import { parseU32 } from './names.js'
import { type IpRun, isInterfaceName, RunFailed } from './run.js'

class TunWords {
  name: string | null = null
  mode: 'tap' | 'tun' | null = null
  owner: number | null = null
  group: number | null = null
  pi = false
  vnetHeader = false
  multiQueue = false
  constructor(readonly run: IpRun) {}
}

function takeName(state: TunWords, word: string): void {
  if (!isInterfaceName(word)) throw wrongArgument(word, '"name" not a valid ifname')
  state.name = word
}

function userId(run: IpRun, word: string): number | null {
  return parseU32(word) ?? run.host.proc?.machine.users.byName(word)?.uid ?? null
}

const TUN_KEYWORDS: KeywordList<TunWords> = {
  keywords: [
    {
      name: 'mode',
      value: '{ tun | tap }',
      completes: ['tap', 'tun'],
      take: (state, words) => {
        const mode = words.next()
        if (mode !== 'tun' && mode !== 'tap') throw new RunFailed(255, `Unknown tunnel mode "${mode}"`)
        if (state.mode !== null && state.mode !== mode) throw new RunFailed(255, 'You managed to ask for more than one tunnel mode.')
        state.mode = mode
      },
    },
    {
      name: 'user',
      value: 'USER',
      take: (state, words) => {
        state.owner = userId(state.run, words.next())
        if (state.owner === null) throw new RunFailed(255, `invalid user "${words.current}"`)
      },
    },
    {
      name: 'group',
      value: 'GROUP',
      take: (state, words) => {
        state.group = parseU32(words.next())
        if (state.group === null) throw new RunFailed(255, `invalid group "${words.current}"`)
      },
    },
    { name: 'pi', take: (state) => (state.pi = true) },
    { name: 'one_queue', take: () => {} },
    { name: 'vnet_hdr', take: (state) => (state.vnetHeader = true) },
    { name: 'multi_queue', take: (state) => (state.multiQueue = true) },
    { name: 'dev', value: 'DEVICE', completes: 'device', take: (state, words) => takeName(state, words.next()) },
    { name: 'name', value: 'DEVICE', hidden: true, take: (state, words) => takeName(state, words.next()) },
  ],
  operand: 'DEVICE',
  operandCompletes: 'device',
  rest: (state, words) => {
    if (words.current === 'help') throw new UsageError('', 255)
    takeName(state, words.current)
  },
}

const verbs: ObjectGrammar<IpRun>['verbs'] = [
  { names: ['add'], list: TUN_KEYWORDS, run: (run, words) => add(run, words) },
  { names: ['delete'], list: TUN_KEYWORDS, run: (run, words) => remove(run, words) },
  { names: ['show', 'lst', 'list'], list: null, run: (run) => show(run) },
]

export const tuntapObject: ObjectGrammar<IpRun> = { name: 'tuntap', verbs }
export const tapObject: ObjectGrammar<IpRun> = { name: 'tap', verbs }

function add(run: IpRun, words: Words): number {
  const given = parseKeywords(words, TUN_KEYWORDS, new TunWords(run))
  if (given.mode === null) throw new RunFailed(1, 'You failed to specify a tunnel mode')
  if (run.host.uid !== 0) throw new RunFailed(1, 'ioctl(TUNSETIFF): Operation not permitted')
  return ioctl(() => {
    const dev = new TapDevice(run.netns, given.name ?? `${given.mode}%d`, run.netns.randomMac(given.name ?? ''), given.mode!)
    dev.owner = given.owner
    dev.ownerGroup = given.group
    dev.packetInfo = given.pi
    dev.vnetHeader = given.vnetHeader
    dev.multiQueue = given.multiQueue
    if (given.name !== null && run.netns.deviceByName(given.name) !== null) {
      throw new KernelError('EBUSY')
    }
    run.netns.addDevice(dev)
  })
}

function ioctl(action: () => void): number {
  try {
    action()
    return 0
  } catch (error) {
    if (error instanceof KernelError) throw new RunFailed(1, `ioctl(TUNSETIFF): ${error.message}`)
    throw error
  }
}

function remove(run: IpRun, words: Words): number {
  const given = parseKeywords(words, TUN_KEYWORDS, new TunWords(run))
  if (given.mode === null) throw new RunFailed(1, 'You failed to specify a tunnel mode')
  const dev = given.name === null ? null : run.netns.deviceByName(given.name)
  // As the real one: opening a name that is not there makes the device, and closing ends it.
  if (dev === null) return 0
  if (!(dev instanceof TapDevice) || dev.mode !== given.mode) throw new RunFailed(1, 'ioctl(TUNSETIFF): Invalid argument')
  if (dev.isOpen) throw new RunFailed(1, 'ioctl(TUNSETIFF): Device or resource busy')
  return run.change(() => run.netns.removeDevice(dev))
}

function readTun(dev: TapDevice): Row {
  const flags: string[] = [dev.mode]
  if (dev.packetInfo) flags.push('pi')
  if (dev.vnetHeader) flags.push('vnet_hdr')
  if (dev.multiQueue) flags.push('multi_queue')
  if (dev.persist) flags.push('persist')
  return { ifname: dev.name, flags, user: dev.owner ?? undefined, group: dev.ownerGroup ?? undefined }
}

function tunText(row: Row): string {
  let text = `${row['ifname']}:`
  for (const flag of row['flags'] as readonly string[]) text += ` ${flag}`
  if (row['user'] !== undefined) text += ` user ${row['user']}`
  if (row['group'] !== undefined) text += ` group ${row['group']}`
  return `${text}\n`
}

function show(run: IpRun): number {
  const taps = run.netns.devices.filter((dev): dev is TapDevice => dev instanceof TapDevice)
  run.show(taps.map(readTun), tunText)
  return 0
}
