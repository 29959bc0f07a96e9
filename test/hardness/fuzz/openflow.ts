// OpenFlow and OVSDB text into a switch that has ports, patches and tunnels, with packets through what was taken.

import { newPacket } from '../../../src/kernel/packet.js'
import { quoteWords } from '../../../src/lab/quote-words.js'
import type { Chance } from './chance.js'
import { corpus, dictionary } from './corpus.js'
import { mutateText, mutateWord, mutateWords, value } from './mutate.js'
import { flowText, groupText, matchText } from './openflow-text.js'
import { frameBytes, frameOf } from './packet-parts.js'
import type { Room, Site } from './room.js'
import { SmallLab } from './small-lab.js'
import { RulesRoom } from './small-room.js'

export const openflow: Room = {
  name: 'openflow',
  about: 'flows, groups, actions, traces and database commands by grammar and mutated, packets through them; dumps are added again',
  batch: 250,
  open: (site) => OpenflowRoom.open(site),
}

const PACKETS = 3
/** What one version of OpenFlow takes, another does not take back; `resubmit(,255)` is shown as `resubmit(,)`. */
const REFUSED = /OFPBAC_MATCH_INCONSISTENT|must be specified on resubmit/
const TWIN_EVERY = 40

class OpenflowRoom extends RulesRoom {
  protected readonly twinEvery = TWIN_EVERY

  static async open(site: Site): Promise<OpenflowRoom> {
    const batch = Number(site.seed.split('/').at(-1))
    const small = await SmallLab.open(site.seed, batch % 3 === 2 ? 'ubuntu-16.04' : 'debian-12')
    await small.run(
      'ovs-vsctl add-br twin -- set bridge twin fail_mode=secure -- set bridge br1 fail_mode=secure; ovs-ofctl add-flow br1 actions=normal',
    )
    return new OpenflowRoom(site, small)
  }

  protected line(chance: Chance): string {
    const spoil = (text: string): string => quoteWords([chance.percent(20) ? mutateText(chance, text, 1) : text])
    const of13 = chance.percent(70) ? '-O OpenFlow13 ' : chance.percent(20) ? '-O OpenFlow15 ' : ''
    switch (chance.below(14)) {
      case 0:
        return `ovs-ofctl ${of13}${chance.pick(['mod-flows', 'del-flows', 'del-flows --strict', 'mod-flows --strict'])} br1 ${spoil(chance.percent(50) ? flowText(chance) : matchText(chance))}`
      case 1:
        return `ovs-ofctl ${of13}${chance.pick(['add-group', 'mod-group', 'del-groups', 'insert-buckets'])} br1 ${spoil(groupText(chance))}`
      case 2:
        return `ovs-ofctl ${of13}dump-flows br1 ${spoil(matchText(chance))}`
      case 3:
      case 4:
        return `ovs-appctl ofproto/trace ${chance.percent(20) ? '--names ' : ''}br1 ${spoil(matchText(chance))}${chance.percent(20) ? ' -generate' : ''}`
      case 5:
      case 6:
        return mutated(chance, 'ovs-vsctl')
      case 7:
        return mutated(chance, chance.pick(['ovs-ofctl', 'ovs-appctl', 'ovsdb-client', 'ovs-dpctl']))
      case 8:
        return `ovs-appctl dpctl/${chance.pick(['add-flow', 'mod-flow', 'del-flow', 'dump-flows'])} ${spoil(matchText(chance))} ${spoil(chance.pick(['1', '2,3', 'drop', 'ct(commit),recirc(1)', 'set(eth(src=1))']))}`
      case 9:
        return `printf '%s\\n' ${spoil(flowText(chance))} ${spoil(flowText(chance))} | ovs-ofctl ${of13}${chance.pick(['add-flows', 'replace-flows', 'diff-flows'])} br1 -`
      default:
        return `ovs-ofctl ${of13}add-flow br1 ${spoil(flowText(chance))}`
    }
  }

  protected send(chance: Chance): void {
    const { kernel } = this.small.lab.node('a')!.machine
    const devices = kernel.initNetns.devices.filter((device) => device.isUp)
    for (let i = 0; i < PACKETS; i++) {
      const device = chance.percent(60) ? (kernel.initNetns.deviceByName('p1') ?? devices[0]!) : chance.pick(devices)
      const bytes = frameBytes(chance, { macs: devices.map(({ mac }) => mac) })
      device.transmit(newPacket(this.small.lab.sim, device, frameOf(bytes)))
    }
  }

  /** What a dump shows can be added again, and then shows the same. */
  protected async twin(): Promise<string[]> {
    const { small } = this
    const lines = [
      'ovs-ofctl -O OpenFlow15 --no-stats dump-flows br1 > /tmp/1',
      'ovs-ofctl -O OpenFlow15 --bundle replace-flows twin /tmp/1',
      'ovs-ofctl -O OpenFlow15 --no-stats dump-flows twin > /tmp/2',
    ]
    this.site.note('dump-flows, and the same flows added to another bridge')
    const groups = await small.run(
      'ovs-ofctl -O OpenFlow15 dump-groups br1 > /tmp/g; ovs-ofctl -O OpenFlow15 del-groups twin; tail -n +2 /tmp/g | ovs-ofctl -O OpenFlow15 add-groups twin -',
    )
    const found = groups.exitCode === 0 ? [] : [`twin: groups: ${groups.stderr.slice(0, 500)}`]
    for (const line of lines) {
      const { stderr, exitCode } = await small.run(line)
      // A version that lacks the protocol or the option has nothing to compare.
      if (/not emulated|unrecognized option|not among/.test(stderr) || REFUSED.test(stderr)) return []
      if (exitCode !== 0) return [...found, `twin: ${line}: ${stderr.slice(0, 500)}`]
    }
    const { stdout } = await small.run('sort /tmp/1 > /tmp/3; sort /tmp/2 > /tmp/4; diff /tmp/3 /tmp/4')
    // Two flows of one text: packet_type=(0,0) is part of a match and not shown, as with recirc_id (a real switch shows the same).
    if (stdout !== '' && !stdout.includes('recirc_id') && !/^\d+d\d+$/m.test(stdout))
      found.push(`twin: flows differ: ${stdout.slice(0, 500)}`)
    return found
  }
}

function mutated(chance: Chance, tool: string): string {
  const lines = corpus().byTool.get(tool) ?? []
  const words = (lines.length === 0 ? `${tool} list Bridge` : chance.pick(lines)).split(' ')
  const word = (): string =>
    chance.percent(60) ? chance.pick(dictionary('tools/ovs')) : chance.percent(50) ? value(chance) : chance.pick(dictionary('ovs/db'))
  return mutateWords(chance, words, () => quoteWords([chance.percent(20) ? mutateWord(chance, word()) : word()])).join(' ')
}
