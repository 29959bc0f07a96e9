// -j MARK: sets the packet's mark.
import type { Argument, MarkMask } from '../arguments.js'
import { hex, markMask, parseUnsigned } from '../arguments.js'
import { defineTarget, optionsOf } from '../extension.js'
import { badParameter } from '../xtables-error.js'

interface Params {
  mark: number
  mask: number
}

/** A plain 32-bit value. */
export const plainMark: Argument<number> = {
  hint: 'value',
  parse(text, place) {
    const value = parseUnsigned(text)
    if (value === null || value > 0xffffffff) {
      throw badParameter(`${place.extension}: bad value for option "--${place.option}", or out of range (0-4294967295).\n`)
    }
    return value >>> 0
  },
}

const ALL = ['set-xmark', 'set-mark', 'and-mark', 'or-mark', 'xor-mark']
const others = (name: string): { excludes: readonly string[] } => ({ excludes: ALL.filter((each) => each !== name) })
const { option } = optionsOf<Params>()

function set(p: Params, value: MarkMask): void {
  p.mark = value.mark
  p.mask = value.mask
}

export const markTarget = defineTarget<Params>({
  name: 'MARK',
  help: "sets the packet's mark",
  options: [
    option('set-xmark', markMask, set, others('set-xmark')),
    option('set-mark', markMask, (p, v) => set(p, { mark: v.mark, mask: (v.mark | v.mask) >>> 0 }), others('set-mark')),
    option('and-mark', plainMark, (p, v) => set(p, { mark: 0, mask: ~v >>> 0 }), others('and-mark')),
    option('or-mark', plainMark, (p, v) => set(p, { mark: v, mask: v }), others('or-mark')),
    option('xor-mark', plainMark, (p, v) => set(p, { mark: v, mask: 0 }), others('xor-mark')),
  ],
  init: () => ({ mark: 0, mask: 0 }),
  finish(_p, seen) {
    if (seen.size === 0) throw badParameter('MARK: One of the --set-xmark, --{and,or,xor,set}-mark options is required')
  },
  compile: (p) => (state) => {
    state.pkt.mark = ((state.pkt.mark & ~p.mask) ^ p.mark) >>> 0
    return 'CONTINUE'
  },
  print(p) {
    if (p.mark === 0) return ` MARK and ${hex(~p.mask)}`
    if (p.mark === p.mask) return ` MARK or ${hex(p.mark)}`
    if (p.mask === 0) return ` MARK xor ${hex(p.mark)}`
    return p.mask === 0xffffffff ? ` MARK set ${hex(p.mark)}` : ` MARK xset ${hex(p.mark)}/${hex(p.mask)}`
  },
  save: (p) => ` --set-xmark ${hex(p.mark)}/${hex(p.mask)}`,
})
