// Tests for what follows the link header: Ethernet types, LLC, tags, labels.
import { FilterError } from './lexer.js'
import type { CompilerState } from './state.js'
import { and, anyOf, compare, constant, not, or, type Test } from './tests.js'

export const ETHERTYPE = {
  ip: 0x0800,
  arp: 0x0806,
  rarp: 0x8035,
  ip6: 0x86dd,
  atalk: 0x809b,
  aarp: 0x80f3,
  decnet: 0x6003,
  lat: 0x6004,
  sca: 0x6007,
  mopdl: 0x6001,
  moprc: 0x6002,
  loopback: 0x9000,
} as const
export const SAP = { iso: 0xfe, stp: 0x42, ipx: 0xe0, netbeui: 0xf0 } as const
const SAP_IP = 0x06
const ETHERTYPE_IPX = 0x8137
const ETHERTYPE_VLAN = 0x8100
const ETHERTYPE_8021AD = 0x88a8
const ETHERTYPE_QINQ = 0x9100
const ETHERTYPE_MPLS = 0x8847
const ETHERTYPE_PPPOES = 0x8864
const MAX_8023_LENGTH = 1500
const COOKED_802_2 = 4

/** Frames whose payload has this Ethernet type (or, below 1501, this LLC service access point). */
export function typeTest(state: CompilerState, type: number): Test {
  if (state.labelDepth > 0) return labelledType(state, type)
  switch (state.link) {
    case 'ethernet':
      return ethernetType(state, type)
    case 'sll':
      return cookedType(state, type)
    case 'sll2':
      return state.field('type', 0, 2, 'eq', type)
    case 'raw':
      if (type === ETHERTYPE.ip) return state.field('link', 0, 1, 'eq', 0x40, 0xf0)
      return type === ETHERTYPE.ip6 ? state.field('link', 0, 1, 'eq', 0x60, 0xf0) : constant(false)
    case 'ppp':
      return pppType(state, type)
  }
}

/** Under MPLS only the last label's bit and the version nibble tell. */
function labelledType(state: CompilerState, type: number): Test {
  if (type !== ETHERTYPE.ip && type !== ETHERTYPE.ip6) throw new FilterError('unsupported protocol over mpls')
  const nibble = type === ETHERTYPE.ip ? 0x40 : 0x60
  return and(state.field('network', -2, 1, 'eq', 1, 1), state.field('network', 0, 1, 'eq', nibble, 0xf0))
}

function ethernetType(state: CompilerState, type: number): Test {
  const is8023 = not(state.field('type', 0, 2, 'gt', MAX_8023_LENGTH))
  switch (type) {
    case SAP.iso:
    case SAP_IP:
    case SAP.netbeui:
      return and(is8023, state.field('llc', 0, 2, 'eq', (type << 8) | type))
    case SAP.ipx: {
      const inside = or(snap(state, 0, ETHERTYPE_IPX), or(state.field('llc', 0, 2, 'eq', 0xffff), state.field('llc', 0, 1, 'eq', SAP.ipx)))
      return or(state.field('type', 0, 2, 'eq', ETHERTYPE_IPX), and(is8023, inside))
    }
    case ETHERTYPE.atalk:
    case ETHERTYPE.aarp: {
      const oui = type === ETHERTYPE.atalk ? 0x080007 : 0
      return or(state.field('type', 0, 2, 'eq', type), and(is8023, snap(state, oui, type)))
    }
    default:
      if (type > MAX_8023_LENGTH) return state.field('type', 0, 2, 'eq', type)
      return and(is8023, state.field('type', 2, 1, 'eq', type))
  }
}

function cookedType(state: CompilerState, type: number): Test {
  const is8022 = state.field('type', 0, 2, 'eq', COOKED_802_2)
  if (type === SAP.iso || type === SAP_IP || type === SAP.netbeui) {
    return and(is8022, state.field('llc', 0, 2, 'eq', (type << 8) | type))
  }
  if (type <= MAX_8023_LENGTH) return and(is8022, state.field('llc', 0, 1, 'eq', type))
  return state.field('type', 0, 2, 'eq', type)
}

const PPP_TYPES: ReadonlyMap<number, number> = new Map<number, number>([
  [ETHERTYPE.ip, 0x21],
  [ETHERTYPE.ip6, 0x57],
  [ETHERTYPE.decnet, 0x27],
  [ETHERTYPE.atalk, 0x29],
  [SAP.iso, 0x23],
  [SAP.stp, 0x31],
  [SAP.ipx, 0x2b],
])

function pppType(state: CompilerState, type: number): Test {
  return state.field('type', 0, 2, 'eq', PPP_TYPES.get(type) ?? type)
}

/** AA AA 03, the organisation and the type. */
function snap(state: CompilerState, oui: number, type: number): Test {
  return and(state.field('llc', 4, 4, 'eq', ((oui & 0xffff) << 16) | type), state.field('llc', 0, 4, 'eq', 0xaaaa0300 | (oui >>> 16)))
}

export function llcTest(state: CompilerState): Test {
  if (state.link !== 'ethernet') throw new FilterError(`'llc' not supported for ${linkName(state)}`)
  return and(not(state.field('type', 0, 2, 'gt', MAX_8023_LENGTH)), not(state.field('llc', 0, 2, 'eq', 0xffff)))
}

/** As libpcap names link types in its messages. */
export function linkName(state: CompilerState): string {
  return { ethernet: 'Ethernet', sll: 'Linux cooked v1', sll2: 'Linux cooked v2', raw: 'Raw IP', ppp: 'PPP' }[state.link]
}

/** `vid` null: any. Everything behind this test looks into the tagged frame. */
export function vlanTest(state: CompilerState, vid: number | null): Test {
  if (state.labelDepth > 0) throw new FilterError('no VLAN match after MPLS')
  if (state.link !== 'ethernet') throw new FilterError(`no VLAN support for ${linkName(state)}`)
  if (vid !== null && vid > 0xfff) throw new FilterError(`VLAN tag ${vid} greater than maximum 4095`)
  const outermost = state.vlanDepth === 0 && state.linkHeader.constant === 0 && state.linkHeader.register === null
  const test = outermost && state.context.live ? liveVlan(state, vid) : inlineVlan(state, vid)
  state.vlanDepth++
  return test
}

function inlineVlan(state: CompilerState, vid: number | null): Test {
  const tagged = tagTest(state)
  const test = vid === null ? tagged : and(tagged, state.field('network', 0, 2, 'eq', vid, 0xfff))
  shift(state, null)
  return test
}

/** The kernel keeps the outermost tag beside the frame; a tag inside moves the offsets when the packet is there. */
function liveVlan(state: CompilerState, vid: number | null): Test {
  const present = compare('tag', (run) => (run.packet.tag === null ? 0 : 1), 'eq', 1)
  const inside = tagTest(state)
  const vidInside = vid === null ? null : state.field('network', 0, 2, 'eq', vid, 0xfff)
  const register = state.newRegister()
  const reset: Test = {
    kind: 'step',
    step: (run) => {
      run.registers[register] = run.packet.tag === null ? 4 : 0
    },
  }
  shift(state, register)
  const tagged = and(reset, or(present, inside))
  if (vid === null || vidInside === null) return tagged
  const beside = compare('tag vid', (run) => (run.packet.tag?.tci ?? 0) & 0xfff, 'eq', vid)
  return and(tagged, or(and(present, beside), and(not(present), vidInside)))
}

function tagTest(state: CompilerState): Test {
  return anyOf([typeTest(state, ETHERTYPE_VLAN), typeTest(state, ETHERTYPE_8021AD), typeTest(state, ETHERTYPE_QINQ)])
}

function shift(state: CompilerState, register: number | null): void {
  const by = register === null ? 4 : 0
  state.linkType = { constant: state.linkType.constant + by, register: register ?? state.linkType.register }
  state.payload = { constant: state.payload.constant + by, register: register ?? state.payload.register }
}

export function mplsTest(state: CompilerState, label: number | null): Test {
  let test: Test
  if (state.labelDepth > 0) test = state.field('network', -2, 1, 'eq', 0, 1)
  else if (state.link === 'ethernet') test = typeTest(state, ETHERTYPE_MPLS)
  else if (state.link === 'ppp') test = state.field('type', 0, 2, 'eq', 0x281)
  else throw new FilterError(`no MPLS support for ${linkName(state)}`)
  if (label !== null) {
    if (label > 0xfffff) throw new FilterError(`MPLS label ${label} greater than maximum 1048575`)
    test = and(test, state.field('network', 0, 4, 'eq', (label << 12) >>> 0, 0xfffff000))
  }
  state.network += 4
  state.labelDepth++
  return test
}

export function pppoeSessionTest(state: CompilerState, session: number | null): Test {
  let test = typeTest(state, ETHERTYPE_PPPOES)
  if (session !== null) {
    if (session > 0xffff) throw new FilterError(`PPPoE session number ${session} greater than maximum 65535`)
    test = and(test, state.field('network', 0, 4, 'eq', session, 0xffff))
  }
  state.linkHeader = { constant: state.payload.constant + state.network + 6, register: state.payload.register }
  state.linkType = state.linkHeader
  state.payload = { constant: state.linkHeader.constant + 2, register: state.linkHeader.register }
  state.network = 0
  state.link = 'ppp'
  return test
}
