// `ovs-ofctl`: OpenFlow bridges by hand.
import type { Command, CompletionContext } from '../../../node/command.js'
import { notEmulated } from '../../../node/command.js'
import type { Process } from '../../../node/process.js'
import { FlowNotEmulated } from '../../../ovs/flow-text-error.js'
import { vswitchOn } from '../../../ovs/registry.js'
import { atLeast } from '../../../ovs/version.js'
import { addFlow, addFlows, delFlows, dumpAggregate, dumpFlows, modFlows } from './flows.js'
import { dumpGroupFeatures } from './group-features.js'
import { addGroup, addGroups, delGroups, dumpGroupStats, dumpGroups, insertBuckets, modGroup, removeBuckets } from './groups.js'
import { OptionError, readOptions } from './options.js'
import { parseFlowFile, parseOneFlow } from './parse.js'
import { dumpPorts, modPort } from './ports.js'
import { diffFlows, replaceFlows } from './replace.js'
import { Fatal, NotBuilt, OfctlRun } from './run.js'
import { dumpDesc, dumpPortsDesc, getFrags, ping, probe, setFrags, show } from './show.js'
import { dumpTables } from './tables.js'
import { OFCTL_USAGE } from './usage.js'

interface OfctlCommand {
  readonly least: number
  readonly most: number
  /** First version that has it. */
  readonly since?: string
  readonly writes?: boolean
  /** Absent: known by name only. */
  readonly run?: (run: OfctlRun, args: readonly string[]) => number | Promise<number>
}

const MANY = Number.POSITIVE_INFINITY

const COMMANDS: Readonly<Record<string, OfctlCommand>> = {
  show: { least: 1, most: 1, run: show },
  monitor: { least: 1, most: 3 },
  snoop: { least: 1, most: 1 },
  'dump-desc': { least: 1, most: 1, run: dumpDesc },
  'dump-tables': { least: 1, most: 1, run: dumpTables },
  'dump-table-features': { least: 1, most: 1, since: '2.1' },
  'dump-table-desc': { least: 1, most: 1, since: '2.4' },
  'dump-flows': { least: 1, most: 2, run: dumpFlows },
  'dump-aggregate': { least: 1, most: 2, run: dumpAggregate },
  'queue-stats': { least: 1, most: 3 },
  'queue-get-config': { least: 1, most: 3, since: '2.1' },
  'add-flow': { least: 2, most: 2, writes: true, run: addFlow },
  'add-flows': { least: 2, most: 2, writes: true, run: addFlows },
  'mod-flows': { least: 2, most: 2, writes: true, run: modFlows },
  'del-flows': { least: 1, most: 2, writes: true, run: delFlows },
  'replace-flows': { least: 2, most: 2, writes: true, run: replaceFlows },
  'diff-flows': { least: 2, most: 2, writes: true, run: diffFlows },
  'add-meter': { least: 2, most: 2, since: '2.1' },
  'mod-meter': { least: 2, most: 2, since: '2.1' },
  'del-meter': { least: 1, most: 2, since: '2.1' },
  'del-meters': { least: 1, most: 2, since: '2.1' },
  'dump-meter': { least: 1, most: 2, since: '2.1' },
  'dump-meters': { least: 1, most: 2, since: '2.1' },
  'meter-stats': { least: 1, most: 2, since: '2.1' },
  'meter-features': { least: 1, most: 1, since: '2.1' },
  'packet-out': { least: 2, most: MANY },
  'dump-ports': { least: 1, most: 2, run: dumpPorts },
  'dump-ports-desc': { least: 1, most: 2, run: dumpPortsDesc },
  'mod-port': { least: 3, most: 3, writes: true, run: modPort },
  'mod-table': { least: 3, most: 3, since: '2.1' },
  'get-frags': { least: 1, most: 1, run: getFrags },
  'set-frags': { least: 2, most: 2, writes: true, run: setFrags },
  probe: { least: 1, most: 1, run: probe },
  ping: { least: 1, most: 2, run: ping },
  benchmark: { least: 3, most: 3 },
  'dump-ipfix-bridge': { least: 1, most: 1, since: '2.6' },
  'dump-ipfix-flow': { least: 1, most: 1, since: '2.6' },
  'ct-flush-zone': { least: 2, most: 2, since: '2.6' },
  'ct-flush': { least: 1, most: 4, since: '3.1' },
  'ofp-parse': { least: 1, most: 1 },
  'ofp-parse-pcap': { least: 1, most: MANY, since: '2.1' },
  'add-group': { least: 1, most: 2, since: '2.1', writes: true, run: addGroup },
  'add-groups': { least: 2, most: 2, since: '2.1', writes: true, run: addGroups },
  'mod-group': { least: 1, most: 2, since: '2.1', writes: true, run: modGroup },
  'del-groups': { least: 1, most: 2, since: '2.1', writes: true, run: delGroups },
  'insert-buckets': { least: 1, most: 2, since: '2.4', writes: true, run: insertBuckets },
  'remove-buckets': { least: 1, most: 2, since: '2.4', writes: true, run: removeBuckets },
  'dump-groups': { least: 1, most: 2, since: '2.1', run: dumpGroups },
  'dump-group-stats': { least: 1, most: 2, since: '2.1', run: dumpGroupStats },
  'dump-group-features': { least: 1, most: 1, since: '2.1', run: dumpGroupFeatures },
  bundle: { least: 2, most: 2, since: '2.5' },
  'add-tlv-map': { least: 2, most: 2, since: '2.5' },
  'del-tlv-map': { least: 1, most: 2, since: '2.5' },
  'dump-tlv-map': { least: 1, most: 1, since: '2.5' },
  'parse-flow': { least: 1, most: 1, run: parseOneFlow },
  'parse-flows': { least: 1, most: 1, run: parseFlowFile },
}

export const ofctlCommand: Command = {
  name: 'ovs-ofctl',
  path: '/usr/bin/ovs-ofctl',
  changes: true,
  usage: OFCTL_USAGE,
  run: runOfctl,
  complete,
}

async function runOfctl(proc: Process): Promise<number> {
  try {
    return await execute(proc)
  } catch (error) {
    if (error instanceof OptionError) {
      proc.error(`${proc.name}: ${error.message}`)
      return 1
    }
    if (error instanceof Fatal) {
      proc.error(`${proc.name}: ${error.message}`)
      return error.code
    }
    if (error instanceof NotBuilt || error instanceof FlowNotEmulated) return notEmulated(proc, error.message)
    throw error
  }
}

async function execute(proc: Process): Promise<number> {
  const ovs = proc.machine.image.tool('ovs')
  const options = readOptions(proc.argv.slice(1), ovs)
  if (options.help) {
    proc.out(OFCTL_USAGE)
    return 0
  }
  if (options.version) {
    proc.out(versionText(ovs))
    return 0
  }
  const [name, ...args] = options.operands
  if (name === undefined) throw new Fatal('missing command name; use --help for help')
  if (name === 'help') {
    proc.out(OFCTL_USAGE)
    return 0
  }
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name]! : null
  if (command === null || !atLeast(ovs, command.since ?? '0')) throw new Fatal(`unknown command '${name}'; use --help for help`)
  if (args.length < command.least) throw new Fatal(`'${name}' command requires at least ${command.least} arguments`)
  if (args.length > command.most) throw new Fatal(`'${name}' command takes at most ${command.most} arguments`)
  if (options.readOnly && command.writes === true) throw new Fatal(`'${name}' command does not work in read only mode`)
  if (command.run === undefined) return notEmulated(proc, name)
  return command.run(new OfctlRun(proc, options), args)
}

function versionText(ovs: string): string {
  if (atLeast(ovs, '2.5')) return `ovs-ofctl (Open vSwitch) ${ovs}\nOpenFlow versions 0x1:0x${atLeast(ovs, '2.17') ? '6' : '5'}\n`
  return `ovs-ofctl (Open vSwitch) ${ovs}\nOpenFlow versions 0x1:0x4\n`
}

const OPTIONS = [
  '--strict',
  '--bundle',
  '--readd',
  '--names',
  '--no-names',
  '--stats',
  '--no-stats',
  '--sort',
  '--rsort',
  '--timeout=',
  '-O',
  '--protocols=',
  '--may-create',
  '--help',
  '--version',
]

/** Commands, then bridges of the machine. */
function complete({ words, index, current, previous, proc }: CompletionContext): string[] {
  if (current.startsWith('-')) return OPTIONS
  if (previous === '-O') return ['OpenFlow10', 'OpenFlow11', 'OpenFlow12', 'OpenFlow13', 'OpenFlow14', 'OpenFlow15']
  const operands = words.slice(1, index).filter((word, i, all) => !word.startsWith('-') && all[i - 1] !== '-O')
  if (operands.length === 0) return Object.keys(COMMANDS)
  const bridges = vswitchOn(proc.machine.kernel)?.bridges
  return operands.length === 1 && bridges !== undefined ? [...bridges.keys()] : []
}
