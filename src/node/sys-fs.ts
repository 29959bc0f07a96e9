// /sys: network devices as directories, live.

import { formatMac } from '../addr/mac.js'
import type { NetDevice } from '../kernel/netdev.js'
import type { Directory, FileContext, Inode } from './inode.js'
import { fixedDirectory, listedDirectory, readOnly } from './live.js'
import type { Machine } from './machine.js'

export function mountSys(machine: Machine): void {
  const root = machine.files.node('/') as Directory
  const net = listedDirectory(
    (context) => context.netns.devices.map((dev) => dev.name),
    (name, context) => deviceDirectory(context.netns.deviceByName(name)),
  )
  const classes = fixedDirectory(new Map([['net', () => net]]))
  root.entries.set('sys', fixedDirectory(new Map([['class', () => classes]])))
}

function deviceDirectory(dev: NetDevice | null): Inode | null {
  if (dev === null) return null
  const entries = new Map<string, (context: FileContext) => Inode | null>()
  const value = (name: string, read: () => string | number): void => void entries.set(name, readOnly(() => `${read()}\n`))
  value('address', () => formatMac(dev.mac))
  value('carrier', () => (dev.carrier ? 1 : 0))
  value('flags', () => `0x${dev.flags.toString(16)}`)
  value('ifindex', () => dev.ifindex)
  value('mtu', () => dev.mtu)
  value('operstate', () => dev.operState)
  return fixedDirectory(entries)
}
