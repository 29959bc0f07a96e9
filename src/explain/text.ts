// An explanation as text, at three levels.
import type { Explanation } from './probe.js'
import type { Way } from './way.js'

export type Detail = 'minimal' | 'summary' | 'full'

export function explanationText(explanation: Explanation, detail: Detail): string {
  return explanation.ways.map((way) => wayText(way, detail)).join('\n')
}

export function wayText(_way: Way, _detail: Detail): string {
  throw new Error('wayText: being built')
}
