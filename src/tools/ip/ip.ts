// `ip`: options, object, verb.

import { completeObjects, findObject, findVerb, isPrefix, type ObjectGrammar, UsageError, usageOf, Words } from '../../grammar/keyword.js'
import { ownOf } from '../../grammar/own-of.js'
import type { Command, CompletionContext } from '../../node/command.js'
import type { Process } from '../../node/process.js'
import { addressObject } from './address.js'
import { runBatch } from './batch.js'
import { completeKinds } from './complete.js'
import { hostOf } from './host.js'
import { linkObject } from './link.js'
import { maddressObject } from './maddr.js'
import { monitor, monitorObject } from './monitor.js'
import { neighborObject, neighbourObject } from './neigh.js'
import { needNetns, netnsObject } from './netns.js'
import { ntableObject } from './ntable.js'
import { IP_OPTION_WORDS, type IpOptions, parseIpOptions } from './options.js'
import { routeObject } from './route.js'
import { ruleObject } from './rule.js'
import { guarded, type IpHost, IpRun } from './run.js'
import { tunlObject, tunnelObject } from './tunnel.js'
import { tapObject, tuntapObject } from './tuntap.js'

/** In the order of iproute2's table: a beginning stands for the first that fits. */
const OBJECTS: readonly ObjectGrammar<IpRun>[] = [
  addressObject,
  knownOnly('addrlabel'),
  maddressObject,
  routeObject,
  ruleObject,
  neighborObject,
  neighbourObject,
  ntableObject('ntable'),
  ntableObject('ntbl'),
  linkObject,
  knownOnly('l2tp'),
  knownOnly('fou'),
  knownOnly('ila'),
  knownOnly('macsec'),
  tunnelObject,
  tunlObject,
  tuntapObject,
  tapObject,
  knownOnly('token'),
  knownOnly('tcpmetrics'),
  knownOnly('tcp_metrics'),
  monitorObject,
  knownOnly('xfrm'),
  emptyObject('mroute'),
  knownOnly('mrule'),
  netnsObject,
  knownOnly('netconf'),
  knownOnly('vrf'),
  knownOnly('sr'),
  emptyObject('nexthop'),
  knownOnly('mptcp'),
  knownOnly('ioam'),
  knownOnly('stats'),
]

/** There are none of them, and none can be made. */
function emptyObject(name: string): ObjectGrammar<IpRun> {
  return {
    name,
    verbs: [
      { names: ['list', 'show', 'lst'], list: null, run: () => 0 },
      {
        names: ['add', 'delete', 'change', 'append', 'replace', 'get', 'flush'],
        list: null,
        hidden: true,
        run: () => {
          throw new UsageError(`ip: ${name}: not emulated by netlab beyond an empty list`, 126)
        },
      },
    ],
  }
}

function knownOnly(name: string): ObjectGrammar<IpRun> {
  return {
    name,
    verbs: [
      {
        names: [''],
        list: null,
        hidden: true,
        run: () => {
          throw new UsageError(`ip: ${name}: not emulated by netlab`, 126)
        },
      },
    ],
  }
}

/** Objects whose names `ip` prints differently in its messages. */
const MESSAGE_NAMES: Readonly<Record<string, string>> = {
  neighbour: 'neigh',
  neighbor: 'neigh',
  maddress: 'maddr',
  tap: 'tuntap',
  tunl: 'tunnel',
}

const SHOWN_OBJECTS = ['address', 'link', 'maddress', 'monitor', 'neighbour', 'netns', 'route', 'rule', 'tunnel', 'tuntap']

export const IP_USAGE = `Usage: ip [ OPTIONS ] OBJECT { COMMAND | help }
       ip [ -force ] -batch FILE
where  OBJECT := { ${SHOWN_OBJECTS.join(' | ')} }
       OPTIONS := { -V[ersion] | -s[tatistics] | -d[etails] | -r[esolve] | -h[uman-readable] | -iec |
                    -j[son] | -p[retty] | -f[amily] { inet | inet6 | link } | -4 | -6 | -0 |
                    -br[ief] | -o[neline] | -t[imestamp] | -ts[hort] | -b[atch] [FILE] |
                    -n[etns] NAME | -N[umeric] | -a[ll] | -c[olor] }`

/** Runs `OBJECT VERB ...`. */
export async function runObject(run: IpRun, words: Words): Promise<number> {
  const typed = words.current
  if (isPrefix(typed, 'help')) throw new UsageError(IP_USAGE, 255)
  const object = findObject(typed, OBJECTS)
  if (object === null) {
    run.error(`Object "${typed}" is unknown, try "ip help".`)
    return 1
  }
  words.advance()
  if (object === monitorObject) return monitor(run, words)
  if (object.verbs[0]?.names[0] === '') return object.verbs[0].run(run, words, '')
  return runVerb(run, object, words)
}

async function runVerb(run: IpRun, object: ObjectGrammar<IpRun>, words: Words): Promise<number> {
  const usage = (): string => usageOf('ip', object)
  if (words.isDone) return showVerb(object).run(run, words, 'show')
  const typed = words.current
  const name = ownOf(MESSAGE_NAMES, object.name) ?? object.name
  const verb = typed === 'list-id' ? object.verbs.find((candidate) => candidate.names.includes(typed)) : findVerb(typed, object.verbs)
  if (verb == null) {
    if (isPrefix(typed, 'help')) throw new UsageError(usage(), 255)
    throw new UsageError(`Command "${typed}" is unknown, try "ip ${name} help".`, 255)
  }
  words.advance()
  try {
    return await verb.run(run, words, typed)
  } catch (error) {
    // An empty text stands for the object's usage.
    if (error instanceof UsageError && error.text === '') throw new UsageError(usage(), error.exitCode)
    throw error
  }
}

function showVerb(object: ObjectGrammar<IpRun>): ObjectGrammar<IpRun>['verbs'][number] {
  return object.verbs.find((verb) => verb.names.includes('show')) ?? object.verbs[0]!
}

function versionText(version: string): string {
  if (version.startsWith('6.')) return `ip utility, iproute2-${version}, libbpf 1.1.2`
  const snapshots: Readonly<Record<string, string>> = {
    '3.2.0': 'ss111117',
    '3.12.0': 'ss131122',
    '3.10.0': 'ss130716',
    '4.3.0': 'ss151103',
    '5.0.0': 'ss190107',
    '5.5.0': 'ss200127',
  }
  return `ip utility, iproute2-${snapshots[version] ?? version}`
}

/** `hosted` is this command as the process sees it; tests hand in their own. */
export async function runIp(host: IpHost, netns: IpRun['netns'], argv: readonly string[]): Promise<number> {
  return guarded(host, async () => {
    const words = new Words(argv)
    const options = parseIpOptions(words, 'ip')
    if (options.version) {
      host.out(`${versionText(host.iproute2)}\n`)
      return 0
    }
    if (options.help) throw new UsageError(IP_USAGE, 255)
    const run = new IpRun(host, chooseNetns(host, netns, options), options)
    if (options.batch !== null) return runBatch(run, options.batch, runObject)
    if (words.isDone) throw new UsageError(IP_USAGE, 255)
    return runObject(run, words)
  })
}

/** `-n NAME`: as if everything were run by `ip netns exec NAME`. */
function chooseNetns(host: IpHost, netns: IpRun['netns'], options: IpOptions): IpRun['netns'] {
  if (options.netns === null) return netns
  return needNetns(new IpRun(host, netns, options), options.netns)
}

async function run(proc: Process): Promise<number> {
  return runIp(hostOf(proc), proc.netns, proc.argv.slice(1))
}

/** `busybox ip`. */
export async function runBusyboxIp(proc: Process): Promise<number> {
  return runIp(hostOf(proc, true), proc.netns, proc.argv.slice(1))
}

function complete(context: CompletionContext): string[] {
  const typed = context.words.slice(1, context.index + 1)
  if (context.current.startsWith('-')) return IP_OPTION_WORDS.filter((word) => word.startsWith(context.current))
  const start = typed.findIndex((word, i) => !word.startsWith('-') && !/^-n(etns)?$|^-b(atch)?$|^-f(amily)?$/.test(typed[i - 1] ?? ''))
  const shown = OBJECTS.filter((object) => SHOWN_OBJECTS.includes(object.name))
  const found = completeObjects(start < 0 ? [] : typed.slice(start), shown)
  return completeKinds(found, context)
}

export const ipCommand: Command = { name: 'ip', path: '/sbin/ip', run, complete, changes: true, usage: IP_USAGE }
