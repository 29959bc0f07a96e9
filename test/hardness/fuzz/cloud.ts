// The clouds: clients of the API, the words of `lab`, faults and pictures, by their recorded lines mutated and by completion.

import { Lab } from '../../../src/lab/lab.js'
import { quoteWords } from '../../../src/lab/quote-words.js'
import { loadScenario } from '../../../src/scenario/library.js'
import { commands } from '../../../src/tools/lazy.js'
import { graphOf } from '../../../src/topology/graph.js'
import { topologyOf } from '../../../src/topology/topology.js'
import type { Chance } from './chance.js'
import { corpus, dictionary } from './corpus.js'
import { mutateText, mutateWord, mutateWords, value } from './mutate.js'
import type { OpenRoom, Room, Site } from './room.js'
import { imbalance } from './small-lab.js'

export const cloud: Room = {
  name: 'cloud',
  about: 'arguments of the API clients, of lab explain, inject, who, log, map, doctor and break, and pictures, in each cloud',
  batch: 80,
  open: (site) => CloudRoom.open(site),
}

const SCENARIOS = ['flat-dhcp', 'legacy-l3', 'legacy-l3-vxlan', 'dvr-fip']
const CLIENTS = ['openstack', 'nova', 'neutron', 'glance', 'keystone', 'virsh', 'nova-manage']
const WORDS = ['explain', 'inject', 'who', 'log', 'map', 'doctor', 'break', 'hint', 'check', 'help', 'packets', 'undo', 'save']
const LINE_SECONDS = 30

class CloudRoom implements OpenRoom {
  private cases = 0

  private constructor(
    private readonly site: Site,
    private readonly lab: Lab,
  ) {}

  static async open(site: Site): Promise<CloudRoom> {
    const batch = Number(site.seed.split('/').at(-1))
    return new CloudRoom(site, await Lab.boot(await loadScenario(SCENARIOS[batch % SCENARIOS.length]!), { seed: site.seed }))
  }

  async run(chance: Chance): Promise<string[]> {
    const nodes = this.lab.nodes.map(({ name }) => name)
    const node = chance.percent(60) ? this.controller() : chance.pick(nodes)
    const line = chance.percent(60) ? client(chance) : this.word(chance)
    this.site.note(`@${node} ${line}`)
    const { exitCode } = await this.lab.run(node, line, { stepLimitSeconds: LINE_SECONDS })
    const found = this.lab.takeBugs()
    if (!(exitCode >= 0 && exitCode <= 255)) found.push(`exit code ${exitCode}`)
    if (++this.cases % 20 === 0) {
      await this.lab.advance(70)
      found.push(...this.lab.takeBugs(), ...this.picture(chance))
    }
    return [...found, ...imbalance(this.lab.sim.ledger)]
  }

  private controller(): string {
    return (this.lab.nodes.find(({ name }) => name.startsWith('controller')) ?? this.lab.nodes[0]!).name
  }

  private word(chance: Chance): string {
    const proc = this.lab.node(this.controller())!.machine.init
    const { words } = this.lab
    const name = chance.percent(90) ? chance.pick([...words.keys(), ...WORDS]) : value(chance)
    const line = ['lab', name]
    for (let left = chance.below(6); left > 0; left--) {
      const current = chance.percent(40) ? '--' : ''
      const context = { words: [...line, current], index: line.length, current, previous: line.at(-1)!, proc }
      const offered = words.get(name)?.complete?.(context) ?? []
      line.push(offered.length > 0 && chance.percent(65) ? chance.pick(offered) : chance.percent(50) ? this.name(chance) : value(chance))
    }
    const text = quoteWords(line)
    return chance.percent(10) ? mutateText(chance, text, 1) : text
  }

  private name(chance: Chance): string {
    const machine = chance.pick(this.lab.nodes).machine
    const device = chance.pick([...machine.kernel.namespaces].flatMap((netns) => netns.devices))
    return chance.pick([
      machine.name,
      device.name,
      `${machine.name}:${device.name}`,
      '10.0.0.2',
      '--from',
      '--to',
      '--detail',
      'full',
      '--json',
      '--tcp',
      '--port',
      '80',
      'outside',
      ...machine.netnsNames.keys(),
    ])
  }

  private picture(chance: Chance): string[] {
    const topology = topologyOf(this.lab.nodes.map(({ machine }) => machine))
    const format = chance.pick(['text', 'mermaid', 'dot', 'svg'] as const)
    const level = chance.pick(['nodes', 'namespaces', 'devices'] as const)
    const width = chance.pick([1, 20, 80, 200, 1000])
    const text = graphOf(topology, { title: 'x', format, level, node: null, width, ascii: chance.percent(50) })
    return text.length > 0 ? [] : [`an empty picture: ${format} ${level} ${width}`]
  }

  async close(): Promise<string[]> {
    await this.lab.advance(300)
    const found = [...this.lab.takeBugs(), ...imbalance(this.lab.sim.ledger)]
    this.lab.close()
    return found
  }
}

const KNOWN = new Set(commands.map(({ name }) => name))

function client(chance: Chance): string {
  const tool = chance.pick(CLIENTS.filter((name) => KNOWN.has(name)))
  const lines = corpus().byTool.get(tool) ?? []
  const words = (lines.length === 0 ? `${tool} list` : chance.pick(lines)).split(' ')
  const word = (): string =>
    chance.percent(60) ? chance.pick(dictionary('tools/openstack')) : chance.percent(30) ? chance.pick(OBJECTS) : value(chance)
  return mutateWords(chance, words, () => quoteWords([chance.percent(15) ? mutateWord(chance, word()) : word()])).join(' ')
}

const OBJECTS = [
  'vm1',
  'vm2',
  'cirros',
  'private',
  'public',
  'ext-net',
  'router1',
  'default',
  'admin',
  'subnet1',
  '1',
  'm1.tiny',
  'compute-1',
  'net1',
  '192.168.0.0/24',
  '10.10.0.0/24',
  '--debug',
  '-f',
  'json',
  'value',
  '-c',
  'id',
]
