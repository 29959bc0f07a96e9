// Which devices can be captured on, in libpcap's order, and which one is taken when none is named.
import type { NetDevice } from '../../kernel/netdev.js'
import type { NetNamespace } from '../../kernel/netns.js'

/** Null stands for "any". */
export type CaptureDevice = NetDevice | null

const ANY = 'Pseudo-device that captures on all interfaces'

/** Devices that work come first, the loopback behind "any", what is down last. */
export function captureDevices(netns: NetNamespace): CaptureDevice[] {
  const all: CaptureDevice[] = [...netns.devices, null]
  return all
    .map((dev, i) => ({ dev, i }))
    .sort((a, b) => merit(a.dev) - merit(b.dev) || a.i - b.i)
    .map(({ dev }) => dev)
}

/** Smaller is better. */
function merit(dev: CaptureDevice): number {
  if (dev === null) return 1
  const isLoopback = dev.kind === 'loopback'
  return (dev.isUp && dev.carrier ? 0 : 16) + (dev.isUp ? 0 : 8) + (isLoopback ? 2 : dev.carrier ? 0 : 4)
}

/** The lines of -D. */
export function deviceLines(netns: NetNamespace, isModern: boolean): string {
  const text = (dev: CaptureDevice): string => {
    if (!isModern) return dev === null ? `any (${ANY})` : dev.name
    if (dev === null) return `any (${ANY}) [Up, Running]`
    return `${dev.name} [${states(dev)}]`
  }
  return captureDevices(netns)
    .map((dev, i) => `${i + 1}.${text(dev)}\n`)
    .join('')
}

function states(dev: NetDevice): string {
  const words: string[] = []
  if (dev.isUp) words.push('Up')
  if (dev.isUp && dev.carrier) words.push('Running')
  if (dev.kind === 'loopback') words.push('Loopback')
  if (words.length === 0) words.push('none')
  if (dev.kind !== 'loopback') words.push(dev.isUp && dev.carrier ? 'Connected' : 'Disconnected')
  return words.join(', ')
}

/** By name, or by the number that -D shows; a text is the complaint. `isOld`: libpcap before 1.10. */
export function findDevice(netns: NetNamespace, name: string, isOld: boolean): CaptureDevice | string {
  if (name === 'any') return null
  const dev = netns.deviceByName(name)
  if (dev === null && /^\d+$/.test(name)) {
    const numbered = captureDevices(netns)[Number(name) - 1]
    return numbered === undefined ? 'Invalid adapter index' : numbered
  }
  const reason = isOld ? 'SIOCGIFHWADDR: No such device' : 'No such device exists'
  if (dev === null) return `${name}: No such device exists\n(${reason})`
  return dev.isUp ? dev : `${name}: That device is not up`
}
