// set_tunnel: the key a tunnel port sends with.
import { theField, wholeField } from '../fields.js'
import { hexText, parseU64 } from '../number-text.js'
import type { SetTunnel } from './action.js'
import type { ActionKind, ActionWords } from './kind.js'
import { sendsSetField } from './kind.js'

const TUN_ID = wholeField(theField('tun_id'))
const WIDEST_32 = 0xffffffffn

export const tunnelWords: ActionWords = {
  set_tunnel: (argument) => ({ type: 'set_tunnel', id: parseU64(argument), wide: false }),
  set_tunnel64: (argument) => ({ type: 'set_tunnel', id: parseU64(argument), wide: true }),
}

export const setTunnel: ActionKind<SetTunnel> = {
  format: (a) => `set_tunnel${a.wide || a.id > WIDEST_32 ? '64' : ''}:${hexText(a.id)}`,
  wire(a, wire) {
    if (!sendsSetField(wire)) return [a]
    return [{ type: 'set_field', field: TUN_ID.field, value: a.id, mask: 0xffffffffffffffffn }]
  },
  translate: (a, x) => x.write(TUN_ID, a.id),
}
