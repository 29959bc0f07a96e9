// Groups as text: what add-group and the like take, and how dump-groups prints them.
import { actionsOnWire, formatActions, parseActions } from './action-text.js'
import { FlowTextError, type TextContext } from './flow-text-error.js'
import type { BucketSpec, GroupMod, GroupSpec, GroupType } from './group.js'
import { keyValues } from './key-values.js'
import { parseC, parseU16, parseU32, parseU64 } from './number-text.js'
import { OFPP_CONTROLLER, OFPP_MAX, OFPP_NONE } from './port-numbers.js'
import { formatPort, parsePort } from './port-text.js'
import { P_ANY, P_NXM, P_OF10, P_OF15_UP, type Protocols } from './protocols.js'
import type { OpenFlowVersion } from './version.js'

export type GroupCommand = GroupMod['command']

export interface ParsedGroup {
  readonly command: GroupCommand
  /** null: all groups. */
  readonly id: number | null
  readonly type: GroupType
  readonly selectionMethod: string
  readonly buckets: readonly BucketSpec[]
  readonly bucketId: number | 'first' | 'last' | 'all'
  readonly usable: Protocols
}

const MAX_GROUP = 0xffffff00
/** Bucket numbers exist in Nicira's extension and in OpenFlow 1.5. */
const NUMBERED = P_OF10 | P_NXM | P_OF15_UP
const TYPES: Readonly<Record<string, GroupType>> = {
  all: 'all',
  select: 'select',
  indirect: 'indirect',
  ff: 'fast_failover',
  fast_failover: 'fast_failover',
}
const COMMANDS: readonly (readonly [string, GroupCommand])[] = [
  ['add', 'add'],
  ['delete', 'delete'],
  ['modify', 'modify'],
  ['add_or_mod', 'add_or_modify'],
  ['insert_bucket', 'insert_bucket'],
  ['remove_bucket', 'remove_bucket'],
]

type Draft = { -readonly [K in keyof ParsedGroup]: ParsedGroup[K] }

export function parseGroup(source: string, use: GroupCommand | 'mixed', text: TextContext): ParsedGroup {
  if (use !== 'mixed') return new GroupParser(use, text).parse(source)
  const trimmed = source.replace(/^[ \t\r\n]+/, '')
  const token = /^[^, \t\r\n]*/.exec(trimmed)![0]
  const found = COMMANDS.find(([word]) => word.startsWith(token))
  return new GroupParser(found?.[1] ?? 'add', text).parse(found === undefined ? trimmed : trimmed.slice(token.length))
}

class GroupParser {
  private readonly draft: Draft
  private readonly hasType: boolean
  private readonly hasBuckets: boolean
  private readonly hasBucketId: boolean
  private saidId = false
  private saidType = false
  private saidBucketId = false

  constructor(
    private readonly command: GroupCommand,
    private readonly text: TextContext,
  ) {
    this.hasType = command === 'add' || command === 'modify' || command === 'add_or_modify'
    this.hasBuckets = this.hasType || command === 'insert_bucket'
    this.hasBucketId = command === 'insert_bucket' || command === 'remove_bucket'
    const usable = this.hasBucketId ? NUMBERED : P_ANY
    this.draft = { command, id: null, type: 'all', selectionMethod: '', buckets: [], bucketId: 'all', usable }
  }

  parse(source: string): ParsedGroup {
    const { draft } = this
    if (this.command === 'delete' && source === '') return draft
    const at = source.indexOf('bucket=')
    // `command_bucket_id=` does not hold it; a bare "bucket=" starts the buckets.
    if (at >= 0 && !this.hasBuckets) throw new FlowTextError('bucket is not needed')
    for (const { key, value } of keyValues(at < 0 ? source : source.slice(0, at))) this.option(key, value)
    this.checkSaid()
    if (at >= 0) draft.buckets = this.buckets(source.slice(at))
    if (draft.type === 'indirect' && draft.buckets.length > 1) throw new FlowTextError('Indirect groups can have at most one bucket.')
    return draft
  }

  private checkSaid(): void {
    if (!this.saidId) throw new FlowTextError('must specify a group_id')
    if (this.hasType && !this.saidType) throw new FlowTextError('must specify a type')
    if (this.command === 'insert_bucket' && !this.saidBucketId) throw new FlowTextError('must specify a command bucket id')
  }

  private option(key: string, value: string): void {
    const { draft } = this
    if (key === 'command_bucket_id') this.bucketId(value)
    else if (key === 'group_id') this.groupId(value)
    else if (key === 'type') {
      if (!this.hasType) throw new FlowTextError('type is not needed')
      const type = Object.hasOwn(TYPES, value) ? TYPES[value]! : null
      if (type === null) throw new FlowTextError(`invalid group type ${value}`)
      draft.type = type
      this.saidType = true
    } else if (key === 'selection_method') {
      if (!this.hasType) throw new FlowTextError('selection method is not needed')
      draft.selectionMethod = value
      draft.usable &= NUMBERED
    } else if (key === 'selection_method_param') {
      parseU64(value)
      draft.usable &= NUMBERED
    } else if (key === 'fields') draft.usable &= NUMBERED
    else throw new FlowTextError(`unknown keyword ${key}`)
  }

  private groupId(value: string): void {
    this.saidId = true
    if (value === 'all') return
    const id = parseU32(value)
    if (id > MAX_GROUP) throw new FlowTextError(`invalid group id ${id}`)
    this.draft.id = id
  }

  private bucketId(value: string): void {
    if (!this.hasBucketId) throw new FlowTextError('command bucket id is not needed')
    this.saidBucketId = true
    if (value === 'all' || value === 'first' || value === 'last') this.draft.bucketId = value
    else {
      const id = parseU32(value)
      if (id > MAX_GROUP) throw new FlowTextError(`invalid command bucket id ${id}`)
      this.draft.bucketId = id
    }
    if (value === 'all' && this.command === 'insert_bucket') throw new FlowTextError('command_bucket_id=all is not permitted')
  }

  private buckets(source: string): BucketSpec[] {
    const parts = source.split('bucket=').slice(1)
    // `bucket=bucket_id:3,...` holds no second "bucket=".
    const specs = parts.map((part) => this.bucket(part))
    const taken = new Set(specs.map((spec) => spec.id))
    let next = 0
    return specs.map((spec) => {
      if (spec.id >= 0) return spec
      while (taken.has(next)) next++
      taken.add(next)
      return { ...spec, id: next }
    })
  }

  private bucket(source: string): BucketSpec {
    const { draft, text } = this
    let weight = draft.type === 'select' ? 1 : 0
    let id = -1
    let watchPort: number | null = null
    let watchGroup: number | null = null
    const actions: string[] = []
    for (const { key, value } of keyValues(source)) {
      const word = key.toLowerCase()
      if (word === 'weight') weight = parseU16(value, 'weight')
      else if (word === 'watch_port') watchPort = this.watchPort(value)
      else if (word === 'watch_group') watchGroup = parseU32(value)
      else if (word === 'bucket_id') {
        id = parseU32(value)
        if (id > MAX_GROUP) throw new FlowTextError(`invalid bucket_id id ${id}`)
        draft.usable &= NUMBERED
      } else actions.push(word === 'action' || word === 'actions' ? value : `${key}(${value})`)
    }
    if (actions.length === 0) throw new FlowTextError('bucket must specify actions')
    if (draft.type === 'fast_failover' && watchPort === null && watchGroup === null) {
      throw new FlowTextError('fast failover bucket requires watch_port or watch_group')
    }
    if (this.command !== 'insert_bucket' && draft.type !== 'select' && weight !== 0) {
      throw new FlowTextError('Only select groups can have bucket weights.')
    }
    const parsed = parseActions(actions.join(','), text, false)
    draft.usable &= parsed.usable
    return { id, weight, watchPort, watchGroup, actions: parsed.actions }
  }

  private watchPort(value: string): number | null {
    const port = parsePort(value, this.text)
    const known = port !== null && (port < OFPP_MAX || port === OFPP_NONE || port === OFPP_CONTROLLER)
    if (!known) throw new FlowTextError(`${value}: invalid watch_port`)
    return port === OFPP_NONE ? null : port
  }
}

/** What the switch understands of it. */
export function groupModOnWire(group: ParsedGroup, openflow: OpenFlowVersion, text: TextContext): GroupMod {
  const buckets = group.buckets.map((bucket) => ({ ...bucket, actions: actionsOnWire(bucket.actions, openflow, text) }))
  const { command, id, type, selectionMethod, bucketId } = group
  return { command, id, group: id === null ? null : { id, type, buckets, selectionMethod }, bucketId }
}

export function formatGroup(group: GroupSpec, openflow: OpenFlowVersion, text: TextContext, hasType = true): string {
  const type = group.type === 'fast_failover' ? 'ff' : group.type
  let line = `group_id=${group.id}${hasType ? `,type=${type}` : ''}`
  if (group.selectionMethod !== '') line += `,selection_method=${group.selectionMethod}`
  const numbered = openflow === '1.0' || openflow === '1.5'
  for (const bucket of group.buckets) {
    line += ',bucket='
    if (numbered) line += `bucket_id:${bucket.id},`
    if (bucket.weight !== (group.type === 'select' ? 1 : 0)) line += `weight:${bucket.weight},`
    if (bucket.watchPort !== null) line += `watch_port:${formatPort(bucket.watchPort, text)},`
    if (bucket.watchGroup !== null) line += `watch_group:${bucket.watchGroup},`
    line += `actions=${formatActions(actionsOnWire(bucket.actions, openflow, text), text)}`
  }
  return line
}

/** A group's number in an argument: `all`, `ANY`, decimal; null: all. */
export function parseGroupId(value: string): number | null {
  if (/^(all|any)$/i.test(value)) return null
  const id = parseC(value)
  if (id === null || id < 0n || id > BigInt(MAX_GROUP)) throw new FlowTextError(`unknown group id ${value}`)
  return Number(id)
}
