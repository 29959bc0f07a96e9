// Text made a little wrong, and text that is nothing at all.
import type { Chance } from './chance.js'

/** Values of the kinds that tools take: devices, addresses, names, ranges, of the small lab and of nowhere. */
const VALUES = [
  'eth0',
  'eth1',
  'eth0.5',
  'v0',
  'br0',
  'br1',
  'br-int',
  'vx0',
  'g0',
  't0',
  'p1',
  'p2',
  'pa',
  'tun0',
  'lo',
  'n1',
  'a',
  'b',
  'web',
  's1',
  'all',
  'default',
  'any',
  'none',
  '-',
  '--',
  '',
  ' ',
  '.',
  '..',
  '/',
  '/tmp/f',
  '/dev/null',
  '/proc/net/dev',
  '/etc/hosts',
  '*',
  '?',
  '10.0.0.1',
  '10.0.0.2',
  '10.2.0.2',
  '0.0.0.0',
  '255.255.255.255',
  '224.0.0.1',
  '127.0.0.1',
  '10.0.0.0/24',
  '0/0',
  '0.0.0.0/0',
  '10.0.0.1/33',
  '::',
  '::1',
  'fd00::2',
  'fe80::1%eth0',
  'ff02::1',
  'fd00::/64',
  '::ffff:10.0.0.1',
  '02:00:00:00:00:01',
  'ff:ff:ff:ff:ff:ff',
  '00:00:00:00:00:00',
  '01:80:c2:00:00:00',
  '1:2',
  '80:443',
  '80,443',
  '1-5',
  '0x10',
  '0xffffffffffffffff',
  '010',
  '1e9',
  '1.5',
  '-1',
  '+5',
  '0.0001',
  'NaN',
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  'eth0@v0',
  'a=b',
  '=',
  ',',
  ':',
  '!',
  '()',
  '[]',
  '{}',
  '%s%n',
  '%1000000d',
  '\\',
  '\\x00',
  '\\u001b[2J',
  'true',
  'false',
  'up',
  'down',
  'on',
  'off',
  'del',
  'add',
  'show',
  'help',
  '-h',
  '--help',
  '-V',
  '--version',
] as const

export function value(chance: Chance): string {
  return chance.percent(25) ? String(chance.number()) : chance.pick(VALUES)
}

/** A word with one thing changed in it. */
export function mutateWord(chance: Chance, word: string): string {
  const at = chance.below(word.length + 1)
  switch (chance.below(9)) {
    case 0:
      return word.slice(0, at)
    case 1:
      return word.slice(0, at) + character(chance) + word.slice(at)
    case 2:
      return word.slice(0, at) + character(chance) + word.slice(at + 1)
    case 3:
      return word.slice(0, at) + word.slice(at + 1)
    case 4:
      return word + word
    case 5:
      return word.replace(/\d+/, () => String(chance.number()))
    case 6:
      return word.split(chance.pick([',', '=', ':', '/', '.'])).join(chance.pick([',', '=', ':', '/', '']))
    case 7:
      return shuffled(chance, word)
    default:
      return word.toUpperCase() === word ? word.toLowerCase() : word.toUpperCase()
  }
}

function shuffled(chance: Chance, word: string): string {
  const parts = word.split(/([,=:/.()])/)
  const [i, j] = [chance.below(parts.length), chance.below(parts.length)]
  ;[parts[i], parts[j]] = [parts[j]!, parts[i]!]
  return parts.join('')
}

/** Words changed, left out, doubled, swapped, brought in. */
export function mutateWords(chance: Chance, words: readonly string[], word: () => string, times = chance.between(1, 3)): string[] {
  const result = [...words]
  for (let i = 0; i < times; i++) {
    const at = chance.below(result.length + 1)
    switch (chance.below(6)) {
      case 0:
        result.splice(at, 1)
        break
      case 1:
        result.splice(at, 0, word())
        break
      case 2:
        result.splice(at, 1, word())
        break
      case 3:
        if (at < result.length) result[at] = mutateWord(chance, result[at]!)
        break
      case 4:
        if (at < result.length) result.splice(at, 0, result[at]!)
        break
      default:
        result.splice(at, 0, ...result.splice(chance.below(result.length + 1), 2))
    }
  }
  return result
}

/** A long text with stretches cut out, doubled, or overwritten. */
export function mutateText(chance: Chance, text: string, times = chance.between(1, 4)): string {
  let result = text
  for (let i = 0; i < times; i++) {
    const at = chance.below(result.length + 1)
    const length = chance.pick([1, 1, 2, 5, 20, 200])
    switch (chance.below(4)) {
      case 0:
        result = result.slice(0, at) + result.slice(at + length)
        break
      case 1:
        result = result.slice(0, at + length) + result.slice(at)
        break
      case 2:
        result = result.slice(0, at) + garbage(chance, length) + result.slice(at + length)
        break
      default:
        result = result.slice(0, at) + value(chance) + result.slice(at)
    }
  }
  return result
}

export function character(chance: Chance): string {
  const kind = chance.below(100)
  if (kind < 70) return String.fromCharCode(chance.between(32, 126))
  if (kind < 85) return String.fromCharCode(chance.below(32))
  return chance.pick(['\u007f', '\u0085', '\u00e9', '\u4e2d', '\u{1f600}', '\u202e', '\u0301', '\ufeff', '\ud800', '\u2028'])
}

export function garbage(chance: Chance, length: number): string {
  return Array.from({ length }, () => character(chance)).join('')
}
