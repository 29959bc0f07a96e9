// Source and destination ports as several matches test, print and save them.
import type { Argument, Range } from './arguments.js'
import { rangeText, strictPort } from './arguments.js'
import type { PrintContext } from './extension.js'
import { badParameter } from './xtables-error.js'

export interface PortTest {
  readonly range: Range
  readonly inverted: boolean
}

export const ANY_PORT: PortTest = { range: { min: 0, max: 65535 }, inverted: false }

export function portTestOf(range: Range, inverted: boolean): PortTest {
  return { range, inverted }
}

export function isAnyPort(test: PortTest): boolean {
  return test.range.min === 0 && test.range.max === 65535 && !test.inverted
}

/** `22`, `1024:`, `:1023`, `1:5`: the older parser, which the tcp match kept. */
export function classicPortRange(protocol: string): Argument<Range> {
  return {
    hint: 'port[:port]',
    parse(value, place) {
      const port = (word: string, absent: number): number => (word === '' ? absent : strictPort(word, place.context, protocol))
      const colon = value.indexOf(':')
      if (colon < 0) {
        const only = strictPort(value, place.context, protocol)
        return { min: only, max: only }
      }
      const min = port(value.slice(0, colon), 0)
      const max = port(value.slice(colon + 1), 65535)
      if (min > max) throw badParameter('invalid portrange (min > max)')
      return { min, max }
    },
  }
}

export function portText(label: string, test: PortTest, context: PrintContext, protocol: string): string {
  if (isAnyPort(test)) return ''
  const { min, max } = test.range
  const name = (port: number): string => (context.numeric ? String(port) : (context.serviceName(port, protocol) ?? String(port)))
  const not = test.inverted ? '!' : ''
  return min === max ? ` ${label}:${not}${name(min)}` : ` ${label}s:${not}${name(min)}:${name(max)}`
}

export function portSave(option: string, test: PortTest): string {
  return isAnyPort(test) ? '' : `${test.inverted ? ' !' : ''} --${option} ${rangeText(test.range)}`
}
