// What the process holds once everything that is dead has been taken away.
export interface Sample {
  readonly minute: number
  readonly heapMb: number
  readonly outsideMb: number
  readonly rssMb: number
}

export function sampleOf(what: string, minute: number): Sample {
  globalThis.gc?.()
  globalThis.gc?.()
  const { heapUsed, external, rss } = process.memoryUsage()
  const mb = (bytes: number): number => Math.round(bytes / 1e5) / 10
  const sample = { minute, heapMb: mb(heapUsed), outsideMb: mb(external), rssMb: mb(rss) }
  process.stderr.write(`${what}, minute ${minute}: heap ${sample.heapMb}, outside ${sample.outsideMb}, RSS ${sample.rssMb} MB\n`)
  return sample
}

/** Megabytes of heap an hour, over the second half: the first fills what is bounded. */
export function growthOf(samples: readonly Sample[]): number {
  const half = samples.slice(Math.floor(samples.length / 2))
  const [first, last] = [half[0], half.at(-1)]
  if (first === undefined || last === undefined || last.minute === first.minute) return 0
  return ((last.heapMb - first.heapMb) / (last.minute - first.minute)) * 60
}
