// `virsh`: libvirt's shell on a hypervisor: domains, their XML, their NICs and network filters.
import { formatMac } from '../../addr/mac.js'
import type { Guest, Hypervisor } from '../../cloud/nova/hypervisor.js'
import { hypervisorOn, isOn } from '../../cloud/nova/hypervisor.js'
import { instanceFilterName } from '../../cloud/nova/libvirt-xml.js'
import { libvirtName } from '../../cloud/nova/objects.js'
import type { Command } from '../../node/command.js'
import { notEmulated } from '../../node/command.js'
import type { Process } from '../../node/process.js'
import { filterXml, LIBVIRT_FILTERS, NWFILTERS } from './nwfilter.js'

interface VirshCommand {
  readonly name: string
  readonly operands: string
  readonly summary: string
  run(proc: Process, host: Hypervisor, args: readonly string[]): number | Promise<number>
}

const COMMANDS: readonly VirshCommand[] = [
  { name: 'list', operands: '[--all]', summary: 'list domains', run: list },
  {
    name: 'dominfo',
    operands: '<domain>',
    summary: 'domain information',
    run: (proc, host, args) => withDomain(proc, host, args, dominfo),
  },
  {
    name: 'domiflist',
    operands: '<domain>',
    summary: 'list all domain virtual interfaces',
    run: (proc, host, args) => withDomain(proc, host, args, domiflist),
  },
  {
    name: 'domid',
    operands: '<domain>',
    summary: 'convert a domain name or UUID to domain id',
    run: (proc, host, args) => withDomain(proc, host, args, (p, _h, g) => p.line(`${g.domainId}\n`)),
  },
  {
    name: 'domstate',
    operands: '<domain>',
    summary: 'domain state',
    run: (proc, host, args) => withDomain(proc, host, args, (p, _h, g) => p.line(`${stateOf(g)}\n`)),
  },
  {
    name: 'dumpxml',
    operands: '<domain>',
    summary: 'domain information in XML',
    run: (proc, host, args) => withDomain(proc, host, args, (p, h, g) => p.line(h.xmlOf(g))),
  },
  { name: 'nwfilter-list', operands: '', summary: 'list network filters', run: nwfilterList },
  { name: 'nwfilter-dumpxml', operands: '<nwfilter>', summary: 'network filter information in XML', run: nwfilterDump },
  { name: 'net-list', operands: '[--all]', summary: 'list networks', run: netList },
  { name: 'version', operands: '', summary: 'show version', run: version },
]

const KNOWN = new Set(
  `attach-device attach-disk attach-interface autostart blockstats capabilities connect console cpu-stats create define destroy detach-device detach-interface
  domblklist domblkstat domif-setlink domifaddr domifstat domuuid edit freecell hostname iface-list managedsave migrate net-define net-destroy net-dumpxml net-edit net-info
  net-start nodedev-list nodeinfo nwfilter-define nwfilter-edit nwfilter-undefine pool-list reboot reset resume save screenshot secret-list setmem setvcpus
  shutdown snapshot-list start suspend ttyconsole undefine vcpuinfo vncdisplay vol-list`.split(/\s+/),
)

export const virsh: Command = {
  name: 'virsh',
  path: '/usr/bin/virsh',
  usage: [
    'virsh [options] <command> [<arguments>]',
    '',
    ...COMMANDS.map(({ name, operands, summary }) => `  ${`${name} ${operands}`.padEnd(30)} ${summary}`),
  ].join('\n'),
  run,
  complete: ({ index, current }) => (index === 1 ? COMMANDS.map(({ name }) => name).filter((name) => name.startsWith(current)) : []),
}

function run(proc: Process): number | Promise<number> {
  const words = proc.argv.slice(1)
  while (words[0] === '-c' || words[0] === '--connect') words.splice(0, 2)
  const name = words.shift()
  if (name === undefined) return notEmulated(proc, 'the interactive mode', 'give the command as arguments')
  if (name === 'help' || name === '--help' || name === '-h') {
    proc.line(virsh.usage!)
    return 0
  }
  const command = COMMANDS.find((row) => row.name === name)
  if (command === undefined) {
    if (KNOWN.has(name)) return notEmulated(proc, name, 'virsh help lists what is')
    proc.error(`error: unknown command: '${name}'`)
    return 1
  }
  const host = hypervisorOn(proc.machine)
  if (host === null) {
    proc.error('error: Failed to connect to the hypervisor\nerror: no connection driver available for No connection for URI qemu:///system')
    return 1
  }
  if (!proc.isRoot) {
    proc.error(
      "error: Failed to connect to the hypervisor\nerror: Failed to connect socket to '/var/run/libvirt/libvirt-sock': Permission denied",
    )
    return 1
  }
  return command.run(proc, host, words)
}

function list(proc: Process, host: Hypervisor, args: readonly string[]): number {
  const wide = !isOld(proc)
  const all = args.includes('--all')
  proc.line(wide ? ` Id    Name                           State\n${'-'.repeat(52)}` : ` Id Name                 State\n${'-'.repeat(34)}`)
  const row = (id: string, guest: Guest, state: string): void => {
    const name = libvirtName(guest.server)
    proc.line(wide ? ` ${id.padEnd(5)} ${name.padEnd(30)} ${state}` : `${id.padStart(3)} ${name.padEnd(20)} ${state}`)
  }
  for (const guest of host.running()) row(String(guest.domainId), guest, stateOf(guest))
  if (all) for (const guest of host.guests.values()) if (!isOn(guest)) row('-', guest, 'shut off')
  proc.line('')
  return 0
}

/** 0.9: narrow tables, filters of nova's own. */
function isOld(proc: Process): boolean {
  return !proc.machine.image.kernelAtLeast('3.5')
}

function withDomain(
  proc: Process,
  host: Hypervisor,
  args: readonly string[],
  show: (proc: Process, host: Hypervisor, guest: Guest) => void,
): number {
  const wanted = args.find((word) => !word.startsWith('-'))
  if (wanted === undefined) {
    proc.error(`error: command '${proc.argv[1]}' requires <domain> option`)
    return 1
  }
  const guest = [...host.guests.values()].find(
    (row) => libvirtName(row.server) === wanted || row.server.id === wanted || (isOn(row) && String(row.domainId) === wanted),
  )
  if (guest === undefined) {
    proc.error(`error: failed to get domain '${wanted}'\nerror: Domain not found: no domain with matching name '${wanted}'`)
    return 1
  }
  show(proc, host, guest)
  return 0
}

function stateOf(guest: Guest): string {
  if (guest.machine !== null) return 'running'
  return isOn(guest) ? 'paused' : 'shut off'
}

function dominfo(proc: Process, _host: Hypervisor, guest: Guest): void {
  const memory = guest.server.flavor.ramMb * 1024
  const rows: [string, string][] = [
    ['Id:', isOn(guest) ? String(guest.domainId) : '-'],
    ['Name:', libvirtName(guest.server)],
    ['UUID:', guest.server.id],
    ['OS Type:', 'hvm'],
    ['State:', stateOf(guest)],
    ['CPU(s):', String(guest.server.flavor.vcpus)],
    ['Max memory:', `${memory} kB`],
    ['Used memory:', `${memory} kB`],
    ['Persistent:', 'yes'],
    ['Autostart:', 'disable'],
  ]
  for (const [name, value] of rows) proc.line(`${name.padEnd(15)} ${value}`)
  proc.line('')
}

function domiflist(proc: Process, _host: Hypervisor, guest: Guest): void {
  proc.line('Interface  Type       Source     Model       MAC\n-------------------------------------------------------')
  for (const { tap, bridge, mac } of isOn(guest) ? guest.nics : [])
    proc.line(`${tap.padEnd(10)} bridge     ${bridge.padEnd(10)} virtio      ${formatMac(mac)}`)
  proc.line('')
}

function netList(proc: Process): number {
  if (isOld(proc)) {
    proc.line(`Name                 State      Autostart\n${'-'.repeat(41)}\ndefault              active     yes       \n`)
    return 0
  }
  const head = ' Name                 State      Autostart     Persistent'
  proc.line(`${head}\n${'-'.repeat(58)}\n default              active     yes           yes\n`)
  return 0
}

function version(proc: Process): number {
  const [libvirt, qemu] = isOld(proc)
    ? ['0.9.8', '1.0.0']
    : proc.machine.image.family === 'redhat'
      ? ['4.5.0', '2.12.0']
      : ['1.2.2', '2.0.0']
  proc.line(
    `Compiled against library: libvirt ${libvirt}\nUsing library: libvirt ${libvirt}\nUsing API: QEMU ${libvirt}\nRunning hypervisor: QEMU ${qemu}\n`,
  )
  return 0
}

/** nova's filters guard the NICs of nova-network's servers; with neutron only those are there that libvirt brings. */
function filterNames(host: Hypervisor): string[] {
  const own = host.running().flatMap(({ server }) => (server.fixed === null ? [] : [instanceFilterName(server)]))
  const isNovas = isOld(host.agent.proc)
  return isNovas ? [...NWFILTERS.keys(), ...own].sort() : [...LIBVIRT_FILTERS]
}

function nwfilterList(proc: Process, host: Hypervisor): number {
  proc.line('UUID                                  Name                 \n----------------------------------------------------------------')
  for (const name of filterNames(host)) proc.line(`${uuidOf(name)}  ${name}`)
  proc.line('')
  return 0
}

function nwfilterDump(proc: Process, host: Hypervisor, args: readonly string[]): number {
  const wanted = args[0] ?? ''
  const name = filterNames(host).find((row) => row === wanted || uuidOf(row) === wanted)
  if (name === undefined) {
    proc.error(`error: failed to get nwfilter '${wanted}'\nerror: Network filter not found: no nwfilter with matching name '${wanted}'`)
    return 1
  }
  if (!isOld(proc) && !NWFILTERS.has(name)) return notEmulated(proc, `nwfilter-dumpxml ${name}`, 'nwfilter-list names the filters')
  proc.line(filterXml(name, uuidOf(name)))
  return 0
}

/** A filter's uuid is random in libvirt and never seen elsewhere: derived from its name here. */
function uuidOf(name: string): string {
  let hex = ''
  for (let round = 0; round < 4; round++) {
    let h = 0x811c9dc5 ^ round
    for (let i = 0; i < name.length; i++) h = Math.imul(h ^ name.charCodeAt(i), 0x01000193)
    hex += (h >>> 0).toString(16).padStart(8, '0')
  }
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20)}`
}
