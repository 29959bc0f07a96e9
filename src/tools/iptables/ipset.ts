// `ipset`: makes, fills and shows the sets that `-m set` asks.
import { ownOf } from '../../grammar/own-of.js'
import { KernelError } from '../../kernel/errno.js'
import type { IpSet, SetOptions, SetType, StoredEntry } from '../../kernel/netfilter/ipset.js'
import { SET_TYPES } from '../../kernel/netfilter/ipset.js'
import type { Command } from '../../node/command.js'
import { notEmulated } from '../../node/command.js'
import { atLeast } from '../../node/image.js'
import type { Process } from '../../node/process.js'
import { hostOf } from './host.js'
import { addressRange, IpsetError, parseEntries } from './ipset-entry.js'
import { IpsetSession } from './ipset-session.js'
import { showSets } from './ipset-show.js'

type Verb = 'create' | 'add' | 'del' | 'test' | 'destroy' | 'list' | 'save' | 'restore' | 'flush' | 'rename' | 'swap' | 'help' | 'version'

const VERBS: Record<string, Verb> = {
  create: 'create',
  '-N': 'create',
  '--create': 'create',
  n: 'create',
  add: 'add',
  '-A': 'add',
  '--add': 'add',
  del: 'del',
  '-D': 'del',
  '--del': 'del',
  test: 'test',
  '-T': 'test',
  '--test': 'test',
  destroy: 'destroy',
  '-X': 'destroy',
  x: 'destroy',
  list: 'list',
  '-L': 'list',
  save: 'save',
  '-S': 'save',
  restore: 'restore',
  '-R': 'restore',
  flush: 'flush',
  '-F': 'flush',
  rename: 'rename',
  '-E': 'rename',
  e: 'rename',
  swap: 'swap',
  '-W': 'swap',
  w: 'swap',
  help: 'help',
  '-h': 'help',
  '--help': 'help',
  version: 'version',
  '-v': 'version',
  '--version': 'version',
}

const OLD_TYPES: Record<string, SetType> = {
  iphash: 'hash:ip',
  nethash: 'hash:net',
  ipporthash: 'hash:ip,port',
  setlist: 'list:set',
  ipmap: 'bitmap:ip',
  portmap: 'bitmap:port',
  ipportiphash: 'hash:ip,port,ip',
}

export const ipset: Command = {
  name: 'ipset',
  path: '/sbin/ipset',
  changes: true,
  run: runIpset,
  complete: ({ current, index, proc }) => {
    const words =
      index === 1
        ? ['create', 'add', 'del', 'test', 'destroy', 'list', 'save', 'restore', 'flush', 'rename', 'swap', 'help', 'version']
        : [...proc.netns.netfilter.sets.all.map((set) => set.name), ...SET_TYPES]
    return words.filter((word) => word.startsWith(current))
  },
}

async function runIpset(proc: Process): Promise<number> {
  const session = new IpsetSession(proc)
  const words = globalOptions(session, proc.argv.slice(1))
  if (!proc.isRoot) {
    proc.error(`ipset v${session.version}: Kernel error received: Operation not permitted`)
    return 1
  }
  if (ownOf(VERBS, words[0] ?? '') === 'restore') return restore(session)
  return perform(session, words, '')
}

function globalOptions(session: IpsetSession, words: readonly string[]): string[] {
  const rest: string[] = []
  for (let at = 0; at < words.length; at++) {
    const word = words[at]!
    if (word === '-exist' || word === '-!' || word === '--exist') session.exist = true
    else if (word === '-q' || word === '-quiet' || word === '--quiet') session.quiet = true
    else if (word === '-t' || word === '-terse' || word === '--terse') session.terse = true
    else if ((word === '-n' || word === '-name' || word === '--name') && rest.length > 0) session.namesOnly = true
    else if (word === '-o' || word === '-output' || word === '--output') session.output = words[++at] ?? 'plain'
    else if (word !== '-s' && word !== '-sorted') rest.push(word)
  }
  return rest
}

async function restore(session: IpsetSession): Promise<number> {
  const lines = (await session.proc.stdin.readAll()).split('\n')
  for (const [i, line] of lines.entries()) {
    if (line.trim() === '' || line.startsWith('#') || line.trim() === 'COMMIT') continue
    const words = line.match(/"[^"]*"|\S+/g)?.map((word) => word.replace(/^"(.*)"$/, '$1')) ?? []
    const code = perform(session, globalOptions(session, words), `Error in line ${i + 1}: `)
    if (code !== 0) return code
  }
  return 0
}

function perform(session: IpsetSession, words: readonly string[], where: string): number {
  const { proc } = session
  const label = `ipset v${session.version}: `
  const verb = ownOf(VERBS, words[0] ?? '')
  if (verb === undefined) {
    proc.error(`${label}No command specified${words.length === 0 ? '.' : `: unknown argument ${words[0]}`}`)
    proc.error("Try `ipset help' for more information.")
    return 2
  }
  try {
    return carryOut(session, verb, words.slice(1))
  } catch (error) {
    if (!(error instanceof IpsetError)) throw error
    if (!session.quiet) proc.error(`${label}${where}${error.message}`)
    if (error.exitCode === 2) proc.error("Try `ipset help' for more information.")
    return error.exitCode
  }
}

function carryOut(session: IpsetSession, verb: Verb, words: readonly string[]): number {
  const { proc, sets } = session
  const [name, second] = words
  checkWords(verb, words)
  switch (verb) {
    case 'version':
      proc.line(`ipset v${session.version}, protocol version: ${atLeast(session.version, '7.0') ? 7 : 6}`)
      return 0
    case 'help':
      proc.line(
        'Usage: ipset create NAME TYPE [OPTIONS] | add|del|test NAME ENTRY | list|save|flush|destroy [NAME] | rename|swap A B | restore',
      )
      return 0
    case 'list':
    case 'save':
      return showSets(session, verb, name)
    case 'create':
      return create(session, words)
    case 'restore':
      return notEmulated(proc, 'restore inside restore')
    case 'flush':
      for (const set of name === undefined ? sets.all : [session.find(name)]) set.flush()
      return 0
    case 'destroy':
      for (const each of name === undefined ? sets.all.map((set) => set.name) : [session.find(name).name]) destroy(session, each)
      return 0
    case 'rename':
    case 'swap':
      return exchange(session, verb, [name ?? '', second ?? ''])
    case 'add':
    case 'del':
    case 'test':
      return element(session, verb, words)
  }
}

function destroy(session: IpsetSession, name: string): void {
  try {
    session.sets.destroy(name)
  } catch (error) {
    if (error instanceof KernelError && error.errno === 'EBUSY')
      throw new IpsetError('Set cannot be destroyed: it is in use by a kernel component')
    throw error
  }
}

function exchange(session: IpsetSession, verb: 'rename' | 'swap', [from, to]: [string, string]): number {
  session.find(from)
  if (verb === 'swap') session.find(to)
  try {
    if (verb === 'rename') session.sets.rename(from, to)
    else session.sets.swap(from, to)
    return 0
  } catch (error) {
    if (!(error instanceof KernelError)) throw error
    if (verb === 'swap') throw new IpsetError('The sets cannot be swapped: their type does not match')
    throw new IpsetError(
      `Set cannot be renamed: ${error.errno === 'EEXIST' ? 'a set with the new name already exists' : 'it is in use by another system'}`,
    )
  }
}

/** Commands that need a second word beside the set's name. */
const NEEDS_SECOND: readonly Verb[] = ['create', 'add', 'del', 'test', 'rename', 'swap']
const LONGEST_NAME = 31

function checkWords(verb: Verb, [name, second]: readonly string[]): void {
  if (!NEEDS_SECOND.includes(verb)) return
  if (name === undefined) throw new IpsetError(`Missing mandatory argument to command ${verb}`, 2)
  if (second === undefined) throw new IpsetError(`Missing second mandatory argument to command ${verb}`, 2)
  if (name.length > LONGEST_NAME) throw new IpsetError(`Syntax error: setname '${name}' is longer than ${LONGEST_NAME} characters`)
}

/** Options of `create`, and whether a value follows. */
const CREATE_OPTIONS: Readonly<Record<string, boolean>> = {
  family: true,
  hashsize: true,
  maxelem: true,
  timeout: true,
  range: true,
  size: true,
  netmask: true,
  markmask: true,
  bucketsize: true,
  initval: true,
  counters: false,
  comment: false,
  skbinfo: false,
  forceadd: false,
}

function checkCreateOptions(words: readonly string[]): void {
  for (let at = 0; at < words.length; at++) {
    const hasValue = ownOf(CREATE_OPTIONS, words[at]!)
    if (hasValue === undefined) throw new IpsetError(`Unknown argument: \`${words[at]}'`, 2)
    if (hasValue) at++
  }
}

function create(session: IpsetSession, words: readonly string[]): number {
  const [name = '', typeName = ''] = words
  const type = ownOf(OLD_TYPES, typeName) ?? SET_TYPES.find((each) => each === typeName)
  if (type === undefined) {
    if (/^(hash|bitmap):(ip|net|mac|port|iface|mark|,)+$/.test(typeName))
      return notEmulated(session.proc, `create ${typeName}`, `use ${SET_TYPES.join(', ')}`)
    throw new IpsetError(`Syntax error: typename '${typeName}' is unknown`)
  }
  checkCreateOptions(words.slice(2))
  if (session.sets.get(name) !== null) {
    if (session.exist) return 0
    throw new IpsetError('Set cannot be created: set with the same name already exists')
  }
  session.sets.create(name, type, setOptions(type, words.slice(2)))
  return 0
}

function portRange(text: string): { min: number; max: number } {
  const [min, max] = text.split('-')
  return { min: Number(min), max: Number(max ?? min) }
}

function setOptions(type: SetType, words: readonly string[]): SetOptions {
  const value = (name: string): string | null => {
    const at = words.indexOf(name)
    return at < 0 ? null : (words[at + 1] ?? '')
  }
  const number = (name: string, absent: number): number => {
    const text = value(name)
    if (text === null) return absent
    if (!/^\d+$/.test(text)) throw new IpsetError(`Syntax error: '${text}' is invalid as number`)
    return Number(text)
  }
  const given = value('range')
  if (type.startsWith('bitmap:') && given === null) throw new IpsetError("Mandatory option `range' is missing", 2)
  return {
    family: value('family') === 'inet6' ? 'inet6' : 'inet',
    hashsize: number('hashsize', 1024),
    maxelem: number('maxelem', 65536),
    timeout: value('timeout') === null ? null : number('timeout', 0),
    counters: words.includes('counters'),
    comment: words.includes('comment'),
    range: given === null ? null : type === 'bitmap:ip' ? addressRange(given) : portRange(given),
    size: number('size', 8),
  }
}

function element(session: IpsetSession, verb: 'add' | 'del' | 'test', words: readonly string[]): number {
  const [name = '', text = '', ...options] = words
  const { proc } = session
  const set = session.find(name)
  const host = hostOf(proc)
  const entries = parseEntries(set, text, (word) => host.service(word, null))
  if (set.type === 'list:set') session.find(text)
  if (verb === 'test') {
    const found = set.has(entries[0]!, proc.nowUs)
    if (!session.quiet) proc.error(found ? `Warning: ${text} is in set ${name}.` : `${text} is NOT in set ${name}.`)
    return found ? 0 : 1
  }
  for (const entry of entries) {
    try {
      if (verb === 'del') set.remove(entry)
      else set.add(stored(session, set, entry, options), session.exist)
    } catch (error) {
      if (!(error instanceof KernelError)) throw error
      if (!session.exist || error.errno === 'ENOSPC') throw elementError(verb, error)
    }
  }
  return 0
}

function elementError(verb: 'add' | 'del', error: KernelError): IpsetError {
  if (verb === 'del') return new IpsetError("Element cannot be deleted from the set: it's not added")
  if (error.errno === 'ENOSPC') return new IpsetError('Hash is full, cannot add more elements')
  return new IpsetError("Element cannot be added to the set: it's already added")
}

function stored(
  session: IpsetSession,
  set: IpSet,
  entry: ReturnType<typeof parseEntries>[number],
  options: readonly string[],
): StoredEntry {
  const at = (name: string): string | null => (options.includes(name) ? (options[options.indexOf(name) + 1] ?? '') : null)
  const given = at('timeout')
  if (given !== null && set.options.timeout === null)
    throw new IpsetError('Timeout cannot be used: set was created without timeout support')
  if (at('comment') !== null && !set.options.comment)
    throw new IpsetError('Comment cannot be used: set was created without comment support')
  const timeout = given !== null ? Number(given) : (set.options.timeout ?? 0)
  return {
    ...entry,
    expiresUs: timeout === 0 ? null : session.proc.nowUs + timeout * 1_000_000,
    nomatch: options.includes('nomatch'),
    comment: at('comment'),
    packets: 0,
    bytes: 0,
  }
}
