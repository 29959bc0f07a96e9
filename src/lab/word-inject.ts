// `lab inject DEV HEX`: a frame, byte by byte, out of a device of the namespace that the shell is in.
import { KernelError } from '../kernel/errno.js'
import { newPacket } from '../kernel/packet.js'
import type { Process } from '../node/process.js'
import { decodeFrame } from '../wire/decode.js'
import type { LabWord } from './words.js'

const MIN_BYTES = 14
const MAX_BYTES = 65_549

export function injectWord(): LabWord {
  return { name: 'inject', usage: 'inject DEV HEX', summary: 'send a raw frame out of a device', run: inject }
}

function inject(proc: Process, args: readonly string[]): number {
  const [name, ...parts] = args
  const hex = parts.join('').replaceAll(':', '')
  if (name === undefined || hex === '') return usage(proc, 'expected a device and a frame as hexadecimal digits')
  if (!/^([0-9a-fA-F]{2})+$/.test(hex))
    return usage(proc, `"${hex.length > 40 ? `${hex.slice(0, 37)}...` : hex}" is not pairs of hexadecimal digits`)
  const bytes = Buffer.from(hex, 'hex')
  if (bytes.length < MIN_BYTES || bytes.length > MAX_BYTES)
    return usage(proc, `a frame has ${MIN_BYTES} to ${MAX_BYTES} bytes, this one ${bytes.length}`)
  const device = proc.netns.deviceByName(name)
  if (device === null) return refuse(proc, `no device "${name}" in this namespace`)
  if (!device.isUp) return refuse(proc, `${name}: ${new KernelError('ENETDOWN').message}`)
  const frame = decodeFrame(bytes)
  device.transmit(newPacket(proc.machine.sim, device, frame))
  return 0
}

function usage(proc: Process, what: string): number {
  proc.error(`lab: inject: ${what}`)
  return 2
}

function refuse(proc: Process, what: string): number {
  proc.error(`lab: inject: ${what}`)
  return 1
}
