// `ip netns`: named network namespaces, and commands run inside them.
import { type KeywordList, type ObjectGrammar, UsageError, type Words, wrongArgument } from '../../grammar/keyword.js'
import { errnoText, KernelError } from '../../kernel/errno.js'
import type { NetNamespace } from '../../kernel/netns.js'
import { listedDirectory, readOnly } from '../../node/live.js'
import type { Machine } from '../../node/machine.js'
import type { Process } from '../../node/process.js'
import { parseU32 } from './names.js'
import { netnsDirectory } from './netns-names.js'
import { type IpRun, RunFailed } from './run.js'

const NAMED: KeywordList<null> = { keywords: [], operand: 'NAME', operandCompletes: 'netns', rest: () => {} }
const NAMED_COMMAND: KeywordList<null> = { keywords: [], operand: 'NAME COMMAND ...', operandCompletes: 'netns', rest: () => {} }

export const netnsObject: ObjectGrammar<IpRun> = {
  name: 'netns',
  verbs: [
    { names: ['list', 'show', 'lst'], list: null, run: (run) => list(run) },
    { names: ['list-id'], list: null, run: (run, words) => listIds(run, words) },
    { names: ['add'], list: { ...NAMED, operandCompletes: [] }, run: (run, words) => add(run, words) },
    { names: ['set'], list: NAMED, run: (run, words) => setId(run, words) },
    { names: ['delete'], list: NAMED, run: (run, words) => remove(run, words) },
    { names: ['identify'], list: null, run: (run, words) => identify(run, words) },
    { names: ['pids'], list: NAMED, run: (run, words) => pids(run, words) },
    { names: ['exec'], list: NAMED_COMMAND, run: (run, words) => exec(run, words) },
    { names: ['monitor'], list: null, run: (run) => monitor(run) },
    { names: ['attach'], list: { ...NAMED, operand: 'NAME PID' }, run: (run, words) => attach(run, words) },
  ],
}

function processOf(run: IpRun): Process {
  const { proc } = run.host
  if (proc === null) throw new RunFailed(255, 'no process')
  return proc
}

function names(run: IpRun): Map<string, NetNamespace> {
  return processOf(run).machine.netnsNames
}

/** A tmpfs directory lists the newest name first. */
function listed(run: IpRun): string[] {
  return [...run.host.netnsNames.keys()].reverse()
}

/** Linux 4.0 and iproute2 4.1 brought ids; Red Hat took them into its 3.10s. */
function showsIds(run: IpRun): boolean {
  return run.host.kernelVersion.includes('.el7') || (run.atLeast('4.1') && run.kernelAtLeast('4.0'))
}

function list(run: IpRun): number {
  const rows = listed(run).map((name) => {
    const id = showsIds(run) ? run.netns.idOf(run.host.netnsNames.get(name)!) : null
    return { name, id: id ?? undefined }
  })
  run.show(rows, (row) => `${row.name}${row.id === undefined ? '' : ` (id: ${row.id})`}\n`)
  return 0
}

/** Ids are given from 0 upwards; more peers than this no lab has. */
const MAX_NSID = 1024

function listIds(run: IpRun, words: Words): number {
  let only: number | null = null
  for (; !words.isDone; words.advance()) {
    if (words.current !== 'nsid') throw new UsageError('', 255)
    only = parseU32(words.next())
    if (only === null) throw wrongArgument(words.current, 'invalid "nsid" value\n')
  }
  const rows: { nsid: number; name: string | undefined }[] = []
  for (let nsid = 0; nsid < MAX_NSID; nsid++) {
    const netns = run.netns.namespaceById(nsid)
    if (netns !== null && (only === null || only === nsid)) rows.push({ nsid, name: run.netnsName(netns) ?? undefined })
  }
  run.show(rows, (row) => `nsid ${row.nsid} ${row.name === undefined ? '' : `(iproute2 netns name: ${row.name})`}\n`)
  return 0
}

function checkName(name: string): string {
  if (name === '' || name === '.' || name === '..' || name.includes('/') || name.length > 255)
    throw new RunFailed(255, `Invalid netns name "${name}"`)
  return name
}

/** Names are files in a directory that only root may write. */
function needRoot(run: IpRun, text: string): void {
  if (run.host.uid !== 0) throw new RunFailed(1, text)
}

function add(run: IpRun, words: Words): number {
  if (words.isDone) throw new RunFailed(1, 'No netns name specified')
  const name = checkName(words.current)
  const path = `${netnsDirectory(run)}/${name}`
  needRoot(run, `mkdir ${netnsDirectory(run)} failed: Permission denied`)
  if (names(run).has(name)) throw new RunFailed(1, `Cannot create namespace file "${path}": File exists`)
  names(run).set(name, run.netns.kernel.createNetns(name))
  showNames(processOf(run).machine)
  return 0
}

/** /run/netns is made with the first name; each name is a file on which the namespace is mounted. */
function showNames(machine: Machine): void {
  const { files, netnsNames } = machine
  if (files.exists('/run/netns')) return
  const mounted = readOnly(() => '')
  const folder = listedDirectory(
    () => [...netnsNames.keys()],
    (name) => (netnsNames.has(name) ? mounted() : null),
  )
  folder.mode = 0o755
  files.addNew('/run/netns', folder)
}

function remove(run: IpRun, words: Words): number {
  if (words.isDone && !run.options.all) throw new RunFailed(1, 'No netns name specified')
  const doomed = run.options.all ? listed(run) : [words.current]
  for (const name of doomed) {
    const path = `${netnsDirectory(run)}/${name}`
    const netns = names(run).get(name)
    if (netns === undefined) throw new RunFailed(1, `Cannot remove namespace file "${path}": No such file or directory`)
    needRoot(run, `Cannot remove namespace file "${path}": Permission denied`)
    names(run).delete(name)
    releaseNetns(processOf(run), netns)
  }
  return 0
}

/** A namespace without a name lives on while some process is in it. */
export function releaseNetns(proc: Process, netns: NetNamespace): void {
  const { machine } = proc
  if (netns === machine.kernel.initNetns || [...machine.netnsNames.values()].includes(netns)) return
  const inside = [...machine.processes.values()].filter((other) => other.netns === netns && other !== proc)
  if (inside.length === 0) {
    machine.kernel.destroyNetns(netns)
    return
  }
  for (const other of inside) other.onExit(() => releaseNetns(other, netns))
}

function attach(run: IpRun, words: Words): number {
  const name = words.current
  words.advance()
  if (name === '' || words.isDone) throw new RunFailed(1, 'No netns name and PID specified')
  checkName(name)
  const pid = words.current
  if (!/^\d+$/.test(pid)) throw new RunFailed(1, `Invalid PID: ${pid}`)
  const path = `${netnsDirectory(run)}/${name}`
  if (names(run).has(name)) throw new RunFailed(1, `Cannot create namespace file "${path}": File exists`)
  const netns = run.host.netnsOfPid(Number(pid))
  if (netns === null) throw new RunFailed(1, `Bind /proc/${pid}/ns/net -> ${path} failed: No such file or directory`)
  names(run).set(name, netns)
  showNames(processOf(run).machine)
  return 0
}

function setId(run: IpRun, words: Words): number {
  if (words.isDone) throw new RunFailed(1, 'No netns name specified')
  const netns = needNetns(run, words.current, 1)
  words.advance()
  if (words.isDone) throw new RunFailed(1, 'No nsid specified')
  const wanted = words.current === 'auto' ? undefined : parseU32(words.current)
  if (wanted === null) throw wrongArgument(words.current, 'Invalid "netnsid" value\n')
  return run.change(() => void run.netns.allocateIdOf(netns, wanted))
}

/** The namespace of a name, or what `ip` says when it cannot be opened. */
export function needNetns(run: IpRun, name: string, code = 255): NetNamespace {
  const netns = run.host.netnsNames.get(name)
  if (netns === undefined) throw new RunFailed(code, `Cannot open network namespace "${name}": No such file or directory`)
  return netns
}

function identify(run: IpRun, words: Words): number {
  const word = words.isDone ? null : words.current
  if (word !== null && words.following !== null) throw new RunFailed(1, 'extra arguments specified')
  if (word !== null && !/^\d+$/.test(word)) throw new RunFailed(1, `Specified string '${word}' is not a pid`)
  const netns = word === null ? processOf(run).netns : run.host.netnsOfPid(Number(word))
  if (netns === null) throw new RunFailed(1, 'Cannot open network namespace: No such file or directory')
  const known = [...run.host.netnsNames].filter(([, each]) => each === netns).map(([name]) => name)
  // One line in any case: what has no name is an empty one.
  run.out(`${known[0] ?? ''}\n`)
  return 0
}

function pids(run: IpRun, words: Words): number {
  if (words.isDone) throw new RunFailed(1, 'No netns name specified')
  const netns = run.host.netnsNames.get(words.current)
  if (netns === undefined) throw new RunFailed(1, 'Cannot open network namespace: No such file or directory')
  const inside = [...processOf(run).machine.processes.values()].filter((proc) => proc.netns === netns)
  for (const proc of inside.sort((a, b) => a.pid - b.pid)) run.out(`${proc.pid}\n`)
  return 0
}

async function exec(run: IpRun, words: Words): Promise<number> {
  if (run.options.all) return execInAll(run, words)
  if (words.isDone) throw new RunFailed(1, 'No netns name specified')
  const name = words.current
  words.advance()
  if (words.isDone) throw new RunFailed(1, 'No command specified')
  const netns = needNetns(run, name)
  if (run.host.uid !== 0) throw new RunFailed(255, `setting the network namespace "${name}" failed: Operation not permitted`)
  const proc = processOf(run)
  proc.netns = netns
  proc.netnsName = name
  try {
    return await proc.exec([...words.rest])
  } catch (error) {
    if (!(error instanceof KernelError)) throw error
    throw new RunFailed(1, `exec of "${words.current}" failed: ${errnoText(error.errno)}`)
  }
}

async function execInAll(run: IpRun, words: Words): Promise<number> {
  const proc = processOf(run)
  if (words.isDone) throw new RunFailed(1, 'No command specified')
  for (const name of listed(run)) {
    run.out(`\nnetns: ${name}\n`)
    const code = await spawnIn(proc, name, [...words.rest])
    if (code !== 0) return code
  }
  return 0
}

async function spawnIn(proc: Process, name: string, argv: string[]): Promise<number> {
  const netns = proc.machine.netnsNames.get(name)
  if (netns === undefined) return 1
  try {
    return await proc.waitFor(proc.spawn(argv, { netns, netnsName: name }))
  } catch (error) {
    if (!(error instanceof KernelError)) throw error
    proc.error(`exec of "${argv[0]}" failed: ${errnoText(error.errno)}`)
    return 1
  }
}

/** Names as they come and go; until a signal ends it. */
async function monitor(run: IpRun): Promise<number> {
  const proc = processOf(run)
  let known = new Set(run.host.netnsNames.keys())
  await proc.wait<never>(() =>
    run.netns.kernel.events.subscribe((event) => {
      if (event.kind !== 'netns') return
      // The name is filed after the namespace is made.
      proc.machine.sim.scheduler.after(0, () => {
        const now = new Set(run.host.netnsNames.keys())
        for (const name of now) if (!known.has(name)) run.out(`add ${name}\n`)
        for (const name of known) if (!now.has(name)) run.out(`delete ${name}\n`)
        known = now
      })
    }),
  )
  return 0
}
