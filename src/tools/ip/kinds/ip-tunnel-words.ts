// The words behind `type gre|gretap|ipip`, and of `ip tunnel`.

import { parseIpv4 } from '../../../addr/ipv4.js'
import { UsageError, type Words, wrongArgument } from '../../../grammar/keyword.js'
import { ownOf } from '../../../grammar/own-of.js'
import type { IpTunnelConfig, IpTunnelMode } from '../../../kernel/dev/ip-tunnel.js'
import { parseU32 } from '../names.js'
import { type IpRun, RunFailed } from '../run.js'

export type GivenTunnel = { -readonly [K in keyof IpTunnelConfig]?: IpTunnelConfig[K] }

export function TUNNEL_USAGE(mode: IpTunnelMode): string {
  const gre = mode === 'ipip' ? '' : '\n\t\t\t[ [no][i|o]seq ]\n\t\t\t[ [i|o]key KEY | no[i|o]key ]\n\t\t\t[ [no][i|o]csum ]'
  return `Usage: ... ${mode.padEnd(9)}[ remote ADDR ]
\t\t\t[ local ADDR ]${gre}
\t\t\t[ ttl TTL ]
\t\t\t[ tos TOS ]
\t\t\t[ [no]pmtudisc ]
\t\t\t[ dev PHYS_DEV ]
\t\t\t[ fwmark MARK ]

Where:	ADDR := { IP_ADDRESS | any }
	TOS  := { NUMBER | inherit }
	TTL  := { 1..255 | inherit }
	KEY  := { DOTTED_QUAD | NUMBER }
	MARK := { 0x0..0xffffffff }`
}

const FLAGS: Readonly<Record<string, GivenTunnel>> = {
  nokey: { inKey: null, outKey: null },
  noikey: { inKey: null },
  nookey: { outKey: null },
  seq: { inSeq: true, outSeq: true },
  noseq: { inSeq: false, outSeq: false },
  iseq: { inSeq: true },
  noiseq: { inSeq: false },
  oseq: { outSeq: true },
  nooseq: { outSeq: false },
  csum: { inCsum: true, outCsum: true },
  nocsum: { inCsum: false, outCsum: false },
  icsum: { inCsum: true },
  noicsum: { inCsum: false },
  ocsum: { outCsum: true },
  noocsum: { outCsum: false },
  pmtudisc: { pmtudisc: true },
  nopmtudisc: { pmtudisc: false },
  'ignore-df': { ignoreDf: true },
  'noignore-df': { ignoreDf: false },
  noencap: {},
}

const NOT_EMULATED = ['external', 'encap', 'encap-sport', 'encap-dport', 'encap-csum', 'encap-remcsum', 'erspan', 'erspan_ver', 'mode']

function address(words: Words): number {
  const word = words.next()
  if (word === 'any') return 0
  const value = parseIpv4(word)
  if (value === null) throw new RunFailed(1, `Error: inet address is expected rather than "${word}".`)
  return value
}

/** A number or a dotted quad. */
export function tunnelKey(words: Words, name: string): number {
  const word = words.next()
  const value = word.includes('.') ? parseIpv4(word) : parseU32(word)
  if (value === null) throw new RunFailed(255, `invalid value for "${name}": "${word}"; it should be an unsigned integer`)
  return value >>> 0
}

export function tunnelTtl(words: Words): number {
  const word = words.next()
  if (word === 'inherit') return 0
  const value = parseU32(word)
  if (value === null) throw wrongArgument(word, 'invalid TTL\n')
  if (value > 255) throw wrongArgument(word, 'TTL must be <= 255\n')
  return value
}

export function tunnelTos(words: Words): number | 'inherit' {
  const word = words.next()
  if (word === 'inherit') return 'inherit'
  const value = parseU32(/^[0-9a-f]{1,2}$/i.test(word) ? `0x${word}` : word)
  if (value === null || value > 255) throw wrongArgument(word, 'bad TOS value')
  return value
}

/** True: it was one of the words that both `ip link` and `ip tunnel` know. */
export function takeTunnelWord(words: Words, given: GivenTunnel, run: IpRun): boolean {
  const word = words.current
  if (ownOf(FLAGS, word) !== undefined) Object.assign(given, ownOf(FLAGS, word))
  else if (word === 'remote') given.remote = address(words)
  else if (word === 'local') given.local = address(words)
  else if (word === 'dev') given.lower = run.needDevice(words.next())
  else if (word === 'ttl' || word === 'hoplimit' || word === 'hlim') given.ttl = tunnelTtl(words)
  else if (word === 'tos' || word === 'tclass' || word === 'dsfield') given.tos = tunnelTos(words)
  else if (word === 'key') given.inKey = given.outKey = tunnelKey(words, 'key')
  else if (word === 'ikey') given.inKey = tunnelKey(words, 'ikey')
  else if (word === 'okey') given.outKey = tunnelKey(words, 'okey')
  else if (word === 'fwmark') given.fwmark = parseU32(words.next()) ?? 0
  else return false
  return true
}

/** Only what was typed. */
export function parseIpTunnel(words: Words, run: IpRun, mode: IpTunnelMode): GivenTunnel {
  const given: GivenTunnel = {}
  for (; !words.isDone; words.advance()) {
    const word = words.current
    const greOnly = mode === 'ipip' && (/^(no)?[io]?(key|seq|csum)$/.test(word) || word.endsWith('ignore-df'))
    if (!greOnly && takeTunnelWord(words, given, run)) continue
    if (!greOnly && NOT_EMULATED.includes(word)) throw new UsageError(`ip: ${mode} ${word}: not emulated by netlab`, 126)
    throw new UsageError(TUNNEL_USAGE(mode), 1)
  }
  return given
}
