// `--mark value[/mask]`: what the matches on the packet's mark and on the connection's share.
import { hex, markMask } from './arguments.js'
import { optionsOf } from './extension.js'

export interface MarkParams {
  mark: number
  mask: number
  inverted: boolean
}

const { option } = optionsOf<MarkParams>()

export const markOption = option(
  'mark',
  markMask,
  (p, value, given) => {
    p.mark = value.mark
    p.mask = value.mask
    p.inverted = given.inverted
  },
  { invert: true, mandatory: true },
)

export function anyMark(): MarkParams {
  return { mark: 0, mask: 0, inverted: false }
}

export function hasMark(params: MarkParams, mark: number): boolean {
  return ((mark & params.mask) >>> 0 === params.mark) !== params.inverted
}

export function maskedMark(value: { mark: number; mask: number }): string {
  return value.mask === 0xffffffff ? hex(value.mark) : `${hex(value.mark)}/${hex(value.mask)}`
}
