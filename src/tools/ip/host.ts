// The machine as `ip` and `bridge` see it through a process.
import type { Process } from '../../node/process.js'
import { parseTableNames, type TableNames } from './names.js'
import type { IpHost } from './run.js'

const NO_NAMES: TableNames = new Map()

function readTableNames(proc: Process): TableNames {
  try {
    return parseTableNames(proc.files.read('/etc/iproute2/rt_tables'))
  } catch {
    // The file may be missing, as on a busybox system: numbers only.
    return NO_NAMES
  }
}

/** `asApplet`: called through busybox, or on an image that has no other ip. */
export function hostOf(proc: Process, asApplet = proc.machine.image.family === 'cirros'): IpHost {
  return new ProcessHost(proc, asApplet)
}

class ProcessHost implements IpHost {
  readonly uid: number
  readonly iproute2: string
  readonly kernelVersion: string
  readonly busybox: string | null
  readonly netnsNames: IpHost['netnsNames']
  private tables: TableNames | null = null

  constructor(
    readonly proc: Process,
    asApplet: boolean,
  ) {
    const { image, netnsNames } = proc.machine
    this.uid = proc.uid
    this.iproute2 = image.tool('iproute2')
    this.kernelVersion = image.kernel
    this.busybox = asApplet ? image.tool('busybox') : null
    this.netnsNames = netnsNames
  }

  get tableNames(): TableNames {
    this.tables ??= readTableNames(this.proc)
    return this.tables
  }

  out(text: string): void {
    this.proc.out(text)
  }

  error(line: string): void {
    this.proc.error(line)
  }

  netnsOfPid(pid: number): ReturnType<IpHost['netnsOfPid']> {
    return this.proc.machine.processes.get(pid)?.netns ?? null
  }
}
