// The settings of bridges and ports that brctl changes.
import { BridgeDevice } from '../../kernel/dev/bridge.js'
import type { BridgePort } from '../../kernel/dev/bridge-port.js'
import { KernelError } from '../../kernel/errno.js'
import type { NetDevice } from '../../kernel/netdev.js'
import { attempt, type BrctlHost, bridgeNamed, noInterface, type Verb } from './brctl-host.js'

/** on/yes/1, off/no/0. */
function parseSwitch(word: string): boolean | null {
  if (['on', 'yes', '1'].includes(word)) return true
  return ['off', 'no', '0'].includes(word) ? false : null
}

function badSwitch(host: BrctlHost): number {
  host.error('expect on/off for argument')
  return 1
}

function portNamed(host: BrctlHost, bridge: string, device: string): BridgePort | null {
  const dev: NetDevice | null = host.netns.deviceByName(device)
  return dev === null ? null : (bridgeNamed(host, bridge)?.portOf(dev) ?? null)
}

export function hairpin(host: BrctlHost, [name = '', device = '', word = '']: readonly string[]): number {
  const on = parseSwitch(word)
  if (on === null) return badSwitch(host)
  if (host.netns.deviceByName(device) === null || host.netns.deviceByName(name) === null) return noInterface(host, device, name)
  return attempt(
    host,
    (reason) => `can't set ${device} to hairpin on bridge ${name}: ${reason}`,
    () => {
      const port = portNamed(host, name, device)
      if (port === null) throw new KernelError('ENOENT')
      port.hairpin = on
    },
  )
}

export function setStp(host: BrctlHost, [name = '', word = '']: readonly string[]): number {
  const on = parseSwitch(word)
  if (on === null) return badSwitch(host)
  return attempt(
    host,
    (reason) => `set stp status failed: ${reason}`,
    () => needBridge(host, name).setStp(on),
  )
}

/** A wrong name is the kernel's to refuse. */
function needBridge(host: BrctlHost, name: string): BridgeDevice {
  const dev = host.netns.deviceByName(name)
  if (dev === null) throw new KernelError('ENODEV')
  if (!(dev instanceof BridgeDevice)) throw new KernelError('EOPNOTSUPP')
  return dev
}

function parseNumber(word: string): number | null {
  return /^-?\d+(\.\d*)?$/.test(word) ? Number(word) : null
}

export function timer(label: string, what: string, apply: (bridge: BridgeDevice, us: number) => void): Verb['run'] {
  return (host, [name = '', word = '']) => {
    const value = parseNumber(word)
    if (value === null) {
      host.error(`bad ${label} value`)
      return 1
    }
    return attempt(
      host,
      (reason) => `${what} failed: ${reason}`,
      () => apply(needBridge(host, name), Math.round(value * 1_000_000)),
    )
  }
}

export function setPriority(host: BrctlHost, [name = '', word = '']: readonly string[]): number {
  const value = parseNumber(word)
  if (value === null) {
    host.error('bad priority')
    return 1
  }
  return attempt(
    host,
    (reason) => `set bridge priority failed: ${reason}`,
    () => {
      needBridge(host, name).priority = Math.floor(value) & 0xffff
    },
  )
}

export function setPathCost(host: BrctlHost, [name = '', device = '', word = '']: readonly string[]): number {
  const value = parseNumber(word)
  if (value === null) {
    host.error('bad path cost value')
    return 1
  }
  return portChange(host, 'set path cost', [name, device], (port) => {
    if (value < 1 || value > 65535) throw new KernelError('ERANGE')
    port.pathCost = value
  })
}

export function setPortPriority(host: BrctlHost, [name = '', device = '', word = '']: readonly string[]): number {
  const value = parseNumber(word)
  if (value === null) {
    host.error('bad path priority value')
    return 1
  }
  return portChange(host, 'set port priority', [name, device], (port) => {
    if (value < 0 || value > 63) throw new KernelError('ERANGE')
    port.priority = value
  })
}

function portChange(host: BrctlHost, what: string, [name, device]: readonly [string, string], change: (port: BridgePort) => void): number {
  return attempt(
    host,
    (reason) => `${what} failed: ${reason}`,
    () => {
      const port = portNamed(host, name, device)
      if (port === null)
        throw new KernelError(host.netns.deviceByName(device) === null || host.netns.deviceByName(name) === null ? 'ENODEV' : 'EINVAL')
      change(port)
    },
  )
}
