// `npm run hardness -- fuzz [ROOM...] [--seconds N] [--seed TEXT] [--batch N] [--record]`: each room in a thread of its own, watched.
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { type Findings, FindingsOf } from './findings.js'
import { Place, type WorkerMessage, type WorkerTask } from './protocol.js'
import { findRoom, ROOM_NAMES } from './rooms.js'

interface Orders {
  readonly rooms: readonly string[]
  readonly seconds: number
  readonly seed: string
  readonly firstBatch: number
  readonly isRecorded: boolean
}

/** Processor time without a new case after which the room hangs. */
const HANG_US = 40_000_000
const LOOK_MS = 250
/** Of a room's heap: a lab with its captures and tables takes a tenth. */
const HEAP_MIB = 1500
/** What a closed batch may leave behind more than the second one did: compiled code, caches of modules. */
const GROWTH_BYTES = 60e6

export async function fuzz(words: readonly string[]): Promise<number> {
  const orders = parse(words)
  if (typeof orders === 'string') {
    process.stderr.write(`${orders}\nusage: fuzz [${ROOM_NAMES.join('|')}]... [--seconds N] [--seed TEXT] [--batch N] [--record]\n`)
    return 2
  }
  let failed = 0
  for (const name of orders.rooms) {
    const found = await runRoom(name, orders)
    process.stdout.write(found.summary())
    if (orders.isRecorded) await record(found.row())
    failed += found.count
  }
  return failed > 0 ? 1 : 0
}

const END_OF_ROWS = '<!-- rows of fuzz end here -->'

async function record(row: string): Promise<void> {
  const file = join(process.env.NETLAB_ROOT ?? '.', 'test/hardness/RESULTS.md')
  await writeFile(file, (await readFile(file, 'utf8')).replace(END_OF_ROWS, `${row}${END_OF_ROWS}`))
}

function parse(words: readonly string[]): Orders | string {
  const rooms: string[] = []
  const values = new Map([
    ['--seconds', '20'],
    ['--seed', '1'],
    ['--batch', '0'],
  ])
  let isRecorded = false
  for (let at = 0; at < words.length; at++) {
    const word = words[at]!
    if (word === '--record') isRecorded = true
    else if (values.has(word)) values.set(word, words[++at] ?? '')
    else if (ROOM_NAMES.includes(word)) rooms.push(word)
    else return `fuzz: no room "${word}"`
  }
  const seconds = Number(values.get('--seconds'))
  const firstBatch = Number(values.get('--batch'))
  if (!(seconds > 0) || !Number.isInteger(firstBatch)) return 'fuzz: --seconds and --batch take numbers'
  return { rooms: rooms.length === 0 ? ROOM_NAMES : rooms, seconds, seed: values.get('--seed')!, firstBatch, isRecorded }
}

/** The room until its time is over; a worker that hangs or dies is replaced and goes on with the next batch. */
async function runRoom(name: string, orders: Orders): Promise<Findings> {
  const room = await findRoom(name)
  const found = new FindingsOf(name, room.about, orders.seed)
  const endAtMs = Date.now() + orders.seconds * 1000
  for (let firstBatch = orders.firstBatch; Date.now() < endAtMs; ) {
    const place = new Place(Place.memory())
    const task: WorkerTask = { room: name, seed: orders.seed, firstBatch, endAtMs, memory: place.memory }
    await watch(task, place, found)
    found.cases += place.cases
    firstBatch = place.batch + 1
    if (place.cases <= 1) break
  }
  found.end()
  return found
}

async function watch(task: WorkerTask, place: Place, found: FindingsOf): Promise<void> {
  const worker = new Worker(fileURLToPath(import.meta.url), {
    workerData: task,
    resourceLimits: { maxOldGenerationSizeMb: HEAP_MIB },
  })
  let isOver = false
  const heaps: number[] = []
  worker.on('message', (message: WorkerMessage) => {
    if (message.kind === 'finding') found.add(message)
    else if (message.kind === 'heap') heaps.push(message.bytes)
  })
  worker.on('error', (error) => found.add({ ...here(place), text: `the thread ended: ${error.stack ?? error.message}` }))
  worker.on('exit', () => {
    isOver = true
  })
  let seen = -1
  let since = process.cpuUsage()
  while (!isOver) {
    await sleep(LOOK_MS)
    if (place.cases !== seen) {
      seen = place.cases
      since = process.cpuUsage()
    }
    const { user, system } = process.cpuUsage(since)
    if (user + system < HANG_US) continue
    found.add({ ...here(place), text: `hangs: no end after ${HANG_US / 1e6} s of the processor` })
    await worker.terminate()
    break
  }
  // Now and then a large text outlives a collection; what stays, stays in the next batches as well.
  const growth = Math.min(...heaps.slice(-3)) - (heaps[1] ?? 0)
  if (heaps.length > 3 && growth > GROWTH_BYTES)
    found.add({ ...here(place), input: '', text: `memory grew by ${(growth / 1e6).toFixed(0)} MB in ${heaps.length} batches` })
  found.heaps.push(...heaps)
}

function here(place: Place): { batch: number; index: number; input: string } {
  return { batch: place.batch, index: place.index, input: place.input }
}
