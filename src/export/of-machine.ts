// What a booted machine of the lab knows by a name or a number that a command of the log has.
import type { NetDevice } from '../kernel/netdev.js'
import type { Machine } from '../node/machine.js'

/** In whichever namespace it is: agents and switches move theirs. */
export function deviceNamed(machine: Machine, name: string): NetDevice | null {
  for (const netns of machine.kernel.namespaces) {
    const device = netns.deviceByName(name)
    if (device !== null) return device
  }
  return null
}

/** The file into which a daemon with this number wrote it. */
export function pidFileOf(machine: Machine, pid: number): string | null {
  for (const word of machine.process(pid)?.argv ?? []) {
    const file = /^--pid[-_]?file=(.+)$/.exec(word)?.[1]
    if (file !== undefined) return file
  }
  return null
}
