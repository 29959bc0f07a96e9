import { describe, expect, it } from 'vitest'
import type { PacketTrace } from '../../src/trace/packet-trace.js'
import { type Recorded, Recorder } from '../../src/trace/recorder.js'

interface Made {
  readonly kind: string
}
const born = (kinds: readonly string[], limit: number): string[] => {
  const sim: Recorded<Made> = { nowUs: 0, tracer: null }
  const kindById = new Map<number, string>()
  const kindOf = (trace: PacketTrace): string => kindById.get(trace.birth!.id)!
  const recorder = new Recorder<Made>(sim, { limit, place: () => ({ node: 'n', netns: '' }), kindOf }).start()
  kinds.forEach((kind, at) => {
    kindById.set(at + 1, kind)
    sim.tracer!({ kind }, null)
  })
  return recorder.traces().map((trace) => `${kindOf(trace)}${trace.birth!.id}`)
}

describe('a recorder', () => {
  it('keeps the newest, and the last few of each kind that a busy one would push out', () => {
    const kept = born(['ping', 'arp', ...Array<string>(500).fill('ssh')], 40)
    expect(kept.slice(0, 3)).toEqual(['ping1', 'arp2', expect.stringMatching(/^ssh/)])
    expect(kept.length).toBeLessThanOrEqual(50)
    expect(kept.at(-1)).toBe('ssh502')
    const ids = kept.map((name) => Number(/\d+/.exec(name)![0]))
    expect(ids).toEqual([...ids].sort((a, b) => a - b))
  })
  it('is bounded whatever comes', () => {
    const kept = born(
      Array.from({ length: 2000 }, (_, at) => `kind${at}`),
      40,
    )
    expect(kept.length).toBeLessThanOrEqual(50)
    expect(kept.at(-1)).toBe('kind19992000')
  })
})
