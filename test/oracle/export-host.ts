// What there is on the machine itself that an exported lab could leave behind.
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

export interface Host {
  readonly namespaces: ReadonlySet<string>
  readonly links: ReadonlySet<string>
  readonly mounts: ReadonlySet<string>
}

export function hostNow(): Host {
  return {
    namespaces: lines(output('ip', ['netns', 'list'])),
    links: lines(output('ip', ['-br', 'link'])),
    mounts: lines(readFileSync('/proc/self/mounts', 'utf8')),
  }
}

export function leftBehind(before: Host, after: Host): string[] {
  const texts: string[] = []
  for (const kind of ['namespaces', 'links', 'mounts'] as const) {
    for (const line of after[kind]) if (!before[kind].has(line)) texts.push(`${kind}: "${line}" is new`)
    for (const line of before[kind]) if (!after[kind].has(line)) texts.push(`${kind}: "${line}" is gone`)
  }
  return texts
}

/** Processes in the PID, mount and network namespaces of a lab that is up: `PID STARTED`, since numbers are given out again. */
export function livingIn(script: string): ReadonlySet<string> {
  const holders = [...output(script, ['status', '--json']).matchAll(/"pid":(\d+)/g)].map((match) => match[1]!)
  const namespaces = new Set(holders.flatMap(namespacesOf))
  const pids = entries('/proc').filter((pid) => /^\d+$/.test(pid) && namespacesOf(pid).some((name) => namespaces.has(name)))
  return new Set(pids.flatMap((pid) => startOf(pid) ?? []))
}

export function stillAlive(processes: ReadonlySet<string>): string[] {
  return [...processes]
    .filter((one) => startOf(one.split(' ')[0]!) === one)
    .map((one) => `process ${one.split(' ')[0]} of the lab is still there`)
}

function startOf(pid: string): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return `${pid} ${stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]}`
  } catch {
    return null
  }
}

function namespacesOf(pid: string): string[] {
  return ['pid', 'mnt', 'net'].flatMap((kind) => linkOf(pid, kind))
}

function linkOf(pid: string, kind: string): string[] {
  try {
    return [readlinkSync(`/proc/${pid}/ns/${kind}`)]
  } catch {
    return []
  }
}

function entries(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

function lines(text: string): ReadonlySet<string> {
  return new Set(text.split('\n').filter((line) => line !== ''))
}

function output(program: string, words: readonly string[]): string {
  return spawnSync(program, words, { encoding: 'utf8' }).stdout ?? ''
}
