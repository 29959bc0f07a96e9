// -j CONNMARK: sets the connection's mark, or copies it from or to the packet's.
import type { MarkMask } from '../arguments.js'
import { hex, markMask } from '../arguments.js'
import { defineTarget, optionsOf } from '../extension.js'
import type { HookState } from '../hook-state.js'
import { badParameter } from '../xtables-error.js'
import { plainMark } from './mark.js'

type Mode = 'set' | 'save' | 'restore'

interface Params {
  mode: Mode | null
  mark: number
  ctmask: number
  nfmask: number
}

const FULL = 0xffffffff
const { option, flag } = optionsOf<Params>()

function set(p: Params, value: MarkMask): void {
  p.mode = 'set'
  p.mark = value.mark
  p.ctmask = value.mask
}

const SETTERS = ['set-xmark', 'set-mark', 'and-mark', 'or-mark', 'xor-mark', 'save-mark', 'restore-mark']
const others = (name: string): { excludes: readonly string[] } => ({ excludes: SETTERS.filter((each) => each !== name) })
const withMasks = { requires: [] as string[], excludes: ['set-mark'] }

export const connmarkTarget = defineTarget<Params>({
  name: 'CONNMARK',
  help: "sets the connection's mark, or copies it from or to the packet's",
  needsConntrack: true,
  options: [
    option('set-xmark', markMask, set, others('set-xmark')),
    option('set-mark', markMask, (p, v) => set(p, { mark: v.mark, mask: (v.mark | v.mask) >>> 0 }), others('set-mark')),
    option('and-mark', plainMark, (p, v) => set(p, { mark: 0, mask: ~v >>> 0 }), others('and-mark')),
    option('or-mark', plainMark, (p, v) => set(p, { mark: v, mask: v }), others('or-mark')),
    option('xor-mark', plainMark, (p, v) => set(p, { mark: v, mask: 0 }), others('xor-mark')),
    flag('save-mark', (p) => (p.mode = 'save'), others('save-mark')),
    flag('restore-mark', (p) => (p.mode = 'restore'), others('restore-mark')),
    option('ctmask', plainMark, (p, v) => (p.ctmask = v), withMasks),
    option('nfmask', plainMark, (p, v) => (p.nfmask = v), withMasks),
    option('mask', plainMark, (p, v) => (p.ctmask = p.nfmask = v), { hidden: true }),
  ],
  init: () => ({ mode: null, mark: 0, ctmask: FULL, nfmask: FULL }),
  finish(p) {
    if (p.mode === null) throw badParameter('CONNMARK target: No operation specified')
  },
  compile: (p) => (state) => {
    apply(p, state)
    return 'CONTINUE'
  },
  print(p) {
    switch (p.mode) {
      case 'set':
        return printSet(p)
      case 'save':
        return ` CONNMARK save${masks(p, `nfmask ${hex(p.nfmask)} ctmask ~${hex(p.ctmask)}`)}`
      default:
        return ` CONNMARK restore${masks(p, `ctmask ${hex(p.ctmask)} nfmask ~${hex(p.nfmask)}`)}`
    }
  },
  save(p) {
    switch (p.mode) {
      case 'set':
        return ` --set-xmark ${hex(p.mark)}/${hex(p.ctmask)}`
      case 'save':
        return ` --save-mark --nfmask ${hex(p.nfmask)} --ctmask ${hex(p.ctmask)}`
      default:
        return ` --restore-mark --nfmask ${hex(p.nfmask)} --ctmask ${hex(p.ctmask)}`
    }
  },
})

function apply(p: Params, { pkt }: HookState): void {
  const { ct } = pkt
  if (ct === null) return
  switch (p.mode) {
    case 'set':
      ct.mark = ((ct.mark & ~p.ctmask) ^ p.mark) >>> 0
      return
    case 'save':
      ct.mark = ((ct.mark & ~p.ctmask) ^ (pkt.mark & p.nfmask)) >>> 0
      return
    default:
      pkt.mark = ((pkt.mark & ~p.nfmask) ^ (ct.mark & p.ctmask)) >>> 0
  }
}

function printSet(p: Params): string {
  if (p.mark === 0) return ` CONNMARK and ${hex(~p.ctmask)}`
  if (p.mark === p.ctmask) return ` CONNMARK or ${hex(p.mark)}`
  if (p.ctmask === 0) return ` CONNMARK xor ${hex(p.mark)}`
  return p.ctmask === FULL ? ` CONNMARK set ${hex(p.mark)}` : ` CONNMARK xset ${hex(p.mark)}/${hex(p.ctmask)}`
}

function masks(p: Params, different: string): string {
  if (p.ctmask !== p.nfmask) return ` ${different}`
  return p.ctmask === FULL ? '' : ` mask ${hex(p.ctmask)}`
}
