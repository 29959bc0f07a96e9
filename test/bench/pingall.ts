// 10: every host pings every other, ARP cold, on a line of fifty switches and on a tree; start and stop included.
import { spawnSync } from 'node:child_process'
import { Lab } from '../../src/lab/lab.js'
import { parseScenario } from '../../src/scenario/parse.js'
import { formatProblem } from '../../src/scenario/problem.js'
import { type Benchmark, type Figure, inTurns, median, microseconds, ratios, spread } from './report.js'

const ROUNDS = 7

export const pingall: Benchmark = { name: 'pingall', run }

/** Switches by number, and between which there is a cable; hosts hang on their switch. */
interface Topology {
  readonly switches: number
  readonly cables: readonly (readonly [number, number])[]
  readonly hosts: readonly number[]
}

const LINE: Topology = {
  switches: 50,
  cables: Array.from({ length: 49 }, (_, i) => [i, i + 1] as const),
  hosts: Array.from({ length: 50 }, (_, i) => i),
}
/** Depth 2, fan-out 4: a root, four below it, four hosts at each. */
const TREE: Topology = {
  switches: 5,
  cables: [1, 2, 3, 4].map((leaf) => [0, leaf] as const),
  hosts: Array.from({ length: 16 }, (_, i) => 1 + (i >> 2)),
}

async function run(): Promise<Figure[]> {
  const [line, tree] = [text(LINE), text(TREE)]
  const ms = await inTurns(
    ROUNDS,
    { line: () => allMs(line, 50), tree: () => allMs(tree, 16), real: () => (realReason() === null ? realMs() : Number.NaN) },
    2,
  )
  const toReal = ratios(ms.real, ms.tree)
  const absent = realReason()
  return [
    {
      what: 'linear,50: 2,450 pings',
      beside: 'Mininet is not here; performance.md: 137.7 s',
      target: '<= 150 ms',
      measured: `${spread(ms.line, 0)} ms`,
      met: median(ms.line) <= 150,
      why: 'about half is packets, above all 1,225 broadcasts of ARP through 50 bridges to 49 hosts each; a third is the boot of 100 nodes, the rest 2,450 processes (35 us each)',
    },
    {
      what: 'tree,2,4: 240 pings',
      beside: 'Mininet is not here; performance.md: 1.8 s',
      target: '<= 15 ms',
      measured: `${spread(ms.tree, 0)} ms`,
      met: median(ms.tree) <= 15,
      why: 'the boot of 21 nodes takes as long as their pings; a process of ping takes 35 us',
    },
    {
      what: 'tree,2,4: times as fast as the same of real namespaces by a script',
      beside: absent === null ? `namespaces, bridges and ping ${spread(ms.real, 0)} ms` : `not measured: ${absent}`,
      target: '>= 20',
      measured: absent === null ? spread(toReal, 0) : '',
      met: absent === null ? median(toReal) >= 20 : null,
    },
  ]
}

/** A scenario: each switch is a node with a Linux bridge, each cable a wire. */
function text({ switches, cables, hosts }: Topology): string {
  const ports = Array.from({ length: switches }, (): string[] => [])
  for (const [a, b] of cables) for (const end of [a, b]) ports[end]!.push(`c${a}-${b}`)
  for (const [host, at] of hosts.entries()) ports[at]!.push(`h${host}`)
  const nodes = ports.map((wires, at) => {
    const nics = wires.map((wire, i) => `{name: e${i}, wire: ${wire}}`).join(', ')
    return `  s${at}:\n    nics: [${nics}]\n`
  })
  const ends = hosts.map(
    (_, host) => `  host${host}:\n    nics: [{name: eth0, wire: h${host}}]\n    addresses: {eth0: [10.0.0.${host + 1}/24]}\n`,
  )
  const wires = [...new Set(ports.flat())].map((wire) => `${wire}: {}`).join(', ')
  const setup = ports.map((wires, at) => {
    const enslave = wires.map((_, i) => `ip link set e${i} master br0`).join('; ')
    return `  - {node: s${at}, run: "ip link add br0 type bridge; ip link set br0 up; ${enslave}"}\n`
  })
  return `title: Pings\nsummary: Each host pings every other.\nimage: debian-12\nwires: {${wires}}\nnodes:\n${nodes.join('')}${ends.join('')}setup:\n${setup.join('')}`
}

async function allMs(yaml: string, hosts: number): Promise<number> {
  let received = 0
  const us = await microseconds(async () => {
    const { scenario, problems } = parseScenario(yaml, 'pings.yaml', 'pings')
    if (scenario === null) throw new Error(problems.map(formatProblem).join('\n'))
    const lab = await Lab.boot(scenario)
    for (let host = 0; host < hosts; host++) {
      const others = Array.from({ length: hosts }, (_, i) => i + 1).filter((i) => i !== host + 1)
      const { stdout } = await lab.run(`host${host}`, `for i in ${others.join(' ')}; do ping -c 1 -W 1 10.0.0.$i; done`)
      received += stdout.split('1 received').length - 1
    }
    lab.close()
  })
  if (received !== hosts * (hosts - 1)) throw new Error(`${received} of ${hosts * (hosts - 1)} pings were answered`)
  return us / 1000
}

function realReason(): string | null {
  if (process.getuid?.() !== 0) return 'needs root'
  for (const tool of ['ip', 'ping']) if (spawnSync('sh', ['-c', `command -v ${tool}`]).status !== 0) return `needs ${tool}`
  return null
}

const REAL = `set -e
ns() { ip netns add nlbench-$1; ip -n nlbench-$1 link set lo up; }
end() { set +e; for n in $(seq 0 15); do ip netns del nlbench-h$n; done; for n in $(seq 0 4); do ip netns del nlbench-s$n; done; }
trap 'end 2> /dev/null' EXIT
for s in $(seq 0 4); do ns s$s; ip -n nlbench-s$s link add br0 type bridge forward_delay 0; ip -n nlbench-s$s link set br0 up; done
join() { ip link add $2 netns nlbench-$1 type veth peer name $4 netns nlbench-$3; ip -n nlbench-$1 link set $2 up; ip -n nlbench-$3 link set $4 up; }
for s in 1 2 3 4; do join s0 p$s s$s top; ip -n nlbench-s0 link set p$s master br0; ip -n nlbench-s$s link set top master br0; done
for h in $(seq 0 15); do ns h$h; s=$((1 + h / 4)); join h$h eth0 s$s h$h; ip -n nlbench-s$s link set h$h master br0; ip -n nlbench-h$h addr add 10.0.0.$((h + 1))/24 dev eth0; done
for h in $(seq 0 15); do ip netns exec nlbench-h$h bash -c "for i in $(seq -s ' ' 1 16); do [ \\$i = $((h + 1)) ] || ping -c 1 -W 1 10.0.0.\\$i; done"; done
`

function realMs(): number {
  const begin = process.hrtime.bigint()
  const { status, stdout, stderr } = spawnSync('bash', ['-c', REAL], { encoding: 'utf8' })
  const ms = Number(process.hrtime.bigint() - begin) / 1e6
  if (status !== 0 && !stdout.includes('received')) throw new Error(`the real tree: ${stderr}`)
  const received = stdout.split('1 received').length - 1
  if (received < 235) throw new Error(`the real tree lost pings: ${received} of 240`)
  return ms
}
