// How a benchmark is timed and told: medians of several rounds, and ratios within one run.

export interface Timing {
  readonly perSecond: number
  readonly microseconds: number
}

/** Runs `work(count)` for `rounds` rounds after one to warm up; the median round counts. */
export function timed(count: number, rounds: number, work: (count: number) => void): Timing {
  work(count)
  const seconds: number[] = []
  for (let round = 0; round < rounds; round++) {
    globalThis.gc?.()
    const start = process.hrtime.bigint()
    work(count)
    seconds.push(Number(process.hrtime.bigint() - start) / 1e9)
  }
  return timing(count, median(seconds))
}

function timing(count: number, seconds: number): Timing {
  return { perSecond: count / seconds, microseconds: (seconds / count) * 1e6 }
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[sorted.length >> 1]!
}

export function section(title: string): void {
  console.log(`\n${title}\n${'-'.repeat(title.length)}`)
}

export function row(label: string, value: string, remark = ''): void {
  console.log(`${label.padEnd(58)} ${value.padStart(16)}  ${remark}`)
}

export function perSecond(timing: Timing): string {
  return `${Math.round(timing.perSecond).toLocaleString('en-US')}/s`
}
