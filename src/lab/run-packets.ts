// `lab packets`: the last packets of the lab as a list, and the way of one of them.
import { wayText } from '../explain/text.js'
import type { Way } from '../explain/way.js'
import type { Process } from '../node/process.js'
import type { Lab } from './lab.js'
import { birthplaceOf, endText, NO_FILTER, type PacketFilter, PROTOCOLS, packetText, shows, timeText } from './packet-lines.js'
import { wayIn, waysIn } from './packet-ways.js'
import { BOOT_US } from './world.js'

interface Wish {
  readonly filter: PacketFilter
  readonly most: number
  /** One packet and its way; null: the list. */
  readonly packet: number | null
  readonly turn: 'on' | 'off' | null
}

const MOST = 20

export function runPackets(lab: Lab, proc: Process, args: readonly string[]): number {
  const wish = parse(proc, args, lab)
  if (wish === null) return 2
  if (wish.turn !== null) return turn(proc, lab, wish.turn)
  if (!lab.packets.isOn) {
    lab.packets.start()
    proc.line('packets are recorded from now on; send some and ask again')
    return 0
  }
  return wish.packet === null ? list(proc, lab, wish) : one(proc, lab, wish.packet)
}

function turn(proc: Process, lab: Lab, to: 'on' | 'off'): number {
  if (to === 'on') lab.packets.start()
  else lab.packets.stop()
  proc.line(to === 'on' ? 'packets are recorded from now on' : 'packets are not recorded any more')
  return 0
}

function parse(proc: Process, args: readonly string[], lab: Lab): Wish | null {
  const filter = { ...NO_FILTER } as { -readonly [key in keyof PacketFilter]: PacketFilter[key] }
  let [most, packet, turned]: [number, number | null, Wish['turn']] = [MOST, null, null]
  const refuse = (why: string): null => {
    proc.error(`lab: packets: ${why}`)
    return null
  }
  for (let i = 0; i < args.length; i++) {
    const word = args[i]!
    if (word === 'on' || word === 'off') turned = word
    else if (/^\d+$/.test(word)) packet = Number(word)
    else if (/^(-n|--(proto|node|text))$/.test(word)) {
      const value = args[++i]
      if (value === undefined) return refuse(`nothing follows ${word}`)
      if (word === '--proto') filter.proto = value.toLowerCase()
      else if (word === '--text') filter.text = value
      else if (word === '--node' && lab.node(value) === null) return refuse(lab.unknownNode(value))
      else if (word === '--node') filter.node = value
      else if (!/^[1-9]\d{0,4}$/.test(value)) return refuse(`expected a number of packets after -n, not "${value}"`)
      else most = Number(value)
    } else return refuse(`unknown word "${word}"; expected a packet's number, on, off, -n, --proto, --node or --text`)
  }
  if (filter.proto !== null && ![...PROTOCOLS, 'dns'].includes(filter.proto))
    return refuse(`unknown protocol "${filter.proto}"; expected ${PROTOCOLS.join(', ')} or dns`)
  return { filter, most, packet, turn: turned }
}

function list(proc: Process, lab: Lab, { filter, most }: Wish): number {
  const ways = waysIn(lab.packets).filter((way) => shows(way, filter))
  if (ways.length === 0) {
    proc.line(lab.packets.traces.length === 0 ? 'no packet yet' : 'no packet like that among the last ones')
    return 0
  }
  const rows = ways
    .slice(-most)
    .map((way) => [String(way.id), timeText(way.atUs - BOOT_US), birthplaceOf(way), packetText(way), endText(way)])
  const widths = [0, 1, 2, 3].map((column) => Math.max(...rows.map((row) => row[column]!.length)))
  for (const [id = '', ...rest] of rows)
    proc.line([id.padStart(widths[0]!), ...rest.map((cell, at) => cell.padEnd(widths[at + 1] ?? 0))].join('  ').trimEnd())
  if (ways.length > most) proc.line(`(${ways.length - most} older ones: -n ${ways.length})`)
  return 0
}

function one(proc: Process, lab: Lab, id: number): number {
  const way: Way | null = wayIn(lab.packets, id)
  if (way === null) {
    proc.error(`lab: packets: packet ${id} is not among the last ones`)
    return 1
  }
  proc.out(wayText(way, { detail: 'summary' }))
  return 0
}
