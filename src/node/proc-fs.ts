// /proc: version, processes, network tables and the sysctl tree, live.

import { type Directory, type FileContext, type Inode, LiveDirectory, LiveFile } from './inode.js'
import { linkTo, listedDirectory, readOnly } from './live.js'
import type { Machine } from './machine.js'
import { busyUs, loadText, memoryOf } from './machine-load.js'
import { procNet } from './proc-net.js'
import { processDirectory } from './proc-pid.js'

export function mountProc(machine: Machine): void {
  const root = machine.files.node('/') as Directory
  root.entries.set('proc', procRoot(machine))
}

function procRoot(machine: Machine): LiveDirectory {
  const net = procNet((context) => context.netns)
  const sys = sysctlDirectory('')
  const top = new Map<string, (context: FileContext) => Inode | null>([
    ['cmdline', readOnly(() => 'BOOT_IMAGE=/vmlinuz root=/dev/vda1 ro console=ttyS0\n')],
    [
      'cpuinfo',
      readOnly(
        () =>
          'processor\t: 0\nvendor_id\t: GenuineIntel\ncpu family\t: 6\nmodel name\t: Virtual CPU\ncpu MHz\t\t: 2400.000\ncache size\t: 4096 KB\n\n',
      ),
    ],
    ['filesystems', readOnly(() => 'nodev\tsysfs\nnodev\tproc\nnodev\ttmpfs\nnodev\tdevpts\n\text4\n')],
    ['loadavg', readOnly(() => `${loadText(machine, ' ')} 1/${machine.processes.size} ${machine.lastPid}\n`)],
    ['meminfo', readOnly(() => memoryText(machine))],
    ['modules', readOnly(() => '')],
    ['mounts', readOnly((context) => mountsText(context))],
    ['net', () => net],
    ['self', linkTo((context) => String(context.process?.pid ?? 1))],
    ['stat', readOnly(() => statText(machine))],
    ['sys', () => sys],
    ['uptime', readOnly(() => uptimeText(machine))],
    ['version', readOnly(() => versionText(machine))],
  ])
  return new LiveDirectory(
    () => [...top.keys(), ...[...machine.processes.keys()].map(String)],
    (name, context) => top.get(name)?.(context) ?? processByName(machine, name),
  )
}

function processByName(machine: Machine, name: string): Inode | null {
  const proc = /^\d+$/.test(name) ? machine.process(Number(name)) : null
  return proc === null ? null : processDirectory(proc)
}

function versionText(machine: Machine): string {
  const { kernel, kernelBuild, id } = machine.image.facts
  const builder = id === 'centos' ? 'builder@kbuilder.dev.centos.org' : id === 'debian' ? 'debian-kernel@lists.debian.org' : 'buildd@lgw01'
  return `Linux version ${kernel} (${builder}) (gcc) ${kernelBuild}\n`
}

function uptimeText(machine: Machine): string {
  const idleUs = machine.uptimeUs - busyUs(machine)
  return `${(machine.uptimeUs / 1e6).toFixed(2)} ${(idleUs / 1e6).toFixed(2)}\n`
}

function memoryText(machine: Machine): string {
  const memory = memoryOf(machine)
  const row = (name: string, kb: number): string => `${`${name}:`.padEnd(16)}${String(kb).padStart(8)} kB\n`
  return (
    row('MemTotal', memory.totalKb) +
    row('MemFree', memory.freeKb) +
    row('MemAvailable', memory.availableKb) +
    row('Buffers', memory.buffersKb) +
    row('Cached', memory.cachedKb) +
    row('SwapTotal', 0) +
    row('SwapFree', 0)
  )
}

function statText(machine: Machine): string {
  const busy = Math.floor(busyUs(machine) / 10_000)
  const idle = Math.floor(machine.uptimeUs / 10_000) - busy
  const boot = Math.floor((machine.clockUs - machine.uptimeUs) / 1e6)
  return `cpu  ${busy} 0 0 ${idle} 0 0 0 0 0 0\nbtime ${boot}\nprocesses ${machine.lastPid}\n`
}

function mountsText(context: FileContext): string {
  const base =
    'sysfs /sys sysfs rw,nosuid,nodev,noexec,relatime 0 0\nproc /proc proc rw,nosuid,nodev,noexec,relatime 0 0\nudev /dev devtmpfs rw,relatime,mode=755 0 0\n/dev/vda1 / ext4 rw,relatime,errors=remount-ro 0 0\ntmpfs /run tmpfs rw,nosuid,relatime,mode=755 0 0\n'
  const machine = context.process?.machine
  const names = machine === undefined ? [] : [...machine.netnsNames.keys()]
  return base + names.map((name) => `nsfs /run/netns/${name} nsfs rw 0 0\n`).join('')
}

// --- /proc/sys: the kernel's sysctl names as a tree; a dot inside a device name is written `/` there.

function sysctlDirectory(prefix: string): LiveDirectory {
  return listedDirectory(
    (context) => childNames(prefix, context),
    (name, context) => sysctlNode(prefix === '' ? dotted(name) : `${prefix}.${dotted(name)}`, context),
  )
}

/** What a machine is called. Differs: no other settings of the kernel as a whole. */
const KERNEL_FOLDER = listedDirectory(
  () => ['hostname', 'osrelease', 'ostype'],
  (name, context) => {
    const machine = context.process?.machine
    if (machine === undefined) return null
    const texts = new Map([
      ['hostname', machine.hostname],
      ['osrelease', machine.image.kernel],
      ['ostype', 'Linux'],
    ])
    const text = texts.get(name)
    return text === undefined ? null : new LiveFile(() => `${text}\n`)
  },
)

function dotted(name: string): string {
  return name.replaceAll('.', '/')
}

function childNames(prefix: string, context: FileContext): string[] {
  const names = new Set<string>()
  const start = prefix === '' ? '' : `${prefix}.`
  for (const name of context.netns.sysctl.list()) {
    if (!name.startsWith(start)) continue
    names.add(name.slice(start.length).split('.')[0]!.replaceAll('/', '.'))
  }
  return [...names]
}

function sysctlNode(name: string, context: FileContext): Inode | null {
  const sysctl = context.netns.sysctl
  if (name === 'kernel' && !sysctl.isFolder(name)) return KERNEL_FOLDER
  if (!sysctl.has(name)) return sysctl.isFolder(name) ? sysctlDirectory(name) : null
  const read = (): string => `${sysctl.read(name) ?? ''}\n`
  return sysctl.isWritable(name) ? new LiveFile(read, (text) => sysctl.write(name, text.trim())) : new LiveFile(read)
}
