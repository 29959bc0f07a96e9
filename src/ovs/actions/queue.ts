// enqueue, set_queue, pop_queue: quality-of-service queues of a port.
import { FlowTextError } from '../flow-text-error.js'
import { parseU32 } from '../number-text.js'
import { OfError } from '../of-error.js'
import { OFPP_IN_PORT, OFPP_LOCAL, OFPP_MAX } from '../port-numbers.js'
import { formatPort, parsePort } from '../port-text.js'
import { atLeast } from '../version.js'
import type { Enqueue, OfAction, PopQueue, SetQueue } from './action.js'
import type { ActionKind, ActionParse, ActionWords } from './kind.js'

function parseEnqueue(argument: string, { text }: ActionParse): OfAction {
  const found = /^[:q,]*([^:q,]+)[:q,](.+)$/.exec(argument)
  if (found === null) throw new FlowTextError('"enqueue" syntax is "enqueue:PORT:QUEUE" or "enqueue(PORT,QUEUE)"')
  const port = parsePort(found[1]!, text)
  if (port === null) throw new FlowTextError(`${found[1]}: enqueue to unknown port`)
  return { type: 'enqueue', port, queue: parseU32(found[2]!) }
}

export const queueWords: ActionWords = {
  enqueue: parseEnqueue,
  set_queue: (argument) => ({ type: 'set_queue', queue: parseU32(argument) }),
  pop_queue: () => ({ type: 'pop_queue' }),
}

export const enqueue: ActionKind<Enqueue> = {
  format: (a, text) => `enqueue:${formatPort(a.port, text)}${atLeast(text.version, '2.4') ? ':' : 'q'}${a.queue}`,
  check(a) {
    if (a.port >= OFPP_MAX && a.port !== OFPP_IN_PORT && a.port !== OFPP_LOCAL) throw new OfError('OFPBAC_BAD_OUT_PORT')
    return a
  },
  wire(a, wire) {
    if (wire.openflow === '1.0') return [a]
    return [{ type: 'set_queue', queue: a.queue }, { type: 'output', port: a.port, maxLength: 0xffff }, { type: 'pop_queue' }]
  },
  translate: (a, x) => x.enqueue(a.port, a.queue),
}

export const setQueue: ActionKind<SetQueue> = {
  format: (a) => `set_queue:${a.queue}`,
  translate: (a, x) => x.setQueue(a.queue),
}

export const popQueue: ActionKind<PopQueue> = {
  format: () => 'pop_queue',
  translate: (_a, x) => x.setQueue(null),
}
