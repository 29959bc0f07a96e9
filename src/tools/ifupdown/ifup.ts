// `ifup` and `ifdown`: bring devices up and down as /etc/network/interfaces says (ifupdown of Debian and Ubuntu).
import type { Command } from '../../node/command.js'
import { notEmulated } from '../../node/command.js'
import type { Process } from '../../node/process.js'
import { type InterfaceStanza, parseInterfaces } from './interfaces.js'

const FILE = '/etc/network/interfaces'
const STATE = '/run/network/ifstate'

export const ifup: Command = {
  name: 'ifup',
  path: '/sbin/ifup',
  changes: true,
  usage: 'Usage: ifup [-a] [-v] [--force] DEVICE...',
  run: (proc) => each(proc, true),
}

export const ifdown: Command = {
  name: 'ifdown',
  path: '/sbin/ifdown',
  changes: true,
  usage: 'Usage: ifdown [-a] [-v] [--force] DEVICE...',
  run: (proc) => each(proc, false),
}

async function each(proc: Process, isUp: boolean): Promise<number> {
  const words = proc.argv.slice(1)
  const flags = words.filter((word) => word.startsWith('-'))
  if (flags.includes('-h') || flags.includes('--help')) {
    proc.line((isUp ? ifup : ifdown).usage!)
    return 0
  }
  const odd = flags.find((flag) => !['-a', '--all', '-v', '--verbose', '--force'].includes(flag))
  if (odd !== undefined) return notEmulated(proc, odd)
  if (!proc.files.exists(FILE)) {
    proc.error(`${proc.name}: couldn't read interfaces file "${FILE}": No such file or directory`)
    return 1
  }
  const { auto, stanzas } = parseInterfaces(proc.files.read(FILE))
  const devices = flags.includes('-a') || flags.includes('--all') ? auto : words.filter((word) => !word.startsWith('-'))
  if (devices.length === 0) {
    proc.error(`${proc.name}: Use --help for help`)
    return 1
  }
  let code = 0
  for (const device of devices) {
    const stanza = stanzas.find(({ name }) => name === device)
    if (stanza === undefined) {
      proc.error(isUp ? `Ignoring unknown interface ${device}=${device}.` : `${proc.name}: interface ${device} not configured`)
      continue
    }
    if (isUp === stateOf(proc).has(device) && !flags.includes('--force')) {
      proc.error(`${proc.name}: interface ${device} ${isUp ? 'already' : 'not'} configured`)
      continue
    }
    code = (await configure(proc, stanza, isUp, flags.includes('-v') || flags.includes('--verbose'))) || code
  }
  return code
}

function stateOf(proc: Process): Set<string> {
  const text = proc.files.exists(STATE) ? proc.files.read(STATE) : ''
  return new Set(
    text
      .split('\n')
      .filter(Boolean)
      .map((line) => line.split('=')[0]!),
  )
}

async function configure(proc: Process, stanza: InterfaceStanza, isUp: boolean, isVerbose: boolean): Promise<number> {
  for (const line of isUp ? upLines(stanza) : downLines(stanza)) {
    if (isVerbose) proc.error(line)
    const child = proc.spawn(['/bin/sh', '-c', line], { env: new Map([...proc.env, ['IFACE', stanza.name]]) })
    const code = await proc.waitFor(child)
    if (code !== 0) {
      proc.error(`Failed to bring ${isUp ? 'up' : 'down'} ${stanza.name}.`)
      return 1
    }
  }
  const state = stateOf(proc)
  if (isUp) state.add(stanza.name)
  else state.delete(stanza.name)
  proc.files.mkdir('/run/network', { parents: true })
  proc.files.write(STATE, [...state].map((name) => `${name}=${name}\n`).join(''))
  return 0
}

function upLines(stanza: InterfaceStanza): string[] {
  const { name, options } = stanza
  const one = (key: string): string | undefined => options.get(key)?.[0]
  const lines = [...(options.get('pre-up') ?? [])]
  if (stanza.method === 'loopback') lines.push(`ip link set ${name} up`)
  if (stanza.method === 'dhcp') lines.push(`dhclient -v ${name}`)
  if (stanza.method === 'static') {
    const address = one('address') ?? ''
    lines.push(
      `ip addr add ${address}${address.includes('/') ? '' : `/${one('netmask') ?? '24'}`} broadcast ${one('broadcast') ?? '+'} dev ${name} label ${name}`,
    )
    lines.push(`ip link set dev ${name}${one('mtu') === undefined ? '' : ` mtu ${one('mtu')}`} up`)
    if (one('gateway') !== undefined)
      lines.push(`ip route add default via ${one('gateway')} dev ${name}${one('metric') === undefined ? '' : ` metric ${one('metric')}`}`)
  }
  return [...lines, ...(options.get('up') ?? []), ...(options.get('post-up') ?? [])]
}

function downLines(stanza: InterfaceStanza): string[] {
  const { name, options } = stanza
  const lines = [...(options.get('pre-down') ?? []), ...(options.get('down') ?? [])]
  if (stanza.method === 'static') lines.push(`ip addr flush dev ${name}`, `ip link set dev ${name} down`)
  if (stanza.method === 'dhcp') lines.push(`dhclient -r ${name}`, `ip link set dev ${name} down`)
  if (stanza.method === 'loopback') lines.push(`ip link set ${name} down`)
  return [...lines, ...(options.get('post-down') ?? [])]
}
