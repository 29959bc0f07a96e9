// add-group, add-groups, mod-group, del-groups, insert-buckets, remove-buckets, dump-groups, dump-group-stats.
import type { OfBridge } from '../../../ovs/bridge.js'
import { usesGroup } from '../../../ovs/flow-mods.js'
import { formatDuration } from '../../../ovs/flow-stats-text.js'
import type { Group } from '../../../ovs/group.js'
import { formatGroup, type GroupCommand, groupModOnWire, type ParsedGroup, parseGroup, parseGroupId } from '../../../ovs/group-text.js'
import { OfError } from '../../../ovs/of-error.js'
import { versionOfProtocol } from '../../../ovs/protocols.js'
import type { OpenFlowVersion } from '../../../ovs/version.js'
import { flowLines } from './flow-mod.js'
import { firstXid, head } from './messages.js'
import { Fatal, type OfctlRun, orFatal } from './run.js'

/** Groups came with OpenFlow 1.1; newer releases speak of them in 1.0 too, by an extension. */
function checkVersion(run: OfctlRun, bridge: OfBridge): OpenFlowVersion {
  const version = run.versionWith(bridge)
  if (version === '1.0' && !run.atLeast('2.9')) {
    throw new Fatal(`${bridge.name}: OpenFlow 1.0 does not support groups (use -O to select another version)`)
  }
  return version
}

/** A request that names one group, or a bucket: OpenFlow 1.5, and the extension of 1.0 that was made of it. */
function namesOne(version: OpenFlowVersion): boolean {
  return version === '1.0' || version >= '1.5'
}

const WORDS: Record<GroupCommand, string> = {
  add: 'ADD',
  modify: 'MOD',
  add_or_modify: 'ADD_OR_MOD',
  delete: 'DEL',
  insert_bucket: 'INSERT_BUCKET',
  remove_bucket: 'REMOVE_BUCKET',
}

function send(run: OfctlRun, bridge: OfBridge, groups: readonly ParsedGroup[]): number {
  checkVersion(run, bridge)
  const usable = groups.reduce((set, group) => set & group.usable, -1)
  const spoken = run.versionWith(bridge)
  if (groups.some(({ command }) => command === 'insert_bucket') && !namesOne(spoken)) {
    throw new Fatal("insert-bucket needs OpenFlow 1.5 or later ('-O OpenFlow15')")
  }
  const version = versionOfProtocol(run.chooseProtocol(bridge, usable))
  const text = run.reading(bridge)
  for (const [i, group] of groups.entries()) {
    const mod = groupModOnWire(group, version, text)
    try {
      bridge.groupMod(mod)
    } catch (error) {
      if (!(error instanceof OfError)) throw error
      const xid = firstXid(run, true) + 2 * i
      run.proc.error(`${head('OFPT_ERROR', version, xid)} ${error.code}`)
      run.proc.error(head(version === '1.0' ? 'NXT_GROUP_MOD' : 'OFPT_GROUP_MOD', version, xid))
      const named = group.command === 'insert_bucket' || group.command === 'remove_bucket'
      const bucket = named ? `command_bucket_id:${group.bucketId},` : ''
      const spec = mod.group ?? { id: MAX_ID, type: group.type, buckets: [], selectionMethod: '' }
      run.proc.error(` ${WORDS[group.command]} ${bucket}${formatGroup(spec, version, run.printing(bridge), !named)}`)
      return 1
    }
  }
  return 0
}

const MAX_ID = 0xfffffffc

async function change(run: OfctlRun, args: readonly string[], command: GroupCommand): Promise<number> {
  const [name = '', source = ''] = args
  if (source === '-') return addGroups(run, args)
  const text = run.reading(run.acceptsNames ? run.bridge(name) : null)
  const group = orFatal(() => parseGroup(source, command, text))
  return send(run, run.bridge(name), [group])
}

export const addGroup = (run: OfctlRun, args: readonly string[]) => change(run, args, 'add')
export const modGroup = (run: OfctlRun, args: readonly string[]) => change(run, args, run.options.mayCreate ? 'add_or_modify' : 'modify')
export const delGroups = (run: OfctlRun, args: readonly string[]) => change(run, args, 'delete')
export const insertBuckets = (run: OfctlRun, args: readonly string[]) => change(run, args, 'insert_bucket')
export const removeBuckets = (run: OfctlRun, args: readonly string[]) => change(run, args, 'remove_bucket')

export async function addGroups(run: OfctlRun, [name = '', file = '']: readonly string[]): Promise<number> {
  const text = run.reading(run.acceptsNames ? run.bridge(name) : null)
  const source = await run.readFile(file, (reason) => `${file}: open failed (${reason})`)
  const groups = flowLines(source).map((line) => orFatal(() => parseGroup(line.text, 'mixed', text), `${file}:${line.number}: `))
  return send(run, run.bridge(name), groups)
}

function selected(bridge: OfBridge, id: number | null): Group[] {
  return [...bridge.groups.values()].filter((group) => id === null || group.id === id).sort((a, b) => a.id - b.id)
}

/** What is no number asks for all, after a warning. */
function wantedGroup(run: OfctlRun, wanted: string | undefined): number | null {
  if (wanted === undefined) return null
  try {
    return parseGroupId(wanted)
  } catch {
    const valid = 'Valid group IDs are 32-bit nonnegative integers or the keywords ANY or ALL.'
    run.log('ofp_group', 'WARN', `${wanted} is not a valid group ID.  (${valid})`)
    return null
  }
}

const prefix = (version: OpenFlowVersion) => (version === '1.0' ? 'NXST' : 'OFPST')

export function dumpGroups(run: OfctlRun, [name = '', wanted]: readonly string[]): number {
  const bridge = run.bridge(name)
  const version = checkVersion(run, bridge)
  const text = run.printing(bridge)
  const id = wantedGroup(run, wanted)
  run.proc.out(`${head(`${prefix(version)}_GROUP_DESC reply`, version, 2)}\n`)
  for (const group of selected(bridge, namesOne(version) ? id : null)) run.proc.out(` ${formatGroup(group, version, text)}\n`)
  return 0
}

export function dumpGroupStats(run: OfctlRun, [name = '', wanted]: readonly string[]): number {
  const bridge = run.bridge(name)
  const version = checkVersion(run, bridge)
  const [key = '', id] = wanted === undefined ? ['group_id'] : wanted.split('=')
  if (key !== 'group_id') throw new Fatal(`unknown keyword ${key}`)
  const chosen = id === undefined ? null : orFatal(() => parseGroupId(id))
  // Counters are brought up to date by asking for the flows.
  const flows = bridge.flows()
  run.proc.out(`${head(`${prefix(version)}_GROUP reply`, version, firstXid(run, true))}\n`)
  for (const group of selected(bridge, chosen)) {
    const users = flows.filter((flow) => usesGroup(flow.actions, group.id)).length
    run.proc.out(` ${statsLine(run, group, users, version)}\n`)
  }
  return 0
}

function statsLine(run: OfctlRun, group: Group, users: number, version: OpenFlowVersion): string {
  const packets = group.buckets.reduce((sum, bucket) => sum + bucket.packets, 0)
  const bytes = group.buckets.reduce((sum, bucket) => sum + bucket.bytes, 0)
  const age = version < '1.3' && version !== '1.0' ? '' : `duration=${formatDuration(run.nowUs - group.createdUs, run.ovs)},`
  const buckets = group.buckets.map((bucket, i) => `,bucket${i}:packet_count=${bucket.packets},byte_count=${bucket.bytes}`)
  return `group_id=${group.id},${age}ref_count=${users},packet_count=${packets},byte_count=${bytes}${buckets.join('')}`
}
