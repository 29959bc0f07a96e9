// What stands in headers' variable parts and behind them: options, extension headers, DHCP, DNS and neighbour discovery.
import type { Chance } from './chance.js'

/** Type, length, value; at times with a length that lies. */
function options(chance: Chance, codes: readonly number[], lengthOf: (value: number) => number): number[] {
  return chance
    .some(1, 5, () => {
      const size = chance.pick([0, 2, 3, 4, 8, chance.below(20)])
      const length = chance.percent(85) ? lengthOf(size) : chance.pick([0, 1, 2, 255])
      return [chance.pick(codes), length & 255, ...chance.bytes(size)]
    })
    .flat()
}

function padded(bytes: readonly number[], to: number, most: number): Uint8Array {
  const cut = bytes.slice(0, most)
  return Uint8Array.from([...cut, ...new Array<number>((to - (cut.length % to)) % to).fill(0)])
}

/** Record route, timestamp, source routes, security, router alert, end, nothing. */
export function ipOptions(chance: Chance): Uint8Array {
  const bytes = options(chance, [7, 68, 131, 137, 130, 148, 136, 25, chance.below(256)], (size) => size + 2)
  return padded(chance.percent(30) ? [1, 1, ...bytes, 0] : bytes, 4, 40)
}

export function tcpOptions(chance: Chance): Uint8Array {
  const good = [
    [2, 4, 5, 0xb4],
    [3, 3, chance.below(16)],
    [4, 2],
    [8, 10, ...chance.bytes(8)],
    [5, 10, ...chance.bytes(8)],
    [1],
    [2, 4, 0, 0],
  ]
  const bytes = chance.percent(70)
    ? chance.some(1, 4, () => chance.pick(good)).flat()
    : options(chance, [2, 3, 5, 8, 30, 34], (size) => size + 2)
  return padded(bytes, 4, 40)
}

export function extensionHeaders(chance: Chance): Uint8Array {
  const next = [0, 43, 44, 60, 59, 58, 6, 17]
  const headers = chance.some(1, 4, () => {
    const words = chance.pick([0, 0, 1, 2])
    const length = chance.percent(85) ? words : chance.below(256)
    return [chance.pick(next), length, ...chance.bytes(6 + words * 8)]
  })
  return Uint8Array.from([...headers.flat(), ...chance.bytes(chance.below(24))])
}

/** The body of a neighbour discovery or echo message: reserved, maybe a target, options. */
export function ndBytes(chance: Chance): Uint8Array {
  if (chance.percent(30)) return chance.bytes(chance.below(60))
  const target = [0xfd, ...new Array<number>(14).fill(0), chance.pick([1, 2, 9])]
  const list = chance.some(0, 3, () => {
    const units = chance.pick([1, 1, 4, 0])
    return [chance.pick([1, 2, 3, 5, 25, chance.below(256)]), units, ...chance.bytes(Math.max(0, units * 8 - 2))]
  })
  return Uint8Array.from([chance.below(256), 0, 0, 0, ...target, ...list.flat()])
}

export function dhcpBytes(chance: Chance): Uint8Array {
  const op = chance.pick([1, 1, 2, 0, 255])
  const head = [
    op,
    1,
    chance.pick([6, 6, 16, 255]),
    0,
    ...chance.bytes(4),
    0,
    0,
    chance.pick([0, 0x80]),
    0,
    ...new Array<number>(16).fill(0),
  ]
  const mac = [2, 0, 0, 0, 0, chance.below(4), ...new Array<number>(10).fill(0)]
  const texts = chance.percent(10) ? [...chance.bytes(192)] : new Array<number>(192).fill(0)
  const cookie = chance.percent(92) ? [0x63, 0x82, 0x53, 0x63] : [...chance.bytes(4)]
  const type = [53, 1, chance.pick([1, 1, 3, 3, 4, 7, 8, 2, 5, 0, 200])]
  const codes = [12, 15, 50, 51, 54, 55, 57, 60, 61, 77, 81, 82, 121, 0, chance.below(255)]
  const bytes = [
    ...head,
    ...mac,
    ...texts,
    ...cookie,
    ...type,
    ...options(chance, codes, (size) => size),
    ...(chance.percent(80) ? [255] : []),
  ]
  return Uint8Array.from(chance.percent(10) ? bytes.slice(0, chance.below(bytes.length)) : bytes)
}

/** Names with pointers that go forward, back, and round. */
export function dnsBytes(chance: Chance): Uint8Array {
  const name = (): number[] => {
    const labels = chance.some(0, 4, () => {
      const size = chance.pick([1, 3, 6, 63])
      return [
        chance.percent(95) ? size : chance.below(256),
        ...Array.from({ length: size }, () => chance.pick([97, 98, 45, 46, 0, 27, 255])),
      ]
    })
    return [...labels.flat(), ...(chance.percent(30) ? [0xc0 | chance.below(2), chance.pick([12, 12, chance.below(60)])] : [0])]
  }
  const counts = chance.some(4, 4, () => [0, chance.pick([0, 1, 1, 2, 255])]).flat()
  const question = [...name(), 0, chance.pick([1, 12, 28, 255, 16]), 0, chance.pick([1, 1, 3])]
  const records = chance.some(0, 3, () => [
    ...name(),
    0,
    chance.pick([1, 5, 12, 16, 28, 2]),
    0,
    1,
    ...chance.bytes(4),
    0,
    chance.pick([4, 4, 16, 0, 200]),
    ...chance.bytes(chance.pick([4, 16, 2])),
  ])
  return Uint8Array.from([
    ...chance.bytes(2),
    chance.pick([1, 0x81, 0x85, 0]),
    chance.pick([0, 0x80, 3, 0xff]),
    ...counts,
    ...question,
    ...records.flat(),
  ])
}
