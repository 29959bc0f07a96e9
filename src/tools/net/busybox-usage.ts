// The head that every busybox applet's usage begins with.
import type { Process } from '../../node/process.js'

export function busyboxUsage(proc: Process, applet: string, synopsis: string): string {
  const version = proc.machine.image.tool('busybox')
  return `BusyBox v${version} multi-call binary.\n\nUsage: ${applet} ${synopsis}`
}
