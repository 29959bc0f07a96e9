// Jobs: pipelines that run, stop, end; by number, by process, by name.

import type { Process } from '../node/process.js'
import { signalText } from '../node/signals.js'

export type JobState = 'running' | 'stopped' | 'done'

export class Job {
  id = 0
  /** Its end was shown, or nobody wants to hear of it. */
  isReported = false
  isForeground = false
  constructor(
    readonly processes: readonly Process[],
    readonly text: string,
  ) {}

  get pgid(): number {
    return this.processes[0]?.pgid ?? 0
  }

  get state(): JobState {
    if (this.processes.every((proc) => proc.isDone)) return 'done'
    return this.processes.some((proc) => proc.state === 'stopped') && !this.processes.some((proc) => proc.state === 'running')
      ? 'stopped'
      : 'running'
  }

  get last(): Process {
    return this.processes[this.processes.length - 1]!
  }

  get exitCode(): number {
    return this.last.exitCode ?? 0
  }

  /** Calls when one of its processes changes. */
  onChange(listener: () => void): () => void {
    const cancels = this.processes.map((proc) => proc.onChange(listener))
    return () => {
      for (const cancel of cancels) cancel()
    }
  }

  /** What `jobs` calls its state. */
  get description(): string {
    const state = this.state
    if (state === 'running') return 'Running'
    if (state === 'stopped') return 'Stopped'
    const signal = this.last.endSignal
    if (signal !== null) return signalText(signal)
    return this.exitCode === 0 ? 'Done' : `Exit ${this.exitCode}`
  }
}

export class JobTable {
  readonly jobs: Job[] = []
  /** Most recent first: %+ is the head, %- the next. */
  private readonly recent: Job[] = []

  add(job: Job): void {
    if (job.id !== 0) return
    job.id = Math.max(0, ...this.jobs.map((other) => other.id)) + 1
    this.jobs.push(job)
    this.touch(job)
  }

  /** The jobs of the shell that this one is a copy of, to be listed. */
  inherit(parent: JobTable): void {
    this.jobs.push(...parent.jobs)
    this.recent.push(...parent.recent)
  }

  /** Makes it the current job. */
  touch(job: Job): void {
    const at = this.recent.indexOf(job)
    if (at >= 0) this.recent.splice(at, 1)
    this.recent.unshift(job)
  }

  remove(job: Job): void {
    for (const list of [this.jobs, this.recent]) {
      const at = list.indexOf(job)
      if (at >= 0) list.splice(at, 1)
    }
  }

  get current(): Job | null {
    return this.recent.find((job) => job.state === 'stopped') ?? this.recent[0] ?? null
  }

  get previous(): Job | null {
    return this.recent.find((job) => job !== this.current) ?? null
  }

  mark(job: Job): string {
    return job === this.current ? '+' : job === this.previous ? '-' : ' '
  }

  byPid(pid: number): Job | null {
    return this.jobs.find((job) => job.processes.some((proc) => proc.pid === pid)) ?? null
  }

  /** %1, %+, %%, %-, %name, %?text; null when there is none. */
  bySpec(spec: string): Job | null {
    const text = spec.replace(/^%/, '')
    if (text === '' || text === '+' || text === '%') return this.current
    if (text === '-') return this.previous ?? this.current
    if (/^\d+$/.test(text)) return this.jobs.find((job) => job.id === Number(text)) ?? null
    const matches = (job: Job): boolean => (text.startsWith('?') ? job.text.includes(text.slice(1)) : job.text.startsWith(text))
    return this.jobs.find(matches) ?? null
  }

  /** `[1]+  Running                 sleep 100 &` */
  line(job: Job, options: { withPid?: boolean } = {}): string {
    const pid = options.withPid === true ? `${String(job.pgid).padStart(5)} ` : ''
    const tail = job.state === 'running' ? ' &' : ''
    return `[${job.id}]${this.mark(job)}  ${pid}${job.description.padEnd(24)}${job.text}${tail}`
  }
}
