// The machine of a process as the iptables tools see it: names come from its own files.
import { parseIpv4 } from '../../addr/ipv4.js'
import type { Process } from '../../node/process.js'
import type { XtHost } from './xtables.js'

export function hostOf(proc: Process): XtHost {
  const services = lazily(() => servicesOf(proc))
  const hosts = lazily(() => hostsOf(proc))
  const { users } = proc.machine
  return {
    netfilter: proc.netns.netfilter,
    version: proc.machine.image.tool('iptables'),
    clockUs: proc.clock,
    service: (name, protocol) =>
      services().find((each) => each.name === name && (protocol === null || each.protocol === protocol))?.port ?? null,
    serviceName: (port, protocol) =>
      services().find((each) => each.port === port && (protocol === null || each.protocol === protocol))?.name ?? null,
    user: (name) => users.byName(name)?.uid ?? null,
    group: (name) => users.groupByName(name)?.gid ?? null,
    hostName: (address) => hosts().find((each) => each.address === address)?.name ?? null,
    hostAddresses(name) {
      const found = hosts().filter((each) => each.names.includes(name))
      return found.length === 0 ? null : found.map((each) => each.address)
    },
  }
}

function lazily<T>(make: () => T): () => T {
  let value: T | null = null
  return () => (value ??= make())
}

function linesOf(proc: Process, path: string): string[][] {
  let text = ''
  try {
    text = proc.files.read(path)
  } catch {
    // No such file: no names.
    return []
  }
  return text
    .split('\n')
    .map((line) => line.replace(/#.*/, '').trim().split(/\s+/))
    .filter((words) => words.length > 1)
}

function servicesOf(proc: Process): { name: string; port: number; protocol: string }[] {
  return linesOf(proc, '/etc/services').flatMap(([name = '', where = '', ...aliases]) => {
    const [port = '', protocol = ''] = where.split('/')
    return [name, ...aliases].map((each) => ({ name: each, port: Number(port), protocol }))
  })
}

function hostsOf(proc: Process): { address: number; name: string; names: string[] }[] {
  return linesOf(proc, '/etc/hosts').flatMap(([text = '', ...names]) => {
    const address = parseIpv4(text)
    return address === null ? [] : [{ address, name: names[0] ?? text, names }]
  })
}
