// Spanning tree BPDUs (802.1D, 802.1w); of 802.1s the common part.
import { bitNames, type Dissector } from '../dissector.js'

const VERSIONS: Readonly<Record<number, string>> = { 0: '802.1d', 2: '802.1w', 3: '802.1s', 4: '802.1aq' }
const TYPES: Readonly<Record<number, string>> = { 0: 'Config', 2: 'Rapid STP', 0x80: 'Topology Change' }
const ROLES = ['Unknown', 'Alternate', 'Root', 'Designated']
const FLAGS = [
  [0x01, 'Topology change'],
  [0x02, 'Proposal'],
  [0x10, 'Learn'],
  [0x20, 'Forward'],
  [0x40, 'Agreement'],
  [0x80, 'Topology change ACK'],
] as const
const CONFIG_LENGTH = 35
const MSTP_LENGTH = 102
const CONFIG_INFO_LENGTH = 64
const INSTANCE_LENGTH = 16

//   protocol(2) version type | flags root-id(8) root-cost(4) bridge-id(8) port-id(2) message-age max-age hello forward-delay (2 each)
export function printStp(d: Dissector, at: number, length: number): void {
  d.protocol = 'stp'
  if (length < 4) return d.invalid()
  if (d.u16(at) !== 0) return d.print(`unknown STP version, length ${length}`)
  const version = d.u8(at + 2)
  d.print(`STP ${VERSIONS[version] ?? `Unknown STP protocol (0x${hex2(version)})`}`)
  if (VERSIONS[version] === undefined) return
  const type = d.u8(at + 3)
  d.print(`, ${TYPES[type] ?? `Unknown BPDU Type (0x${hex2(type)})`}`)
  if (type === 0) {
    if (length < CONFIG_LENGTH) return d.invalid()
    printConfig(d, at, length)
  } else if (type === 2 && version === 2) {
    if (length < CONFIG_LENGTH + 1) return d.invalid()
    printConfig(d, at, length)
  } else if (type === 2 && version > 2) {
    if (length < MSTP_LENGTH || d.u8(at + 35) !== 0 || length < CONFIG_LENGTH + 3 + d.u16(at + 36)) return d.invalid()
    // Differs: the second half of 802.1aq (shortest path bridging) is not shown.
    printMstp(d, at, length)
  }
}

function printConfig(d: Dissector, at: number, length: number): void {
  const flags = d.u8(at + 4)
  d.print(`, Flags [${bitNames(FLAGS, flags, 'none')}]`)
  d.print(`, bridge-id ${bridgeId(d, at + 17)}.${d.hex(at + 25, 2)}, length ${length}`)
  if (d.verbose === 0) return
  printTimes(d, at)
  d.print(`\n\troot-id ${bridgeId(d, at + 5)}, root-pathcost ${d.u32(at + 13)}`)
  if (d.u8(at + 2) === 2) d.print(`, port-role ${ROLES[(flags >> 2) & 3]}`)
}

function printTimes(d: Dissector, at: number): void {
  d.need(at + 27, 8)
  d.print(`\n\tmessage-age ${seconds(d, at + 27)}, max-age ${seconds(d, at + 29)}`)
  d.print(`, hello-time ${seconds(d, at + 31)}, forwarding-delay ${seconds(d, at + 33)}`)
}

function printMstp(d: Dissector, at: number, length: number): void {
  const flags = d.u8(at + 4)
  d.print(`, CIST Flags [${bitNames(FLAGS, flags, 'none')}], length ${length}`)
  if (d.verbose === 0) return
  d.print(`\n\tport-role ${ROLES[(flags >> 2) & 3]}, `)
  d.print(`CIST root-id ${bridgeId(d, at + 5)}, CIST ext-pathcost ${d.u32(at + 13)}`)
  d.print(`\n\tCIST regional-root-id ${bridgeId(d, at + 17)}, `)
  d.print(`CIST port-id ${d.hex(at + 25, 2)},`)
  printTimes(d, at)
  d.print(`\n\tv3len ${d.u16(at + 36)}, `)
  d.print('MCID Name ')
  for (let i = at + 39; i < at + 71 && d.u8(i) !== 0; i++) d.char(d.u8(i))
  d.print(`, rev ${d.u16(at + 71)},\n\t\tdigest ${d.hex(at + 73, 16)}, `)
  d.print(`CIST int-root-pathcost ${d.u32(at + 89)},`)
  d.print(`\n\tCIST bridge-id ${bridgeId(d, at + 93)}, `)
  d.print(`CIST remaining-hops ${d.u8(at + 101)}`)
  const instances = d.u16(at + 36) - CONFIG_INFO_LENGTH
  for (let i = 0; i + INSTANCE_LENGTH <= instances; i += INSTANCE_LENGTH) printInstance(d, at + MSTP_LENGTH + i)
}

//   flags root-priority(2) root-mac(6) path-cost(4) bridge-priority port-priority hops
function printInstance(d: Dissector, at: number): void {
  const flags = d.u8(at)
  const id = d.u16(at + 1) & 0xfff
  d.print(`\n\tMSTI ${id}, Flags [${bitNames(FLAGS, flags, 'none')}], port-role ${ROLES[(flags >> 2) & 3]}`)
  d.print(`\n\t\tMSTI regional-root-id ${bridgeId(d, at + 1)}, pathcost ${d.u32(at + 9)}`)
  d.print(`\n\t\tMSTI bridge-prio ${d.u8(at + 13) >> 4}, port-prio ${d.u8(at + 14) >> 4}, hops ${d.u8(at + 15)}`)
}

/** 8000.52:54:00:00:00:01 */
function bridgeId(d: Dissector, at: number): string {
  return `${d.hex(at, 2)}.${d.hex(at + 2, 6, ':')}`
}

function seconds(d: Dissector, at: number): string {
  return `${(d.u16(at) / 256).toFixed(2)}s`
}

function hex2(value: number): string {
  return value.toString(16).padStart(2, '0')
}
