// ping over IPv6: link-local addresses with a zone (`fe80::1%eth0`).
import { parseIpv6 } from '../../addr/ipv6.js'
import { notEmulated } from '../../node/command.js'
import type { Process } from '../../node/process.js'
import type { PingOptions } from './ping-options.js'

export function isPing6(target: string): boolean {
  return target.includes(':') && parseIpv6(target.split('%')[0]!) !== null
}

export async function runPing6(proc: Process, _options: PingOptions): Promise<number> {
  return notEmulated(proc, 'IPv6')
}
