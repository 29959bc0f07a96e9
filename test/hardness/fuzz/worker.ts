// The thread that runs one room's cases, so that one that hangs or eats memory can be ended from outside.
import { parentPort, workerData } from 'node:worker_threads'
import { Chance } from './chance.js'
import { Place, type WorkerMessage, type WorkerTask } from './protocol.js'
import type { OpenRoom, Room } from './room.js'
import { findRoom } from './rooms.js'

/** A case that takes longer of the processor is a finding, though it ends. */
const SLOW_US = 5_000_000

/** Inputs before the one in hand that a finding shows, and how much of each. */
const KEPT = 5
const LONG = 300

export async function work(): Promise<void> {
  const task = workerData as WorkerTask
  const place = new Place(task.memory)
  const escaped: string[] = []
  for (const event of ['uncaughtException', 'unhandledRejection'] as const)
    process.on(event, (error: unknown) => escaped.push(`${event}: ${stackOf(error)}`))
  const room = await findRoom(task.room)
  try {
    await runBatches({ room, task, place, escaped })
  } catch (error) {
    tell({ kind: 'finding', batch: place.batch, index: place.index, text: `the room does not open or close: ${stackOf(error)}`, input: '' })
  }
  tell({ kind: 'done' })
}

async function runBatches({ room, task, place, escaped }: Omit<Batch, 'batch'>): Promise<void> {
  for (let batch = task.firstBatch; Date.now() < task.endAtMs; batch++) {
    await runBatch({ room, batch, task, place, escaped })
    globalThis.gc?.()
    tell({ kind: 'heap', batch, bytes: process.memoryUsage().heapUsed })
  }
}

interface Batch {
  readonly room: Room
  readonly batch: number
  readonly task: WorkerTask
  readonly place: Place
  readonly escaped: string[]
}

async function runBatch({ room, batch, task, place, escaped }: Batch): Promise<void> {
  const seed = `${task.seed}/${batch}`
  place.enter(batch, 0)
  const noted: string[] = []
  const note = (text: string): void => {
    noted.unshift(text.length > LONG ? `${text.slice(0, LONG)}...` : text)
    noted.length = Math.min(noted.length, KEPT)
    // In hand: whole. What was before it may be the cause.
    place.note([text, ...noted.slice(1)].join('\n  after: '))
  }
  const open = await room.open({ seed, note })
  for (let index = 0; index < room.batch && Date.now() < task.endAtMs; index++) {
    place.enter(batch, index)
    const before = process.cpuUsage()
    const findings = await runCase(open, new Chance(`${seed}/${index}`))
    const { user, system } = process.cpuUsage(before)
    if (user + system > SLOW_US) findings.push(`slow: ${((user + system) / 1e6).toFixed(1)} s of the processor`)
    findings.push(...escaped.splice(0))
    for (const text of findings) tell({ kind: 'finding', batch, index, text, input: place.input })
  }
  for (const text of await open.close()) tell({ kind: 'finding', batch, index: room.batch, text, input: '' })
}

export async function runCase(open: OpenRoom, chance: Chance): Promise<string[]> {
  try {
    return await open.run(chance)
  } catch (error) {
    return [stackOf(error)]
  }
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}

function tell(message: WorkerMessage): void {
  parentPort!.postMessage(message)
}
