// How benchmarks tell what they found: figures with a target, medians of pairs, rows on the terminal while they run.

/** One row of RESULTS.md. */
export interface Figure {
  readonly what: string
  /** The peer or limit of the same run, with its own value; why it was left out where it is not there. */
  readonly beside: string
  readonly target: string
  /** Median and range. */
  readonly measured: string
  /** null: nothing to hold it against here. */
  readonly met: boolean | null
  /** What keeps it from its target; told when it is missed. */
  readonly why?: string
}

export interface Benchmark {
  readonly name: string
  run(): Promise<readonly Figure[]>
}

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
  const middle = median(seconds)
  return { perSecond: count / middle, microseconds: (middle / count) * 1e6 }
}

/** Wall microseconds of one call. */
export async function microseconds(work: () => unknown): Promise<number> {
  const start = process.hrtime.bigint()
  await work()
  return Number(process.hrtime.bigint() - start) / 1e3
}

/** Processor microseconds of this process: where others use the machine, too, what the work itself took. */
export async function cpuMicroseconds(work: () => unknown): Promise<number> {
  const start = process.cpuUsage()
  await work()
  const { user, system } = process.cpuUsage(start)
  return user + system
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5)
}

export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!
}

/** `3.4 (3.1-3.9)` */
export function spread(values: readonly number[], digits = 2): string {
  const [low, high] = [Math.min(...values), Math.max(...values)]
  return `${median(values).toFixed(digits)} (${low.toFixed(digits)}-${high.toFixed(digits)})`
}

/** Pair by pair: what one is to the other. */
export function ratios(over: readonly number[], under: readonly number[]): number[] {
  return over.slice(0, under.length).map((value, i) => value / under[i]!)
}

/** All subjects once a round, in turn; what each gave, after rounds to warm up. */
export async function inTurns<K extends string>(
  rounds: number,
  subjects: Readonly<Record<K, () => Promise<number> | number>>,
  warm = 1,
): Promise<Record<K, number[]>> {
  const names = Object.keys(subjects) as K[]
  const kept = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<K, number[]>
  for (let round = -warm; round < rounds; round++) {
    for (const name of names) {
      const value = await subjects[name]()
      if (round >= 0) kept[name].push(value)
    }
  }
  return kept
}

export function section(title: string): void {
  console.log(`\n${title}\n${'-'.repeat(title.length)}`)
}

export function row(label: string, value: string, remark = ''): void {
  console.log(`${label.padEnd(58)} ${value.padStart(16)}  ${remark}`)
}

export function tellFigure({ what, beside, target, measured, met }: Figure): void {
  const verdict = met === null ? '' : met ? 'met' : 'MISSED'
  console.log(`${what.padEnd(64)} ${measured.padStart(24)}  target ${target.padEnd(16)} ${verdict.padEnd(7)} ${beside}`)
}
