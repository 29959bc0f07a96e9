// What a room's run brought to light: like findings are told once.

export interface Finding {
  readonly batch: number
  readonly index: number
  readonly text: string
  readonly input: string
}

export interface Findings {
  readonly count: number
  summary(): string
  row(): string
}

export class FindingsOf implements Findings {
  cases = 0
  readonly heaps: number[] = []
  private readonly startMs = Date.now()
  private seconds = 0
  private readonly kinds = new Map<string, number>()

  constructor(
    readonly room: string,
    readonly about: string,
    readonly seed: string,
  ) {}

  get count(): number {
    return this.kinds.size
  }

  add(finding: Finding): void {
    const kind = kindOf(finding.text)
    const known = this.kinds.get(kind) ?? 0
    this.kinds.set(kind, known + 1)
    if (known > 0) return
    const place = `${this.room} --seed ${this.seed} --batch ${finding.batch}, case ${finding.index}`
    process.stdout.write(`FOUND ${place}\n  ${finding.text.replaceAll('\n', '\n  ')}\n  input: ${shown(finding.input)}\n`)
  }

  end(): void {
    this.seconds = (Date.now() - this.startMs) / 1000
  }

  summary(): string {
    const kinds = [...this.kinds].map(([kind, times]) => `  ${times} times: ${kind.split('\n')[0]}\n`).join('')
    return `${this.room}: ${this.cases} cases, ${this.seconds.toFixed(0)} s, ${this.count} findings, ${this.heapText()}\n${kinds}`
  }

  row(): string {
    const date = new Date().toISOString().slice(0, 10)
    return `| ${date} | ${this.room} | ${this.seed} | ${this.cases} | ${this.seconds.toFixed(0)} | ${this.count} | ${this.heapText()} |\n`
  }

  private heapText(): string {
    const { heaps } = this
    if (heaps.length === 0) return 'heap not measured'
    const text = (bytes: number): string => (bytes / 1e6).toFixed(0)
    return `heap after batches ${text(heaps[Math.min(1, heaps.length - 1)]!)} -> ${text(heaps.at(-1)!)} MB`
  }
}

/** Line by line, nothing that a terminal would obey. */
function shown(input: string): string {
  return input
    .split('\n')
    .map((line) => JSON.stringify(line).slice(1, -1))
    .join('\n')
}

/** The message without what differs from case to case, and the innermost place in the sources. */
function kindOf(text: string): string {
  const place = /\((.*?(?:src|test)\/[^)]*)\)|at (\S*(?:src|test)\/\S*)/.exec(text)
  if (place !== null) return `${place[1] ?? place[2]}`
  return text
    .slice(0, 160)
    .replaceAll(/\d+/g, 'N')
    .replaceAll(/"[^"]*"/g, '""')
}
