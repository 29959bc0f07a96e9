// `ipset list` and `ipset save`: the sets as text.
import { formatIpv4 } from '../../addr/ipv4.js'
import type { IpSet, SetType } from '../../kernel/netfilter/ipset.js'
import { notEmulated } from '../../node/command.js'
import { atLeast } from '../../node/image.js'
import { entryText } from './ipset-entry.js'
import type { IpsetSession } from './ipset-session.js'

const REVISION: Record<SetType, number> = {
  'bitmap:ip': 3,
  'bitmap:port': 3,
  'hash:ip': 6,
  'hash:ip,port': 7,
  'hash:ip,port,ip': 7,
  'hash:mac': 1,
  'hash:net': 7,
  'hash:net,port': 8,
  'list:set': 3,
}

export function showSets(session: IpsetSession, verb: 'list' | 'save', name: string | undefined): number {
  const { proc, sets } = session
  const chosen = name === undefined ? sets.all : [session.find(name)]
  const asSave = verb === 'save' || session.output === 'save'
  if (session.output === 'xml') return notEmulated(proc, '-output xml', 'use -output save')
  for (const [i, set] of chosen.entries()) {
    if (session.namesOnly && !asSave) proc.line(set.name)
    else if (asSave) saveSet(session, set)
    else {
      if (i > 0) proc.line('')
      listSet(session, set)
    }
  }
  return 0
}

function header(session: IpsetSession, set: IpSet): string {
  const { options, type } = set
  const parts: string[] = []
  if (type.startsWith('hash:') && type !== 'hash:mac') parts.push(`family ${options.family}`)
  if (type.startsWith('hash:')) parts.push(`hashsize ${options.hashsize} maxelem ${options.maxelem}`)
  if (type === 'bitmap:ip') parts.push(`range ${formatIpv4(options.range?.min ?? 0)}-${formatIpv4(options.range?.max ?? 0)}`)
  if (type === 'bitmap:port') parts.push(`range ${options.range?.min ?? 0}-${options.range?.max ?? 65535}`)
  if (type === 'list:set') parts.push(`size ${options.size}`)
  if (options.timeout !== null) parts.push(`timeout ${options.timeout}`)
  if (options.counters) parts.push('counters')
  if (options.comment) parts.push('comment')
  if (type.startsWith('hash:') && atLeast(session.version, '7.7')) parts.push(`bucketsize 12 initval 0x${initval(set.name)}`)
  return parts.join(' ')
}

/** Random in a real kernel; here it follows from the name, so that two runs print the same. */
function initval(name: string): string {
  let hash = 0x811c9dc5
  for (const c of name) hash = Math.imul(hash ^ c.charCodeAt(0), 0x01000193)
  return (hash >>> 0).toString(16).padStart(8, '0')
}

function listSet(session: IpsetSession, set: IpSet): void {
  const { proc } = session
  const entries = set.list(proc.nowUs)
  const isModern = atLeast(session.version, '7.0')
  proc.line(`Name: ${set.name}\nType: ${set.type}\nRevision: ${isModern ? REVISION[set.type] : 1}\nHeader: ${header(session, set)}`)
  // Differs: a real kernel's figure depends on its allocator.
  proc.line(`Size in memory: ${200 + entries.length * 48}\nReferences: ${set.references}`)
  if (isModern) proc.line(`Number of entries: ${entries.length}`)
  if (session.terse) return
  proc.line('Members:')
  for (const entry of entries) proc.line(entryText(set, entry, proc.nowUs))
}

function saveSet(session: IpsetSession, set: IpSet): void {
  const { proc } = session
  proc.line(`create ${set.name} ${set.type} ${header(session, set)}`)
  for (const entry of set.list(proc.nowUs)) proc.line(`add ${set.name} ${entryText(set, entry, proc.nowUs)}`)
}
