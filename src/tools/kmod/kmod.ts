// `modprobe`, `lsmod`, `rmmod`: the kernel's modules. What the emulated kernel can do is always there; loading one notes its name.
import type { DeviceKind } from '../../kernel/netdev.js'
import type { Command } from '../../node/command.js'
import { openvswitchOn } from '../../node/daemons/openvswitch.js'
import type { Machine } from '../../node/machine.js'
import type { Process } from '../../node/process.js'

/** Modules whose work this kernel does, with their size and what they stand on. */
const MODULES: ReadonlyMap<string, { readonly size: number; readonly needs: readonly string[] }> = new Map([
  ['8021q', { size: 40960, needs: ['garp', 'mrp'] }],
  ['garp', { size: 16384, needs: ['stp'] }],
  ['mrp', { size: 20480, needs: [] }],
  ['stp', { size: 16384, needs: ['llc'] }],
  ['llc', { size: 16384, needs: [] }],
  ['bridge', { size: 311296, needs: ['stp', 'llc'] }],
  ['br_netfilter', { size: 32768, needs: ['bridge'] }],
  ['veth', { size: 36864, needs: [] }],
  ['tun', { size: 61440, needs: [] }],
  ['dummy', { size: 16384, needs: [] }],
  ['ip_tables', { size: 36864, needs: ['x_tables'] }],
  ['x_tables', { size: 61440, needs: [] }],
  ['iptable_filter', { size: 16384, needs: ['ip_tables'] }],
  ['iptable_nat', { size: 16384, needs: ['ip_tables', 'nf_nat'] }],
  ['iptable_mangle', { size: 16384, needs: ['ip_tables'] }],
  ['iptable_raw', { size: 16384, needs: ['ip_tables'] }],
  ['nf_conntrack', { size: 188416, needs: ['nf_defrag_ipv4'] }],
  ['nf_defrag_ipv4', { size: 16384, needs: [] }],
  ['nf_nat', { size: 57344, needs: ['nf_conntrack'] }],
  ['openvswitch', { size: 70989, needs: ['gre', 'vxlan', 'libcrc32c'] }],
  ['gre', { size: 13796, needs: [] }],
  ['vxlan', { size: 37663, needs: ['ip_tunnel'] }],
  ['ip_tunnel', { size: 23760, needs: [] }],
  ['ipip', { size: 20480, needs: ['ip_tunnel', 'tunnel4'] }],
  ['tunnel4', { size: 16384, needs: [] }],
  ['ip_gre', { size: 22320, needs: ['ip_tunnel', 'gre'] }],
  ['libcrc32c', { size: 12644, needs: [] }],
  ['ip_set', { size: 61440, needs: [] }],
])

const loaded = new WeakMap<Machine, Set<string>>()

function modulesOf(machine: Machine): Set<string> {
  let modules = loaded.get(machine)
  if (modules === undefined) {
    modules = new Set()
    loaded.set(machine, modules)
  }
  return modules
}

/** What the kernel loads by itself when it is asked for: a kind of device, a table of rules, the switch. */
function notice(machine: Machine): void {
  for (const netns of machine.kernel.namespaces) {
    for (const { kind } of netns.devices) {
      const name = KINDS[kind]
      if (name !== undefined) load(machine, name)
    }
    for (const name of netns.netfilter.tables.names) load(machine, `iptable_${name}`)
  }
  if (openvswitchOn(machine) !== null) load(machine, 'openvswitch')
}

const KINDS: Readonly<Partial<Record<DeviceKind, string>>> = { bridge: 'bridge', veth: 'veth', tap: 'tun', dummy: 'dummy', vlan: '8021q' }

function canonical(name: string): string {
  return name.replaceAll('-', '_')
}

function load(machine: Machine, name: string): void {
  const modules = modulesOf(machine)
  if (modules.has(name)) return
  for (const needed of MODULES.get(name)?.needs ?? []) load(machine, needed)
  modules.add(name)
  if (name === 'ipip') machine.kernel.loadIpip()
  if (name === 'nf_conntrack') machine.kernel.loadConntrack()
}

function usersOf(modules: ReadonlySet<string>, name: string): string[] {
  return [...modules].filter((other) => MODULES.get(other)?.needs.includes(name) === true)
}

function modprobe(proc: Process): number {
  const words = proc.argv.slice(1)
  const names = words.filter((word) => !word.startsWith('-')).map(canonical)
  const removes = words.includes('-r') || words.includes('--remove')
  const { kernel } = proc.machine.image
  if (words.includes('-V') || words.includes('--version')) {
    proc.line('kmod version 30')
    return 0
  }
  if (names.length === 0) {
    proc.error('modprobe: ERROR: missing parameters. See -h.')
    return 1
  }
  // Words behind the first are its parameters (NAME=VALUE), unless -a.
  for (const name of words.includes('-a') || removes ? names : names.slice(0, 1)) {
    if (!MODULES.has(name)) {
      if (!words.includes('-q')) proc.error(`modprobe: FATAL: Module ${name} not found in directory /lib/modules/${kernel}`)
      return 1
    }
    if (!proc.isRoot) {
      proc.error(`modprobe: ERROR: could not insert '${name}': Operation not permitted`)
      return 1
    }
    if (removes) modulesOf(proc.machine).delete(name)
    else load(proc.machine, name)
  }
  return 0
}

function lsmod(proc: Process): number {
  notice(proc.machine)
  const modules = modulesOf(proc.machine)
  proc.out('Module                  Size  Used by\n')
  for (const name of [...modules].reverse()) {
    const users = usersOf(modules, name)
    const size = String(MODULES.get(name)?.size ?? 16384).padStart(8)
    proc.out(`${name.padEnd(19)} ${size}  ${users.length}${users.length === 0 ? '' : ` ${users.join(',')}`}\n`)
  }
  return 0
}

function rmmod(proc: Process): number {
  notice(proc.machine)
  const modules = modulesOf(proc.machine)
  const names = proc.argv.slice(1).filter((word) => !word.startsWith('-'))
  if (names.length === 0) {
    proc.error('rmmod: ERROR: missing module name.')
    return 1
  }
  let code = 0
  for (const name of names.map(canonical)) {
    const users = usersOf(modules, name)
    if (!modules.has(name)) proc.error(`rmmod: ERROR: Module ${name} is not currently loaded`)
    else if (users.length > 0) proc.error(`rmmod: ERROR: Module ${name} is in use by: ${users.join(' ')}`)
    else if (!proc.isRoot) proc.error(`rmmod: ERROR: could not remove '${name}': Operation not permitted`)
    else {
      modules.delete(name)
      continue
    }
    code = 1
  }
  return code
}

export const modprobeCommand: Command = {
  name: 'modprobe',
  path: '/sbin/modprobe',
  run: modprobe,
  complete: (context) => [...MODULES.keys()].filter((name) => name.startsWith(context.current)),
  changes: true,
}
export const lsmodCommand: Command = { name: 'lsmod', path: '/sbin/lsmod', run: lsmod }
export const rmmodCommand: Command = {
  name: 'rmmod',
  path: '/sbin/rmmod',
  run: rmmod,
  complete: (context) => [...modulesOf(context.proc.machine)].filter((name) => name.startsWith(context.current)),
  changes: true,
}
