// What ofproto/trace shows of a translation: a tree of remarks, printed with the indentation of the real tool.
import type { OfAction } from './actions/action.js'
import type { OfBridge } from './bridge.js'
import type { Subfield } from './fields.js'
import type { Flow } from './flow.js'
import type { FlowKey } from './flow-key.js'
import type { OldTrace } from './trace-old.js'

type NodeType = 'action' | 'detail' | 'warn' | 'error' | 'bucket' | 'bridge' | 'table' | 'thaw'

export interface TraceNode {
  readonly type: NodeType
  readonly text: string
  readonly subs: TraceNode[]
}

/** How things are written, by version and options. */
export interface TraceWords {
  action(action: OfAction, bridge: OfBridge): string
  actions(actions: readonly OfAction[], bridge: OfBridge): string
  /** What comes behind the table's number. */
  flow(flow: Flow, bridge: OfBridge): string
  learned(mod: LearnedFlow, bridge: OfBridge): string
  subfieldNow(part: Subfield, key: FlowKey): string
}

export interface LearnedFlow {
  readonly table: number
  readonly priority: number
  readonly idleTimeout: number
  readonly hardTimeout: number
  readonly cookie: bigint
  readonly match: Flow['match']
  readonly actions: readonly OfAction[]
}

export class TraceReport {
  readonly nodes: TraceNode[] = []
  /** Where the next remark goes. */
  at: TraceNode[] = this.nodes

  constructor(
    readonly words: TraceWords,
    /** Versions that tell of rules in their own way. */
    readonly old: OldTrace | null = null,
  ) {}

  private add(type: NodeType, text: string): TraceNode[] {
    const node: TraceNode = { type, text, subs: [] }
    this.at.push(node)
    return node.subs
  }

  plain(text: string): void {
    this.add('action', text)
  }

  detail(text: string): void {
    this.add('detail', text)
  }

  warn(text: string): void {
    this.add('warn', text)
  }

  error(text: string): void {
    this.add('error', text)
  }

  /** What follows lies below. */
  enter(type: 'bridge' | 'table' | 'bucket' | 'thaw', text: string): void {
    this.at = this.add(type, text)
  }

  thaw(text: string): void {
    this.add('thaw', text)
  }

  print(): string {
    return printNodes(this.nodes, 0)
  }
}

function isTerminal(type: NodeType): boolean {
  return type !== 'bridge' && type !== 'table' && type !== 'thaw'
}

function printNodes(nodes: readonly TraceNode[], level: number): string {
  let out = ''
  nodes.forEach((node, index) => {
    if (node.type === 'bridge') out += '\n'
    const more = index < nodes.length - 1 || isTerminal(node.type) ? 1 : 0
    const indent = ' '.repeat((level + more) * 4)
    out += indent + lineOf(node, indent)
    out += printNodes(node.subs, level + 2 * more)
  })
  return out
}

function lineOf(node: TraceNode, indent: string): string {
  switch (node.type) {
    case 'detail':
      return ` -> ${node.text}\n`
    case 'warn':
      return ` >> ${node.text}\n`
    case 'error':
      return ` >>>> ${node.text} <<<<\n`
    case 'bridge':
      return `${node.text}\n${indent}${'-'.repeat(node.text.length)}\n`
    case 'action':
    case 'table':
    case 'bucket':
    case 'thaw':
      return `${node.text}\n`
  }
}
