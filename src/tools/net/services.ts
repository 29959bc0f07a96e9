// Names of ports: /etc/services of the machine, or the few everybody knows when it has none.
import type { Process } from '../../node/process.js'

const KNOWN: readonly (readonly [name: string, port: number, protocols: string])[] = [
  ['ftp', 21, 'tcp'],
  ['ssh', 22, 'tcp'],
  ['telnet', 23, 'tcp'],
  ['smtp', 25, 'tcp'],
  ['time', 37, 'tcp udp'],
  ['domain', 53, 'tcp udp'],
  ['bootps', 67, 'udp'],
  ['bootpc', 68, 'udp'],
  ['tftp', 69, 'udp'],
  ['http', 80, 'tcp'],
  ['pop3', 110, 'tcp'],
  ['sunrpc', 111, 'tcp udp'],
  ['ntp', 123, 'udp'],
  ['netbios-ns', 137, 'udp'],
  ['imap2', 143, 'tcp'],
  ['snmp', 161, 'tcp udp'],
  ['bgp', 179, 'tcp'],
  ['ldap', 389, 'tcp udp'],
  ['https', 443, 'tcp udp'],
  ['microsoft-ds', 445, 'tcp udp'],
  ['syslog', 514, 'udp'],
  ['imaps', 993, 'tcp'],
  ['openvpn', 1194, 'tcp udp'],
  ['nfs', 2049, 'tcp udp'],
  ['mysql', 3306, 'tcp'],
  ['postgresql', 5432, 'tcp'],
  ['amqp', 5672, 'tcp udp'],
  ['http-alt', 8080, 'tcp udp'],
]

/** Null when the port has no name. */
export function serviceName(proc: Process, port: number, protocol: 'tcp' | 'udp'): string | null {
  for (const [name, number, protocols] of entries(proc)) if (number === port && protocols.split(' ').includes(protocol)) return name
  return null
}

/** A number, or a service's name; null when it is neither. */
export function servicePort(proc: Process, text: string, protocol: 'tcp' | 'udp'): number | null {
  if (/^\d+$/.test(text)) return Number(text) <= 65_535 ? Number(text) : null
  for (const [name, number, protocols] of entries(proc)) if (name === text && protocols.split(' ').includes(protocol)) return number
  return null
}

function entries(proc: Process): readonly (readonly [string, number, string])[] {
  if (!proc.files.exists('/etc/services')) return KNOWN
  const found: [string, number, string][] = []
  for (const line of proc.files.read('/etc/services').split('\n')) {
    const match = /^([\w.+-]+)\s+(\d+)\/(tcp|udp)/.exec(line)
    if (match !== null) found.push([match[1]!, Number(match[2]), match[3]!])
  }
  return found.length > 0 ? found : KNOWN
}
