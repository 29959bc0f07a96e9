// Syslog messages over UDP.
import type { Dissector } from '../dissector.js'
import { unknownData } from '../hexdump.js'

const SEVERITIES = ['emergency', 'alert', 'critical', 'error', 'warning', 'notice', 'info', 'debug']
const FACILITIES = [
  'kernel',
  'user',
  'mail',
  'daemon',
  'auth',
  'syslog',
  'lpr',
  'news',
  'uucp',
  'cron',
  'authpriv',
  'ftp',
  'ntp',
  'security',
  'console',
  'cron',
  'local0',
  'local1',
  'local2',
  'local3',
  'local4',
  'local5',
  'local6',
  'local7',
]

//   <PRI>text, where PRI = facility * 8 + severity
export function printSyslog(d: Dissector, at: number, length: number): void {
  d.protocol = 'syslog'
  if (d.u8(at) !== 0x3c) return d.invalid()
  let priority = 0
  let text = 1
  for (; text <= 3; text++) {
    const digit = d.u8(at + text) - 0x30
    if (digit < 0 || digit > 9) break
    priority = priority * 10 + digit
  }
  if (d.u8(at + text) !== 0x3e) return d.invalid()
  text++
  const facility = (priority & 0x3f8) >> 3
  const severity = SEVERITIES[priority & 7]!
  const facilityName = FACILITIES[facility] ?? `unknown (${facility})`
  if (d.verbose === 0) return d.print(`SYSLOG ${facilityName}.${severity}, length: ${length}`)
  d.print(`SYSLOG, length: ${length}\n\tFacility ${facilityName} (${facility}), Severity ${severity} (${priority & 7})\n\tMsg: `)
  for (let i = text; i < length; i++) d.char(d.u8(at + i))
  if (d.verbose > 1) unknownData(d, at, '\n\t', length)
}
