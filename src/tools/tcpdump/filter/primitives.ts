// Filter words that stand alone or with a number: broadcast, less, vlan, inbound, llc and others.

import { BROADCAST_MAC } from '../../../addr/mac.js'
import { ownOf } from '../../../grammar/own-of.js'
import { macTest } from './addresses.js'
import { FilterError } from './lexer.js'
import type { TokenReader } from './reader.js'
import type { CompilerState } from './state.js'
import { and, compare, not, or, type Test } from './tests.js'
import { geneveLinkTest, geneveTest } from './transports.js'
import { ETHERTYPE, linkName, llcTest, mplsTest, pppoeSessionTest, typeTest, vlanTest } from './types.js'
import { FOREIGN_FIELDS, FOREIGN_WORDS, type ProtocolWord } from './words.js'

const ETHERTYPE_PPPOED = 0x8863
const BYTE_OPERATORS = new Set(['&', '|', '<', '>', '='])
const OUTGOING = 4
const LLC_SUPERVISORY: Readonly<Record<string, number>> = { rr: 0x01, rnr: 0x05, rej: 0x09 }
const LLC_UNNUMBERED: Readonly<Record<string, number>> = {
  ui: 0x03,
  ua: 0x63,
  disc: 0x43,
  dm: 0x0f,
  sabme: 0x6f,
  test: 0xe3,
  xid: 0xaf,
  frmr: 0x87,
}
/** What the words of BSD's packet filter say on other links. */
const PACKET_FILTER: Readonly<Record<string, string>> = {
  ifname: 'ifname supported only on PF linktype',
  ruleset: 'ruleset supported only on PF linktype',
  rulenum: 'rnr supported only on PF linktype',
  subrulenum: 'srnr supported only on PF linktype',
  reason: 'reason supported only on PF linktype',
  action: 'action supported only on PF linktype',
}
const ACTIONS = new Set('pass accept drop block scrub noscrub nat nonat binat nobinat rdr nordr synproxy-drop'.split(' '))
const REASONS = new Set(
  (
    'match bad-offset fragment short normalize memory bad-timestamp congestion ip-option proto-cksum state-mismatch state-insert ' +
    'state-limit src-limit synproxy'
  ).split(' '),
)

/** `protocol`: what stood in front of `broadcast`, `multicast` and the words of wireless frames. */
export function primitiveTest(reader: TokenReader, state: CompilerState, protocol: ProtocolWord | null): Test {
  const { token } = reader
  if (token.kind !== 'word') throw reader.syntaxError()
  const foreign = FOREIGN_WORDS.get(token.text)
  if (foreign !== undefined) throw new FilterError(foreign)
  reader.advance()
  switch (token.text) {
    case 'broadcast':
      return broadcastTest(state, protocol)
    case 'multicast':
      return multicastTest(state, protocol)
    case 'less':
      return not(compare('len', (run) => run.packet.length, 'gt', reader.number()))
    case 'greater':
      return compare('len', (run) => run.packet.length, 'ge', reader.number())
    case 'byte':
      return byteTest(reader, state)
    case 'inbound':
    case 'outbound':
      return directionTest(state, token.text === 'outbound')
    case 'ifindex':
      return ifindexTest(state, reader.number())
    case 'vlan':
      return vlanTest(state, reader.optionalNumber())
    case 'mpls':
      return mplsTest(state, reader.optionalNumber())
    case 'pppoed':
      return typeTest(state, ETHERTYPE_PPPOED)
    case 'pppoes':
      return pppoeSessionTest(state, reader.optionalNumber())
    case 'geneve':
      return geneveTest(state, reader.optionalNumber())
    case 'llc':
      return llcKindTest(reader, state)
    default:
      return refuse(reader, token.text)
  }
}

function refuse(reader: TokenReader, word: string): Test {
  const { kind, text } = reader.token
  if (word === 'action' && kind === 'name' && !ACTIONS.has(text)) throw new FilterError(`unknown PF action "${text}"`)
  if (word === 'reason' && kind === 'name' && !REASONS.has(text)) throw new FilterError(`unknown PF reason "${text}"`)
  const message = ownOf(PACKET_FILTER, word)
  const wanted = word === 'rulenum' || word === 'subrulenum' ? 'number' : 'name'
  if (message !== undefined && (kind === wanted || (word === 'reason' && kind === 'number'))) throw new FilterError(message)
  const field = FOREIGN_FIELDS.get(word)
  if (field !== undefined && (kind === 'number' || kind === 'operator')) throw new FilterError(field)
  if ((word === 'type' || word === 'subtype' || word === 'dir') && (kind === 'name' || kind === 'number')) {
    throw new FilterError(
      word === 'dir' ? 'frame direction supported only with 802.11 headers' : '802.11 link-layer types supported only on 802.11',
    )
  }
  throw reader.syntaxError()
}

function broadcastTest(state: CompilerState, protocol: ProtocolWord | null): Test {
  if (protocol === 'ip') {
    const host = ~state.context.netmask
    const zeros = state.field('network', 16, 4, 'eq', 0, host)
    return and(typeTest(state, ETHERTYPE.ip), or(zeros, state.field('network', 16, 4, 'eq', host, host)))
  }
  if (protocol !== null && protocol !== 'link') throw new FilterError('only link-layer/IP broadcast filters supported')
  if (state.link !== 'ethernet') throw new FilterError('not a broadcast link')
  return insideGeneve(state, macTest(state, BROADCAST_MAC, 'dst'))
}

function multicastTest(state: CompilerState, protocol: ProtocolWord | null): Test {
  if (protocol === 'ip') return and(typeTest(state, ETHERTYPE.ip), state.field('network', 16, 1, 'ge', 224))
  if (protocol === 'ip6') return and(typeTest(state, ETHERTYPE.ip6), state.field('network', 24, 1, 'eq', 255))
  if ((protocol === null || protocol === 'link') && state.link === 'ethernet') {
    return insideGeneve(state, state.field('link', 0, 1, 'set', 1))
  }
  throw new FilterError('link-layer multicast filters supported only on ethernet/FDDI/token ring/ARCNET/802.11/ATM LANE/Fibre Channel')
}

function insideGeneve(state: CompilerState, test: Test): Test {
  const frame = geneveLinkTest(state)
  return frame === null ? test : and(frame, test)
}

/** `byte 5 = 0x12` */
function byteTest(reader: TokenReader, state: CompilerState): Test {
  const index = reader.number()
  const operator = reader.token
  if (operator.kind !== 'operator' || !BYTE_OPERATORS.has(operator.text)) throw reader.syntaxError()
  reader.advance()
  const value = reader.number()
  if (operator.text === '=') return state.field('link', index, 1, 'eq', value)
  if (operator.text === '<') return not(state.field('link', index, 1, 'ge', value))
  if (operator.text === '>') return state.field('link', index, 1, 'gt', value)
  // libpcap forgets to read the byte for the other two, so that they work on a zero.
  return compare('zero', () => 0, operator.text === '|' ? 'ge' : 'set', operator.text === '|' && value !== 0 ? 0 : value)
}

function directionTest(state: CompilerState, outbound: boolean): Test {
  let outgoing: Test
  if (state.link === 'sll') outgoing = state.field('link', 0, 2, 'eq', OUTGOING)
  else if (state.link === 'sll2') outgoing = state.field('link', 10, 1, 'eq', OUTGOING)
  else if (state.context.live) outgoing = compare('outgoing', (run) => (run.packet.outgoing ? 1 : 0), 'eq', 1)
  else throw new FilterError(`inbound/outbound not supported on ${linkName(state)} when reading savefiles`)
  return outbound ? outgoing : not(outgoing)
}

function ifindexTest(state: CompilerState, ifindex: number): Test {
  if (state.link === 'sll2') return state.field('link', 4, 4, 'eq', ifindex)
  if (state.context.live) return compare('ifindex', (run) => run.packet.ifindex, 'eq', ifindex)
  throw new FilterError(`ifindex not supported on ${linkName(state)} when reading savefiles`)
}

function llcKindTest(reader: TokenReader, state: CompilerState): Test {
  if (reader.isWord('rulenum')) {
    reader.advance()
    return and(llcTest(state), state.field('llc', 2, 1, 'eq', LLC_SUPERVISORY.rnr!, 0x0f))
  }
  if (reader.token.kind !== 'name') return llcTest(state)
  const name = reader.advance().text.toLowerCase()
  const all = llcTest(state)
  if (name === 'i') return and(all, not(state.field('llc', 2, 1, 'set', 1)))
  if (name === 's') return and(all, state.field('llc', 2, 1, 'eq', 1, 3))
  if (name === 'u') return and(all, state.field('llc', 2, 1, 'eq', 3, 3))
  const supervisory = ownOf(LLC_SUPERVISORY, name)
  if (supervisory !== undefined) return and(all, state.field('llc', 2, 1, 'eq', supervisory, 0x0f))
  const unnumbered = ownOf(LLC_UNNUMBERED, name)
  if (unnumbered === undefined) throw new FilterError(`unknown LLC type name "${name}"`)
  return and(all, state.field('llc', 2, 1, 'eq', unnumbered, 0xef))
}
