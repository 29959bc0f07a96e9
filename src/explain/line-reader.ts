// Reads the events of one line in order and writes its hops; knows where the packet is between two events.
import { BridgeDevice } from '../kernel/dev/bridge.js'
import { BridgePort } from '../kernel/dev/bridge-port.js'
import { NetDevice } from '../kernel/netdev.js'
import type { ConntrackNote } from '../kernel/netfilter/ct-note.js'
import type { PolicyHit, RuleHit } from '../kernel/netfilter/evaluate.js'
import type { NatNote } from '../kernel/netfilter/nat.js'
import { NetNamespace } from '../kernel/netns.js'
import type { HookNote, WrapNote } from '../kernel/trace-notes.js'
import { Wire } from '../kernel/wire.js'
import type { DpNote } from '../ovs/trace-notes.js'
import { type DropReason, dropSentence } from '../trace/drop-reason.js'
import type { Birth, TraceEvent } from '../trace/packet-trace.js'
import type { EthernetFrame } from '../wire/ethernet.js'
import { frameText } from './frame-text.js'
import { HopWriter, type Place, type StepFields } from './hop-writer.js'
import { inNetns } from './lines.js'
import { conntrackStep, deliverStep, fdbStep, kernelNote, kernelStep, netnsOfNote, wrapStep } from './read-kernel.js'
import { TablePass } from './read-netfilter.js'
import { bridgeOfNote, bridgePlace, rewriteStep, switchNote, switchStep } from './read-switch.js'
import type { Hop } from './way.js'

export class LineReader {
  readonly writer: HopWriter
  /** Where the packet is. */
  place: Place
  netns: NetNamespace | null = null
  /** The device it came in by or goes out by. */
  dev: NetDevice | null = null
  /** Inside a Linux bridge. */
  private bridge: NetDevice | null = null
  private hook: HookNote | null = null
  pass: TablePass | null = null
  /** Of the last table that had a say. */
  lastPass: TablePass | null = null
  private dpNotes: DpNote[] = []
  private rewritten: TraceEvent | null = null
  private sentBy: NetDevice | null = null

  constructor(birth: Birth | null, first: EthernetFrame) {
    this.writer = new HopWriter(first)
    this.place = { node: birth?.node ?? '', netns: birth?.netns ?? '', place: birth?.netns ?? '', kind: 'ip' }
  }

  read(events: readonly TraceEvent[]): readonly Hop[] {
    for (const event of events) this.event(event)
    this.endPass()
    return this.writer.finish()
  }

  private event(event: TraceEvent): void {
    const note = switchNote(event)
    if (note?.kind === 'dp') {
      this.dpNotes.push(note)
      this.rewritten = event
      return
    }
    if (event.kind !== 'conntrack') this.flushRewrite()
    switch (event.kind) {
      case 'rx':
      case 'tx':
        return this.device(event)
      case 'hook':
        return this.enterHook(event.detail as HookNote)
      case 'conntrack':
        this.endPass()
        return this.step(conntrackStep(event.detail as ConntrackNote, this.netns), event)
      case 'rule':
        return this.rule(event.detail as RuleHit)
      case 'policy':
        return this.policy(event)
      case 'nat':
        return this.nat(event)
      case 'encap':
      case 'decap':
        return this.wrap(event)
      case 'hold':
        return this.held(event)
      case 'deliver':
        this.endPass()
        this.place = this.ipPlace('socket')
        return this.step(deliverStep(event), event)
      case 'drop':
        return this.dropped(event)
      case 'route':
      case 'neigh':
      case 'fdb':
      case 'table':
      case 'action':
        return this.other(event)
    }
  }

  private step(fields: StepFields, event: TraceEvent): void {
    this.writer.add(this.place, fields, event.frame, event.atUs)
  }

  private ipPlace(kind: 'ip' | 'socket' = 'ip'): Place {
    const netns = this.netns
    if (netns === null) return { ...this.place, place: this.place.netns, kind }
    return { node: netns.kernel.name, netns: netns.name, place: netns.name, kind }
  }

  private device(event: TraceEvent): void {
    this.endPass()
    const dev = event.where as NetDevice
    if (event.kind === 'rx') this.crossWire(dev, event)
    this.dev = dev
    this.netns = dev.netns
    this.hook = null
    this.bridge = event.kind === 'tx' ? (dev instanceof BridgeDevice ? dev : null) : bridgeOver(dev)
    this.place = { node: dev.netns.kernel.name, netns: dev.netns.name, place: dev.name, kind: 'device' }
    const command = inNetns(dev.netns, `tcpdump -nei ${dev.name}`)
    this.step(
      { kind: event.kind, label: event.kind, text: frameText(event.frame), command, object: { kind: 'device', device: dev } },
      event,
    )
    this.sentBy = event.kind === 'tx' ? dev : null
    if (this.bridge !== null) this.place = { ...this.place, place: this.bridge.name, kind: 'linux-bridge' }
    else this.place = this.ipPlace()
  }

  /** Between a card and the next machine's there is a wire, which notes nothing. */
  private crossWire(to: NetDevice, event: TraceEvent): void {
    const wire = (this.sentBy as unknown as { wire?: Wire | null } | null)?.wire ?? null
    if (wire === null || this.sentBy === null || this.sentBy.netns.kernel === to.netns.kernel) return
    this.place = { node: '', netns: '', place: wire.name, kind: 'wire' }
    this.step({ kind: 'tx', label: 'wire', text: `${this.sentBy.netns.kernel.name} -> ${to.netns.kernel.name}`, minor: true }, event)
  }

  private enterHook(note: HookNote): void {
    this.endPass()
    this.hook = note
    this.netns = note.netns
    if (this.bridge === null && this.place.kind !== 'ovs-bridge') this.place = this.ipPlace()
  }

  private passOf(table: { readonly name: string }): TablePass | null {
    if (this.pass !== null && this.pass.table !== '' && this.pass.table !== table.name) this.endPass()
    if (this.hook !== null) this.pass ??= new TablePass(this.hook)
    return this.pass
  }

  private rule(hit: RuleHit): void {
    // A rule of a built-in chain behind a rule of the same one's end begins a new pass only in another table.
    this.passOf(hit.table)?.hits.push(hit)
    this.lastRuleAt = hit
  }

  lastRuleAt: RuleHit | null = null

  private policy(event: TraceEvent): void {
    const hit = event.detail as PolicyHit
    const pass = this.passOf(hit.table)
    if (pass === null) return
    pass.policy = hit
    // The nat table's pass is told together with what NAT makes of it.
    if (hit.table.name !== 'nat') this.endPass(event)
  }

  private nat(event: TraceEvent): void {
    const note = event.detail as NatNote
    const pass = this.pass ?? (this.hook === null ? null : new TablePass(this.hook))
    this.pass = null
    if (pass === null) return
    const fields = pass.fields({ note, after: event.frame })
    const isRemembered = pass.isEmpty
    const netns = pass.note.netns
    const known: Partial<StepFields> = isRemembered
      ? {
          label: `${pass.note.hook} nat`,
          text: `as conntrack remembers: ${fields.text}`,
          command: inNetns(netns, 'conntrack -L'),
          object: { kind: 'connection', netns, connection: note.connection },
        }
      : {}
    this.lastPass = pass
    this.step({ ...fields, ...known }, event)
  }

  /** What the rules of one table said is one step. */
  private endPass(event: TraceEvent | null = null): void {
    const pass = this.pass
    this.pass = null
    if (pass === null || pass.isEmpty) return
    this.lastPass = pass
    this.writer.add(this.place, pass.fields(null), this.writer.frame, event?.atUs ?? 0)
  }

  private wrap(event: TraceEvent): void {
    this.endPass()
    const note = event.detail as WrapNote
    const { netns } = note
    this.netns = netns
    if (note.kind === 'vlan') this.place = { node: netns.kernel.name, netns: netns.name, place: note.dev?.name ?? '', kind: 'device' }
    else this.place = { node: netns.kernel.name, netns: netns.name, place: note.dev?.name ?? 'tunnel', kind: 'tunnel' }
    this.bridge = null
    this.step(wrapStep(event, note), event)
    this.place = this.ipPlace()
  }

  private held(event: TraceEvent): void {
    this.endPass()
    // A wire with a delay only takes its time.
    if (event.where instanceof Wire) return
    const isFragment = event.where instanceof NetNamespace
    this.step(
      {
        kind: 'hold',
        label: 'waits',
        text: isFragment ? 'for the other fragments' : 'until the MAC address of the next hop is known',
        minor: !isFragment,
      },
      event,
    )
  }

  private dropped(event: TraceEvent): void {
    this.endPass()
    const reason = event.detail as DropReason
    this.step({ kind: 'drop', label: 'dropped', text: `${reason}: ${dropSentence(reason)}` }, event)
  }

  private other(event: TraceEvent): void {
    const note = switchNote(event)
    if (note !== null) {
      const bridge = bridgeOfNote(note)
      const fields = switchStep(note, event.frame)
      if (bridge !== null) this.place = bridgePlace(bridge)
      if (fields !== null) this.step(fields, event)
      return
    }
    this.endPass()
    if (event.kind === 'fdb') return this.step(fdbStep(event.where as NetDevice, event.detail), event)
    const known = kernelNote(event)
    if (known === null) return
    this.netns = netnsOfNote(known)
    this.place = this.ipPlace()
    this.step(kernelStep(known, event), event)
  }

  private flushRewrite(): void {
    const event = this.rewritten
    if (event === null) return
    const fields = rewriteStep(this.dpNotes, this.writer.frame, event.frame)
    this.dpNotes = []
    this.rewritten = null
    if (fields !== null && this.place.kind === 'ovs-bridge') this.step(fields, event)
  }
}

/** The Linux bridge whose port a device is. */
function bridgeOver(dev: NetDevice): NetDevice | null {
  return dev.rxHandler instanceof BridgePort ? dev.rxHandler.bridge : null
}

export function isDevice(where: unknown): where is NetDevice {
  return where instanceof NetDevice
}
