// 5: `ofproto/trace` through five tables as text, beside the real one over a kept socket and as a process.
import { extractKey, newKey } from '../../src/ovs/flow-key.js'
import { traceText as textOf } from '../../src/ovs/trace.js'
import { type Bench, fiveTables, loadFlows, newBench, traceFlow } from './five-tables.js'
import { RealOvs } from './real-ovs.js'
import { type Benchmark, type Figure, inTurns, median, microseconds, ratios, spread } from './report.js'

const COUNT = 200
const ROUNDS = 9
const PACKET = 1
const BRIDGE = 'v add-br br0 -- set bridge br0 datapath_type=netdev fail_mode=secure'
const PORTS = [1, 2].map((n) => `-- add-port br0 p${n} -- set interface p${n} type=dummy-internal ofport_request=${n}`)

export const traceText: Benchmark = { name: 'trace-text', run }

async function run(): Promise<Figure[]> {
  const [few, many] = [10, 10_000].map((flows) => {
    const bench = newBench()
    loadFlows(bench.bridge, fiveTables(flows))
    return bench
  }) as [Bench, Bench]
  const real = RealOvs.open(`${BRIDGE} ${PORTS.join(' ').replaceAll('dummy-internal', 'internal')}`)
  try {
    if (real instanceof RealOvs) {
      real.command('ovs-ofctl', ['add-flows', 'br0', real.file('flows', `${fiveTables(10_000).join('\n')}\n`)])
      check(trace(many), await asked(real))
    } else check(trace(many), null)
    const us = await inTurns(
      ROUNDS,
      {
        few: () => ours(few),
        many: () => ours(many),
        socket: async () => (real instanceof RealOvs ? (await microseconds(() => times(() => asked(real)))) / COUNT : Number.NaN),
        process: async () => (real instanceof RealOvs ? await microseconds(() => asProcess(real)) : Number.NaN),
      },
      3,
    )
    return figures(us, typeof real === 'string' ? real : null)
  } finally {
    if (real instanceof RealOvs) real.close()
  }
}

function trace({ bridge, packet }: Bench): string {
  const port = bridge.portByName('p1')!
  const key = newKey()
  extractKey(packet(PACKET), port.ofport, key)
  return textOf({ bridge, key, port, learns: false, names: false, ctNext: [] })
}

async function ours(bench: Bench): Promise<number> {
  return (await microseconds(() => times(() => trace(bench)))) / COUNT
}

async function times(work: () => unknown): Promise<void> {
  for (let i = 0; i < COUNT; i++) await work()
}

function asked(real: RealOvs): Promise<string> {
  return real.ask('ofproto/trace', ['br0', traceFlow(PACKET)])
}

function asProcess(real: RealOvs): string {
  return real.command('ovs-appctl', ['ofproto/trace', 'br0', traceFlow(PACKET)])
}

/** Table by table the same; without a real one, that it went through all five and out. */
function check(text: string, real: string | null): void {
  const plain = (answer: string): string =>
    answer
      .slice(answer.indexOf('bridge('))
      .replace(/^Datapath actions: .*$/m, '')
      .trim()
  if (real !== null && plain(text) !== plain(real)) throw new Error(`the trace differs:\n${text}\nreal:\n${real}`)
  const tables = [...text.matchAll(/^ ?(\d+)\. /gm)].map(([, table]) => table)
  if (tables.join(' ') !== '0 60 71 72 94' || !/output:2$/m.test(text)) throw new Error(`not the way through five tables:\n${text}`)
}

function figures(us: Record<'few' | 'many' | 'socket' | 'process', number[]>, absent: string | null): Figure[] {
  const toSocket = ratios(us.many, us.socket)
  const toProcess = ratios(us.process, us.many)
  const flat = ratios(us.many, us.few)
  const peer = (value: string): string => (absent === null ? value : `not measured: ${absent}`)
  return [
    {
      what: `ofproto/trace through five tables, ${spread(us.many, 1)} us: over the real one on a kept socket`,
      beside: peer(`real ${spread(us.socket, 1)} us`),
      target: absent === null ? '<= 1' : '<= 50 us',
      measured: absent === null ? spread(toSocket) : `${spread(us.many, 1)} us`,
      met: absent === null ? median(toSocket) <= 1 : median(us.many) <= 50,
    },
    {
      what: 'the same: times as fast as the process ovs-appctl',
      beside: peer(`real ${spread(us.process, 0)} us`),
      target: '>= 20',
      measured: absent === null ? spread(toProcess, 0) : '',
      met: absent === null ? median(toProcess) >= 20 : null,
    },
    {
      what: 'with 10,000 flows over 10',
      beside: `10 flows ${spread(us.few, 1)} us`,
      target: '<= 1.3',
      measured: spread(flat),
      met: median(flat) <= 1.3,
    },
  ]
}
