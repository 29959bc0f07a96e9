// dnsmasq's lease script: a helper process that stays root and runs the program for each change, one after the other.
import { formatIpv4 } from '../../../addr/ipv4.js'
import { formatMac } from '../../../addr/mac.js'
import { Bell } from '../../net-api.js'
import { inputFile, nullOutputFile, outputFile } from '../../open-file.js'
import type { Process } from '../../process.js'
import { OutputBuffer, TextSource } from '../../stream.js'
import type { Lease, LeaseAction } from './lease-table.js'

interface Job {
  readonly argv: readonly string[]
  readonly env: ReadonlyMap<string, string>
  readonly done: ((stdout: string) => void) | null
}

export class LeaseScript {
  private readonly jobs: Job[] = []
  private readonly bell = new Bell()

  constructor(
    private readonly daemon: Process,
    private readonly program: string,
  ) {}

  /** The helper: a child of the daemon, started before it gives root away. */
  start(): Process {
    return this.daemon.fork((proc) => this.serve(proc), { uid: 0, gid: 0 })
  }

  private async serve(proc: Process): Promise<number> {
    this.daemon.atExit(() => proc.kill('TERM'))
    for (;;) {
      const job = this.jobs.shift()
      if (job === undefined) await proc.wait<void>((resolve) => this.bell.watch(() => resolve()))
      else await this.runJob(proc, job)
    }
  }

  private async runJob(proc: Process, job: Job): Promise<void> {
    const out = new OutputBuffer()
    try {
      const child = proc.spawn([this.program, ...job.argv], {
        env: new Map([...proc.env, ...job.env]),
        stdin: inputFile(new TextSource('')),
        stdout: outputFile(out),
        stderr: nullOutputFile(),
      })
      await proc.waitFor(child)
    } catch {
      this.daemon.machine.syslog('daemon', 'dnsmasq', this.daemon.pid, `failed to execute ${this.program}: No such file or directory`)
    }
    job.done?.(out.take())
  }

  private push(job: Job): void {
    this.jobs.push(job)
    this.bell.ring()
  }

  queue(action: LeaseAction, lease: Lease, domain: string | null): void {
    const env = new Map<string, string>([
      ['DNSMASQ_INTERFACE', lease.interfaceName],
      ['DNSMASQ_LEASE_EXPIRES', String(Math.floor(lease.expires))],
      ['DNSMASQ_TIME_REMAINING', String(Math.max(Math.floor(lease.expires - this.daemon.clock / 1_000_000), 0))],
    ])
    if (domain !== null) env.set('DNSMASQ_DOMAIN', domain)
    const argv = [action, formatMac(lease.mac), formatIpv4(lease.address)]
    if (lease.name !== null) argv.push(lease.name)
    this.push({ argv, env, done: null })
  }

  /** `script init`: its output is the lease file that --leasefile-ro does without. */
  async init(): Promise<string> {
    const text = await this.daemon.wait<string>((resolve) => this.push({ argv: ['init'], env: new Map(), done: resolve }))
    return text ?? ''
  }
}
