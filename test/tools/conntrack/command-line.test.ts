// conntrack's options, and the lines they choose.
import { expect, test } from 'vitest'
import {
  Connection,
  DEFAULT_ZONE,
  IPS_ASSURED,
  IPS_DST_NAT_DONE,
  IPS_SEEN_REPLY,
  IPS_SRC_NAT,
  IPS_SRC_NAT_DONE,
  Tuple,
} from '../../../src/kernel/netfilter/connection.js'
import { newManualTcp } from '../../../src/kernel/netfilter/track-tcp.js'
import { CtCommandLine, CtUsageError } from '../../../src/tools/conntrack/command-line.js'
import { entryLine, eventLine, PLAIN } from '../../../src/tools/conntrack/entry-text.js'
import { ip } from '../../kernel/lab.js'

function connection(proto: number, src: string, sport: number, dst: string, dport: number): Connection {
  const made = new Connection(
    new Tuple(ip(src), ip(dst), proto, sport, dport),
    new Tuple(ip(dst), ip('203.0.113.1'), proto, dport, sport),
    DEFAULT_ZONE,
  )
  made.expiresUs = 30_000_000
  made.status = IPS_SRC_NAT
  if (proto === 6) made.tcp = newManualTcp('ESTABLISHED')
  return made
}

const udp = connection(17, '10.0.0.5', 4000, '203.0.113.9', 53)
const tcp = connection(6, '10.0.0.6', 5000, '203.0.113.10', 80)
tcp.status |= IPS_SEEN_REPLY | IPS_ASSURED
tcp.mark = 7

function chosen(words: string): string[] {
  const line = new CtCommandLine(words.split(' '))
  line.parse()
  return [udp, tcp].filter((each) => line.matches(each)).map((each) => (each === udp ? 'udp' : 'tcp'))
}

test('filters choose connections', () => {
  const cases: [string, string[]][] = [
    ['-L', ['udp', 'tcp']],
    ['-L -p udp', ['udp']],
    ['-L -s 10.0.0.6', ['tcp']],
    ['-L --orig-dst 203.0.113.0/24', ['udp', 'tcp']],
    ['-L -r 203.0.113.9', ['udp']],
    ['-L -q 203.0.113.1', ['udp', 'tcp']],
    ['-L -p tcp --dport 80', ['tcp']],
    ['-L -p udp --orig-port-dst 54', []],
    ['-L -p tcp --state ESTABLISHED', ['tcp']],
    ['-L -p tcp --state CLOSE', []],
    ['-L -m 7', ['tcp']],
    ['-L -m 0x7/0x3', []],
    ['-L -u ASSURED', ['tcp']],
    ['-L -n', ['udp', 'tcp']],
    ['-L --src-nat 203.0.113.1', ['udp', 'tcp']],
    ['-L -g', []],
    ['-L -j', ['udp', 'tcp']],
    ['-L -w 0', ['udp', 'tcp']],
    ['-L -w 3', []],
    ['-L -f ipv6', []],
  ]
  for (const [words, wanted] of cases) expect({ words, chosen: chosen(words) }).toEqual({ words, chosen: wanted })
})

test('an untranslated echo passes for translated where NAT looks at connections, as with the real tool', () => {
  const echo = new Connection(
    new Tuple(ip('10.0.0.5'), ip('203.0.113.9'), 1, 77, 0x800),
    new Tuple(ip('203.0.113.9'), ip('10.0.0.5'), 1, 77, 0),
    DEFAULT_ZONE,
  )
  const shown = (): string[] =>
    ['-n', '-g', '-j', '-n 10.0.0.5', '-j 10.0.0.5'].filter((words) => {
      const line = new CtCommandLine(['-L', ...words.split(' ')])
      line.parse()
      return line.matches(echo)
    })
  expect(shown()).toEqual([])
  echo.status = IPS_SRC_NAT_DONE | IPS_DST_NAT_DONE
  expect(shown()).toEqual(['-n', '-g', '-j'])
})

test('wrong words are refused in the words of conntrack 1.4.7', () => {
  const cases: [string, string][] = [
    ['-L -p foo', "`foo' unsupported protocol"],
    ['-X', "unknown option `-X'"],
    ['-L --dport 2', "unknown option `--dport'"],
    ['-L foo', "unknown type `foo'"],
    ['-L -D', 'Invalid commands combination'],
    ['-L -s foo', "Invalid IP address `foo'"],
    ['-p tcp', "Illegal option `--protonum' with this command"],
    ['-L -e NEW', "Illegal option `--event-mask' with this command"],
    ['-L -p', "option `-p' requires an argument"],
    ['-L -o foo', "Bad parameter `foo'"],
    ['-L -u FOO', "Bad parameter `FOO'"],
    ['-I -p udp -s 1.1.1.1 -d 2.2.2.2 --sport 5 --dport 2', "You need to supply the `--timeout' option for this command"],
  ]
  for (const [words, message] of cases) {
    const line = new CtCommandLine(words.split(' '))
    expect(() => line.parse(), words).toThrow(new CtUsageError(message))
  }
})

test('one line an entry, one an event', () => {
  expect(entryLine(udp, 500_000, PLAIN)).toBe(
    'udp      17 29 src=10.0.0.5 dst=203.0.113.9 sport=4000 dport=53 [UNREPLIED] src=203.0.113.9 dst=203.0.113.1 sport=53 dport=4000 mark=0 use=1',
  )
  expect(entryLine(tcp, 500_000, { ...PLAIN, extended: true, id: true })).toBe(
    'ipv4     2 tcp      6 29 ESTABLISHED src=10.0.0.6 dst=203.0.113.10 sport=5000 dport=80 src=203.0.113.10 dst=203.0.113.1 sport=80 dport=5000 [ASSURED] mark=7 use=1 id=0',
  )
  expect(eventLine('NEW', udp, { nowUs: 0, portid: 0 }, PLAIN)).toBe(
    '    [NEW] udp      17 30 src=10.0.0.5 dst=203.0.113.9 sport=4000 dport=53 [UNREPLIED] src=203.0.113.9 dst=203.0.113.1 sport=53 dport=4000',
  )
  expect(eventLine('DESTROY', udp, { nowUs: 40_000_000, portid: 0 }, PLAIN)).toBe(
    '[DESTROY] udp      17 src=10.0.0.5 dst=203.0.113.9 sport=4000 dport=53 [UNREPLIED] src=203.0.113.9 dst=203.0.113.1 sport=53 dport=4000',
  )
})
