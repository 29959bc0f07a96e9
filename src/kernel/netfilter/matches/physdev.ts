// -m physdev: the bridge ports a bridged packet came in by and goes out by.
import { intern } from '../../intern.js'
import type { Argument } from '../arguments.js'
import { defineMatch, optionsOf } from '../extension.js'
import { badParameter } from '../xtables-error.js'

interface Not<T> {
  readonly value: T
  readonly inverted: boolean
}

interface Params {
  in: Not<string> | null
  out: Not<string> | null
  isIn: boolean | null
  isOut: boolean | null
  isBridged: boolean | null
}

const IFNAMSIZ = 16

const deviceName: Argument<string> = {
  hint: 'inputname[+]',
  parse(text) {
    if (text.length >= IFNAMSIZ) throw badParameter(`interface name \`${text}' must be shorter than IFNAMSIZ (${IFNAMSIZ - 1})`)
    return text
  },
}

const { option, flag } = optionsOf<Params>()
const invertible = { invert: true }

export const physdevMatch = defineMatch<Params>({
  name: 'physdev',
  help: 'bridge ports of a bridged packet',
  options: [
    option('physdev-in', deviceName, (p, value, given) => (p.in = { value, inverted: given.inverted }), invertible),
    option('physdev-out', deviceName, (p, value, given) => (p.out = { value, inverted: given.inverted }), invertible),
    flag('physdev-is-in', (p, given) => (p.isIn = !given.inverted), invertible),
    flag('physdev-is-out', (p, given) => (p.isOut = !given.inverted), invertible),
    flag('physdev-is-bridged', (p, given) => (p.isBridged = !given.inverted), invertible),
  ],
  init: () => ({ in: null, out: null, isIn: null, isOut: null, isBridged: null }),
  finish(_p, seen) {
    if (seen.size === 0) throw badParameter('PHYSDEV: no physdev option specified')
  },
  check(p, place) {
    const usesOut = p.out !== null || p.isOut !== null
    if (usesOut && p.isBridged !== true && place.hooks.some((hook) => hook === 'OUTPUT')) {
      return 'xt_physdev: --physdev-out and --physdev-is-out only supported in the FORWARD and POSTROUTING chains with bridged traffic'
    }
    return null
  },
  compile(p) {
    const { isIn, isOut, isBridged } = p
    const wantedIn = p.in === null ? null : wanted(p.in)
    const wantedOut = p.out === null ? null : wanted(p.out)
    return (state) => {
      const { physIn, physOut } = state.pkt
      if (isIn !== null && (physIn !== null) !== isIn) return false
      if (isOut !== null && (physOut !== null) !== isOut) return false
      if (isBridged !== null && (physIn !== null && physOut !== null) !== isBridged) return false
      if (wantedIn !== null && !fits(wantedIn, physIn)) return false
      return wantedOut === null || fits(wantedOut, physOut)
    }
  },
  indexKey(p) {
    if (p.in !== null && isExact(p.in)) return { field: 'physIn', value: p.in.value }
    return p.out !== null && isExact(p.out) ? { field: 'physOut', value: p.out.value } : null
  },
  print: (p) => ` PHYSDEV match${save(p)}`,
  save,
})

interface Wanted {
  /** Interned, as names of devices are. */
  readonly name: string
  readonly isPrefix: boolean
  readonly inverted: boolean
}

function wanted({ value, inverted }: Not<string>): Wanted {
  const isPrefix = value.endsWith('+')
  return { name: intern(isPrefix ? value.slice(0, -1) : value), isPrefix, inverted }
}

function fits(wanted: Wanted, dev: { name: string } | null): boolean {
  if (dev === null) return wanted.inverted
  return (wanted.isPrefix ? dev.name.startsWith(wanted.name) : dev.name === wanted.name) !== wanted.inverted
}

function isExact(not: Not<string>): boolean {
  return !not.inverted && !not.value.endsWith('+')
}

function save(p: Params): string {
  const flagText = (name: string, value: boolean | null): string => (value === null ? '' : `${value ? '' : ' !'} --${name}`)
  const nameText = (name: string, not: Not<string> | null): string =>
    not === null ? '' : `${not.inverted ? ' !' : ''} --${name} ${not.value}`
  return (
    flagText('physdev-is-in', p.isIn) +
    nameText('physdev-in', p.in) +
    flagText('physdev-is-out', p.isOut) +
    nameText('physdev-out', p.out) +
    flagText('physdev-is-bridged', p.isBridged)
  )
}
