// ofproto/trace: its arguments in all forms.
import { Packet } from '../../../kernel/packet.js'
import { parseActions } from '../../../ovs/action-text.js'
import type { OfAction } from '../../../ovs/actions/action.js'
import type { OfBridge } from '../../../ovs/bridge.js'
import { isDpFlow, parseDpFlow } from '../../../ovs/dp-key-parse.js'
import { parseExactFlow } from '../../../ovs/exact-flow.js'
import { CT_FLAGS } from '../../../ovs/flag-text.js'
import { extractKey, type FlowKey, newKey, W } from '../../../ovs/flow-key.js'
import { FlowTextError, textContext } from '../../../ovs/flow-text-error.js'
import type { OfPort } from '../../../ovs/ports.js'
import { portNames, traceText } from '../../../ovs/trace.js'
import { decodeFrame } from '../../../wire/decode.js'
import { type Appctl, ServerError } from './context.js'
import { datapathFor } from './which-datapath.js'

interface Given {
  readonly words: string[]
  generate: boolean
  names: boolean
  readonly ctNext: number[]
}

interface Target {
  readonly bridge: OfBridge
  readonly port: OfPort | null
  readonly key: FlowKey
}

export function trace(ctl: Appctl, args: readonly string[]): string {
  return run(ctl, args)
}

export function tracePacketOut(ctl: Appctl, args: readonly string[]): string {
  const text = textContext(ctl.vswitch.version)
  try {
    return run(ctl, args.slice(0, -1), parseActions(args.at(-1)!, text, false).actions)
  } catch (error) {
    if (error instanceof FlowTextError) throw new ServerError(error.message)
    throw error
  }
}

function run(ctl: Appctl, args: readonly string[], actions?: readonly OfAction[]): string {
  const given = readOptions(args, actions !== undefined)
  const { words } = given
  const packet = !given.generate && words.length > 1 ? hexPacket(words.at(-1)!) : null
  if (packet !== null) words.pop()
  else if (!given.generate && words.length > 2) throw new ServerError('Trailing garbage in packet data')
  if (words.length === 0 || words.length > 2) throw new ServerError('Syntax error')
  const { bridge, port, key } = isDpFlow(words.at(-1)!) ? datapathForm(ctl, words) : bridgeForm(ctl, words)
  if (packet !== null) fromPacket(ctl, key, packet)
  ctl.vswitch.settle()
  const learns = given.generate || packet !== null
  return traceText({ bridge, key, port, learns, names: given.names, ctNext: given.ctNext, ...(actions === undefined ? {} : { actions }) })
}

function readOptions(args: readonly string[], packetOut: boolean): Given {
  const given: Given = { words: [], generate: false, names: false, ctNext: [] }
  for (let i = 0; i < args.length; i++) {
    const arg = args[i]!
    const next = (): string => {
      const value = args[++i]
      if (value === undefined) throw new ServerError(`Missing argument for option ${arg}`)
      return value
    }
    if (arg === '-generate' || arg === '--generate') given.generate = true
    else if (arg === '-names' || arg === '--names') given.names = true
    else if (arg === '--ct-next') given.ctNext.push(ctState(next()))
    else if (arg === '--l7' || arg === '--l7-len') next()
    else if (packetOut && (arg === '-consistent' || arg === '--consistent')) continue
    else if (arg.startsWith('-')) throw new ServerError(`${arg}: unknown option`)
    else if (given.words.length >= 3) throw new ServerError('too many arguments')
    else given.words.push(arg)
  }
  return given
}

/** `trk,new` or `trk|new`, or a number. */
function ctState(text: string): number {
  if (/^\d+$/.test(text)) return Number(text)
  let state = 0
  for (const name of text.split(/[|,]/).map((word) => word.trim())) {
    const bit = CT_FLAGS.indexOf(name)
    if (bit < 0) throw new ServerError(`${name}: unknown connection tracking state flag`)
    state |= 1 << bit
  }
  if (state !== 0 && (state & 0x20) === 0) throw new ServerError('invalid connection state: If "trk" is unset, no other flags are set')
  return state
}

function hexPacket(text: string): Uint8Array | null {
  const digits = text.replace(/\s/g, '')
  if (digits.length < 28 || digits.length % 2 !== 0 || !/^[0-9a-f]+$/i.test(digits)) return null
  return Uint8Array.from({ length: digits.length / 2 }, (_, i) => Number.parseInt(digits.slice(2 * i, 2 * i + 2), 16))
}

function fromPacket(ctl: Appctl, key: FlowKey, bytes: Uint8Array): void {
  const { kernel } = ctl.vswitch
  const pkt = new Packet(kernel.sim, kernel.initNetns.loopback, decodeFrame(bytes))
  const fresh = newKey()
  extractKey(pkt, key[W.IN_PORT]!, fresh)
  for (let word = W.ETH_DST; word < W.TUN_ID; word++) key[word] = fresh[word]!
  for (let word = W.IPV6_SRC; word <= W.ND_OPTIONS_TYPE; word++) key[word] = fresh[word]!
}

function bridgeForm(ctl: Appctl, words: readonly string[]): Target {
  const source = words.at(-1)!
  if (words.length !== 2) throw new ServerError(`syntax error at ${source} (or the bridge name was omitted)`)
  const bridge = ctl.vswitch.bridges.get(words[0]!)
  if (bridge === undefined) throw new ServerError(`${words[0]}: unknown bridge`)
  try {
    const key = parseExactFlow(source, textContext(ctl.vswitch.version, portNames(bridge, true)))
    return { bridge, key, port: bridge.ports.get(key[W.IN_PORT]!) ?? null }
  } catch (error) {
    if (error instanceof FlowTextError) throw new ServerError(`Bad openflow flow syntax: ${error.message}`)
    throw error
  }
}

function datapathForm(ctl: Appctl, words: readonly string[]): Target {
  const datapath = datapathFor(ctl, words.length === 2 ? words[0]! : null)
  if (datapath === null) throw new ServerError('Cannot find the datapath')
  let key: FlowKey
  try {
    key = parseDpFlow(words.at(-1)!, datapath)
  } catch (error) {
    if (error instanceof FlowTextError) throw new ServerError(error.message)
    throw error
  }
  const recirculation = key[W.RECIRC_ID]! >>> 0
  if (recirculation !== 0 && datapath.frozen.get(recirculation) === null)
    throw new ServerError(`no recirculation data for recirc_id 0x${recirculation.toString(16)}`)
  const number = key[W.IN_PORT]!
  const port = datapath.ports.get(number)
  const ofPort = port === undefined ? null : ctl.vswitch.ofPortFor(port, key)
  if (ofPort === null) {
    const isTunnel = port !== undefined && port.dev === null
    throw new ServerError(isTunnel ? 'no OpenFlow tunnel port for this packet' : `no OpenFlow port for datapath port ${number}`)
  }
  key[W.IN_PORT] = ofPort.ofport
  return { bridge: ofPort.bridge, key, port: ofPort }
}
