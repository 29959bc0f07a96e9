// /proc/net: the network tables of the reader's namespace in the kernel's own text formats.

import type { FileContext, Inode, LiveDirectory } from './inode.js'
import { fixedDirectory, readOnly } from './live.js'
import type { Machine } from './machine.js'
import type { NetDevice } from '../kernel/netdev.js'

export function procNet(_machine: Machine): LiveDirectory {
  return fixedDirectory(new Map<string, (context: FileContext) => Inode | null>([['dev', readOnly(deviceText)]]))
}

function deviceText(context: FileContext): string {
  const head =
    'Inter-|   Receive                                                |  Transmit\n face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed\n'
  return head + context.netns.devices.map(deviceRow).join('')
}

function deviceRow(dev: NetDevice): string {
  const s = dev.stats
  const pad = (value: number, width: number): string => String(value).padStart(width)
  const received = `${pad(s.rxBytes, 8)} ${pad(s.rxPackets, 7)} ${pad(s.rxErrors, 4)} ${pad(s.rxDropped, 4)} ${pad(0, 4)} ${pad(0, 5)} ${pad(0, 10)} ${pad(s.rxMulticast, 9)}`
  const sent = `${pad(s.txBytes, 8)} ${pad(s.txPackets, 7)} ${pad(s.txErrors, 4)} ${pad(s.txDropped, 4)} ${pad(0, 4)} ${pad(s.collisions, 5)} ${pad(s.txCarrierErrors, 7)} ${pad(0, 10)}`
  return `${dev.name.padStart(6)}: ${received} ${sent}\n`
}
