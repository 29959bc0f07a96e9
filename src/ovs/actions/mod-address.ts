// mod_dl_src, mod_dl_dst, mod_nw_src, mod_nw_dst.
import { formatIpv4, parseIpv4 } from '../../addr/ipv4.js'
import { formatMac } from '../../addr/mac.js'
import { ETHERTYPE_IPV4 } from '../../wire/ethernet.js'
import { theField, wholeField } from '../fields.js'
import { W } from '../flow-key.js'
import { FlowTextError } from '../flow-text-error.js'
import type { OfAction } from './action.js'
import { inconsistent } from './field-check.js'
import type { ModAddress, ModMac } from './header-action.js'
import type { ActionKind, ActionParse, ActionWords } from './kind.js'
import { sendsSetField } from './kind.js'

const FIELD = {
  mod_dl_src: wholeField(theField('eth_src')),
  mod_dl_dst: wholeField(theField('eth_dst')),
  mod_nw_src: wholeField(theField('ip_src')),
  mod_nw_dst: wholeField(theField('ip_dst')),
}

function parseMac(type: ModMac['type'], argument: string): OfAction {
  const found = /^[0-9a-fA-F]{1,2}(:[0-9a-fA-F]{1,2}){5}/.exec(argument)
  if (found === null) throw new FlowTextError(`invalid mac address ${argument}`)
  return { type, mac: found[0].split(':').reduce((mac, group) => mac * 256 + Number.parseInt(group, 16), 0) }
}

function parseAddress(type: ModAddress['type'], argument: string, { text }: ActionParse): OfAction {
  const address = parseIpv4(argument)
  if (address === null) text.log('socket_util', 'ERR', `"${argument}" is not a valid IP address`)
  if (address === null) throw new FlowTextError(`${argument}: could not convert to IP address`)
  return { type, address }
}

export const modAddressWords: ActionWords = {
  mod_dl_src: (argument) => parseMac('mod_dl_src', argument),
  mod_dl_dst: (argument) => parseMac('mod_dl_dst', argument),
  mod_nw_src: (argument, parse) => parseAddress('mod_nw_src', argument, parse),
  mod_nw_dst: (argument, parse) => parseAddress('mod_nw_dst', argument, parse),
}

export const modMac: ActionKind<ModMac> = {
  format: (a) => `${a.type}:${formatMac(a.mac)}`,
  wire(a, wire) {
    if (!sendsSetField(wire)) return [a]
    return [{ type: 'set_field', field: FIELD[a.type].field, value: BigInt(a.mac), mask: 0xffffffffffffn }]
  },
  translate: (a, x) => x.write(FIELD[a.type], BigInt(a.mac)),
}

export const modAddress: ActionKind<ModAddress> = {
  format: (a) => `${a.type}:${formatIpv4(a.address)}`,
  check(a, check) {
    if (check.key[W.ETH_TYPE] !== ETHERTYPE_IPV4) inconsistent(check)
    return a
  },
  wire(a, wire) {
    if (!sendsSetField(wire)) return [a]
    return [{ type: 'set_field', field: FIELD[a.type].field, value: BigInt(a.address >>> 0), mask: 0xffffffffn }]
  },
  translate(a, x) {
    if (x.key[W.ETH_TYPE] === ETHERTYPE_IPV4) x.write(FIELD[a.type], BigInt(a.address >>> 0))
  },
}
