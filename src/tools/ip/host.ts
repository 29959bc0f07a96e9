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
  const { machine } = proc
  let tables: TableNames | null = null
  return {
    out: (text) => proc.out(text),
    error: (line) => proc.error(line),
    uid: proc.uid,
    iproute2: machine.image.tool('iproute2'),
    kernelVersion: machine.image.kernel,
    busybox: asApplet ? machine.image.tool('busybox') : null,
    netnsNames: machine.netnsNames,
    get tableNames() {
      tables ??= readTableNames(proc)
      return tables
    },
    netnsOfPid: (pid) => machine.processes.get(pid)?.netns ?? null,
    proc,
  }
}
