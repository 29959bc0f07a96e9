// /proc/PID: what the machine knows of one process.

import { type FileContext, type Inode, type LiveDirectory, LiveFile, SymbolicLink } from './inode.js'
import { fixedDirectory, linkTo, listedDirectory, readOnly } from './live.js'
import { sizeOf } from './machine-load.js'
import { procNet } from './proc-net.js'
import type { Process } from './process.js'

export function processDirectory(proc: Process): LiveDirectory {
  const directory = fixedDirectory(
    new Map<string, (context: FileContext) => Inode | null>([
      ['cmdline', readOnly(() => proc.argv.map((word) => `${word}\0`).join(''))],
      ['comm', readOnly(() => `${proc.comm}\n`)],
      ['cwd', linkTo(() => proc.cwd)],
      ['environ', readOnly(() => [...proc.env].map(([name, value]) => `${name}=${value}\0`).join(''))],
      ['exe', linkTo(() => proc.argv[0] ?? '')],
      ['fd', () => descriptorDirectory(proc)],
      ['net', () => procNet(() => proc.netns)],
      ['ns', () => namespaceDirectory(proc)],
      ['stat', readOnly(() => statText(proc))],
      ['status', readOnly(() => statusText(proc))],
    ]),
  )
  directory.uid = proc.uid
  directory.gid = proc.gid
  return directory
}

function descriptorDirectory(proc: Process): LiveDirectory {
  return listedDirectory(
    () => [...proc.fds.keys()].map(String),
    (name) => descriptorNode(proc, Number(name)),
  )
}

/** Opening /proc/self/fd/N opens what N points to. */
function descriptorNode(proc: Process, fd: number): Inode | null {
  const file = proc.fds.get(fd)
  if (file === undefined) return null
  return file.label.startsWith('/') ? new SymbolicLink(file.label) : new LiveFile(null, null, 0o600)
}

function namespaceDirectory(proc: Process): LiveDirectory {
  const link = (kind: string, inode: number) => linkTo(() => `${kind}:[${inode}]`)
  return fixedDirectory(
    new Map([
      ['ipc', link('ipc', 4026531839)],
      ['mnt', link('mnt', 4026531840)],
      ['net', link('net', netnsInode(proc))],
      ['pid', link('pid', 4026531836)],
      ['uts', link('uts', 4026531838)],
    ]),
  )
}

export function netnsInode(proc: Process): number {
  return proc.netns === proc.machine.kernel.initNetns ? 4026531956 : 4026532000 + proc.netns.id
}

export function stateLetter(proc: Process): string {
  return proc.state === 'stopped' ? 'T' : proc.state === 'done' ? 'Z' : 'S'
}

function statText(proc: Process): string {
  const start = Math.floor((proc.machine.upBeforeUs + proc.startedUs) / 10_000)
  const fields = [
    proc.pid,
    `(${proc.comm})`,
    stateLetter(proc),
    proc.ppid,
    proc.pgid,
    proc.sid,
    0,
    -1,
    4194304,
    0,
    0,
    0,
    0,
    Math.floor(proc.cpuUs / 10_000),
    0,
    0,
    0,
    20,
    0,
    1,
    0,
    start,
  ]
  return `${fields.join(' ')}\n`
}

function statusText(proc: Process): string {
  const state = stateLetter(proc)
  const word = state === 'T' ? 'stopped' : state === 'S' ? 'sleeping' : 'running'
  const { virtualKb, residentKb } = sizeOf(proc)
  const memory = `VmSize:\t${String(virtualKb).padStart(8)} kB\nVmRSS:\t${String(residentKb).padStart(8)} kB\n`
  const ids = (id: number): string => `${id}\t${id}\t${id}\t${id}`
  return `Name:\t${proc.comm}\nState:\t${state} (${word})\nTgid:\t${proc.pid}\nPid:\t${proc.pid}\nPPid:\t${proc.ppid}\nTracerPid:\t0\nUid:\t${ids(proc.uid)}\nGid:\t${ids(proc.gid)}\nFDSize:\t64\n${memory}Threads:\t1\n`
}
