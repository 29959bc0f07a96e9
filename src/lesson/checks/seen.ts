// seen: the learner looked. A command with this effect finished on this node, or a running capture passed such a packet.
import type { LabEvent } from '../../lab/lab-event.js'
import { describeWhere, fits, type SeenCapture, type SeenEffect, type Verdict } from './check.js'
import { effectsOf } from './effects.js'
import { frameFields } from './frame-fields.js'

export function sawEffect(spec: SeenEffect, event: LabEvent): boolean {
  // A capture, a console or a login has shown itself when it starts; what prints has shown when it ends.
  const atStart = spec.effect === 'capture' || spec.effect === 'console' || spec.effect === 'login'
  if (event.type !== (atStart ? 'command-started' : 'command-finished') || event.origin !== 'learner') return false
  if (spec.node !== null && event.node !== spec.node) return false
  const asked = 'exit' in spec.where || ['ping', 'fetch', 'connect', 'explain', 'doctor'].includes(spec.effect)
  const exit = event.type === 'command-finished' ? event.exitCode : 0
  if (!asked && exit !== 0) return false
  const place = { node: event.node, netns: event.netnsName ?? 'root', exit }
  return effectsOf(event.argv).some((effect) => effect.name === spec.effect && fits(loose(effect.fields, place), spec.where))
}

// `ip a` shows every device, so it has shown the one that is asked for.
function loose(fields: Readonly<Record<string, string>>, place: { node: string; netns: string; exit: number }): Record<string, unknown> {
  const seen: Record<string, unknown> = { ...fields, netns: place.netns, exit: place.exit }
  if (fields['of'] === '') seen['of'] = place.node
  for (const field of ['device', 'chain', 'server', 'bridge', 'port', 'record'] as const)
    if (fields[field] === '') seen[field] = new AnyValue()
  return seen
}

/** Equal to every wanted text: matching goes through `String`, so a row of all is asked by type first. */
export class AnyValue extends Array<unknown> {
  override some(): boolean {
    return true
  }
}

export function sawCapture(spec: SeenCapture, event: LabEvent): boolean {
  if (event.type !== 'capture-frame') return false
  if (spec.node !== null && event.node !== spec.node) return false
  if (spec.device !== null && !fits({ device: event.device.name }, { device: spec.device })) return false
  return fits(frameFields(event.frame), spec.where)
}

export function unseen(spec: SeenEffect | SeenCapture): Verdict {
  const place = spec.node === null ? '' : ` on ${spec.node}`
  const what =
    spec.kind === 'seen'
      ? `a look at ${spec.effect}${describeWhere(spec.where)}`
      : `a capture that passes a packet${describeWhere(spec.where)}`
  const device = spec.kind === 'capture' && spec.device !== null ? ` of ${spec.device}` : ''
  return {
    met: false,
    expected: what + place + device,
    found: 'not yet',
    where: spec.node === null ? 'a terminal on any node' : `a terminal on ${spec.node}`,
  }
}
