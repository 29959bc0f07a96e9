// `bridge`: options, object, verb.
import { completeObjects, findObject, findVerb, isPrefix, type ObjectGrammar, UsageError, usageOf, Words } from '../../grammar/keyword.js'
import { BridgeDevice } from '../../kernel/dev/bridge.js'
import { KernelError } from '../../kernel/errno.js'
import type { Command, CompletionContext } from '../../node/command.js'
import type { Process } from '../../node/process.js'
import { runBatch } from '../ip/batch.js'
import { completeKinds } from '../ip/complete.js'
import { hostOf } from '../ip/host.js'
import { inet6Groups } from '../ip/maddr.js'
import { needNetns } from '../ip/netns.js'
import { parseIpOptions } from '../ip/options.js'
import { guarded, type IpHost, IpRun } from '../ip/run.js'
import { bridgeChange, fdbObject } from './fdb.js'
import { linkObject } from './link.js'
import { monitor } from './monitor.js'

const mdbObject: ObjectGrammar<IpRun> = {
  name: 'mdb',
  verbs: [
    { names: ['show', 'lst', 'list'], list: null, run: (run) => showMdb(run) },
    {
      names: ['add', 'delete', 'replace'],
      list: null,
      run: (_run, _words, typed) => {
        throw new UsageError(`bridge: mdb ${typed}: not emulated by netlab (groups follow from addresses)`, 126)
      },
    },
  ],
}

const vlanObject: ObjectGrammar<IpRun> = {
  name: 'vlan',
  verbs: [
    { names: ['add', 'delete', 'set'], list: null, run: (run) => bridgeChange(run, refuseVlan) },
    { names: ['show', 'lst', 'list', 'tunnelshow'], list: null, run: (run) => showVlans(run) },
  ],
}

const monitorObject: ObjectGrammar<IpRun> = { name: 'monitor', verbs: [] }

const OBJECTS: readonly ObjectGrammar<IpRun>[] = [linkObject, fdbObject, mdbObject, vlanObject, monitorObject]

/** A kernel built without VLAN filtering answers so. */
function refuseVlan(): void {
  throw new KernelError('EOPNOTSUPP')
}

function showVlans(run: IpRun): number {
  if (run.options.json) run.show([], () => '')
  else run.out(run.atLeast('5.0') ? 'port              vlan-id  \n' : 'port\tvlan ids\n')
  return 0
}

/** What its ports asked for, then the groups of the bridge itself. */
function showMdb(run: IpRun): number {
  const rows: { dev: string; port: string; grp: string; state: string; flags: string[] }[] = []
  for (const dev of run.netns.devices) {
    if (!(dev instanceof BridgeDevice) || !dev.isUp || !dev.multicastSnooping) continue
    for (const { port, group } of dev.groups.list(run.netns.nowUs)) {
      rows.push({ dev: dev.name, port, grp: group, state: 'temp', flags: [] })
    }
    for (const grp of inet6Groups(dev, run.host.kernelVersion)) {
      if (grp === 'ff02::1' || grp === 'ff01::1') continue
      rows.push({ dev: dev.name, port: dev.name, grp, state: 'temp', flags: [] })
    }
  }
  if (run.options.json) run.show([{ mdb: rows, router: {} }], () => '')
  else for (const row of rows) run.out(`dev ${row.dev} port ${row.port} grp ${row.grp} ${row.state}\n`)
  return 0
}

export const BRIDGE_USAGE = `Usage: bridge [ OPTIONS ] OBJECT { COMMAND | help }
       bridge [ -force ] -batch FILE
where  OBJECT := { link | fdb | mdb | vlan | monitor }
       OPTIONS := { -V[ersion] | -s[tatistics] | -d[etails] | -o[neline] | -t[imestamp] |
                    -n[etns] NAME | -c[ompressvlans] | -color | -p[retty] | -j[son] }`

async function runObject(run: IpRun, words: Words): Promise<number> {
  const typed = words.current
  if (isPrefix(typed, 'help')) throw new UsageError(BRIDGE_USAGE, 255)
  const object = findObject(typed, OBJECTS)
  if (object === null) throw new UsageError(`Object "${typed}" is unknown, try "bridge help".`, 255)
  words.advance()
  if (object === monitorObject) return monitor(run, words)
  const verb = words.isDone ? object.verbs.find((candidate) => candidate.names.includes('show'))! : findVerb(words.current, object.verbs)
  const verbTyped = words.isDone ? 'show' : words.current
  if (verb === null) {
    if (isPrefix(verbTyped, 'help')) throw new UsageError(usageOf('bridge', object), 255)
    throw new UsageError(`Command "${verbTyped}" is unknown, try "bridge ${object.name} help".`, 255)
  }
  words.advance()
  try {
    return await verb.run(run, words, verbTyped)
  } catch (error) {
    if (error instanceof UsageError && error.text === '') throw new UsageError(usageOf('bridge', object), error.exitCode)
    throw error
  }
}

export async function runBridge(host: IpHost, netns: IpRun['netns'], argv: readonly string[]): Promise<number> {
  return guarded(host, async () => {
    const words = new Words(argv)
    const options = parseIpOptions(words, 'bridge')
    if (options.version) {
      host.out(`bridge utility, ${host.iproute2}\n`)
      return 0
    }
    if (options.help || (words.isDone && options.batch === null)) throw new UsageError(BRIDGE_USAGE, 255)
    const first = new IpRun(host, netns, options, 'bridge')
    const run = options.netns === null ? first : new IpRun(host, needNetns(first, options.netns), options, 'bridge')
    return options.batch === null ? runObject(run, words) : runBatch(run, options.batch, runObject)
  })
}

function complete(context: CompletionContext): string[] {
  const typed = context.words.slice(1, context.index + 1).filter((word) => !word.startsWith('-'))
  return completeKinds(completeObjects(typed, OBJECTS), context)
}

export const bridgeCommand: Command = {
  name: 'bridge',
  path: '/sbin/bridge',
  run: (proc: Process) => runBridge(hostOf(proc), proc.netns, proc.argv.slice(1)),
  complete,
  changes: true,
  usage: BRIDGE_USAGE,
}
