// The table that -L prints, and the line that -v echoes.
import { formatIpv4 } from '../../addr/ipv4.js'
import type { PrintContext } from '../../kernel/netfilter/extension.js'
import { protocolName } from '../../kernel/netfilter/protocols.js'
import type { Rule, RuleHeader } from '../../kernel/netfilter/rule.js'
import { maskedText, prefix6Text, targetName } from '../../kernel/netfilter/rule-text.js'
import type { XtRun } from './xtables.js'

export interface ListFormat {
  readonly numeric: boolean
  readonly counters: boolean
  readonly exact: boolean
  readonly lineNumbers: boolean
  /** Packed, without columns: the echo of -v. */
  readonly packed: boolean
}

/** `12K`, right-aligned in its column; numbers up to 99999 stand as they are. */
function count(value: number, format: ListFormat, packed = format.packed): string {
  if (format.exact) return packed ? `${value} ` : `${String(value).padStart(8)} `
  if (value <= 99999) return packed ? `${value} ` : `${String(value).padStart(5)} `
  let shown = value
  for (const unit of ['K', 'M', 'G', 'T']) {
    shown = Math.floor((shown + 500) / 1000)
    if (shown <= 9999 || unit === 'T') return packed ? `${shown}${unit} ` : `${String(shown).padStart(4)}${unit} `
  }
  return ''
}

export interface ChainHead {
  readonly name: string
  readonly policy: string | null
  readonly packets: number
  readonly bytes: number
  readonly references: number
}

export function chainHead(chain: ChainHead, format: ListFormat): string {
  if (chain.policy === null) return `Chain ${chain.name} (${chain.references} references)\n`
  const counters = format.counters ? ` ${count(chain.packets, format, true)}packets, ${count(chain.bytes, format, true)}bytes` : ''
  return `Chain ${chain.name} (policy ${chain.policy}${counters})\n`
}

export function columnHead(format: ListFormat): string {
  let text = format.lineNumbers ? 'num  ' : ''
  if (format.counters) text += format.exact ? `${'pkts'.padStart(8)} ${'bytes'.padStart(10)} ` : ' pkts bytes '
  text += `${'target'.padEnd(9)}  prot opt`
  if (format.counters) text += ` ${'in'.padEnd(6)} ${'out'.padEnd(6)} `
  return `${text} ${'source'.padEnd(19)}  ${'destination'.padEnd(19)} \n`
}

export function ruleLine(rule: Rule, number: number, format: ListFormat, run: XtRun): string {
  const { header } = rule
  const context = run.printContext(format.numeric || format.packed)
  const pad = (text: string, width: number): string => (format.packed ? text : text.padEnd(width))
  let line = format.lineNumbers ? `${String(number).padEnd(4)} ` : ''
  if (format.counters && !format.packed) line += count(rule.packets, format) + count(rule.bytes, format)
  line += `${pad(shownTarget(rule, run), 9)} ${header.invProtocol ? '!' : ' '}${pad(protocolText(header, format, run), 5)}${format.packed ? ' opt ' : ''}`
  line += `${header.fragment && header.invFragment ? '!' : '-'}${header.fragment ? 'f' : '-'} `
  if (format.counters || format.packed) line += deviceColumns(header, format)
  line += addresses(header, format, run)
  if (format.packed) line += '  '
  if (rule.target.kind === 'chain' && rule.target.goto) line += '[goto] '
  return `${line}${extensions(rule, context)}\n`
}

function extensions(rule: Rule, context: PrintContext): string {
  let text = ''
  for (const use of rule.matches) text += use.spec.print(use.params, context)
  if (rule.target.kind === 'extension') text += rule.target.spec.print(rule.target.params, context)
  return text
}

/** Since 1.4.21 NOTRACK is another spelling of CT. */
function shownTarget({ target }: Rule, run: XtRun): string {
  const name = targetName(target)
  return target.kind === 'extension' && name === 'NOTRACK' && run.atLeast('1.6.0') ? 'CT' : name
}

/** The tool's own list; other names are looked up in /etc/protocols, which -n forbids. */
const WELL_KNOWN = new Set([1, 6, 17, 50, 51, 58, 132, 135, 136])

/** 1.8.9 alone prints numbers with -n. */
function protocolText(header: RuleHeader, format: ListFormat, run: XtRun): string {
  const { protocol } = header
  if (format.numeric && !format.packed && run.host.version === '1.8.9') return String(protocol)
  if (protocol === 0) return 'all'
  const name = protocolName(protocol)
  const isKnown = !(format.numeric || format.packed) || WELL_KNOWN.has(protocol)
  return name !== null && isKnown ? name : String(protocol)
}

function deviceColumns(header: RuleHeader, format: ListFormat): string {
  const any = format.numeric || format.packed ? '*' : 'any'
  const name = (dev: string, inverted: boolean): string => `${inverted ? '!' : ''}${dev === '' ? any : dev}`
  const inName = name(header.inDev, header.invIn)
  const outName = name(header.outDev, header.invOut)
  return format.packed ? `in ${inName} out ${outName} ` : ` ${inName.padEnd(6)} ${outName.padEnd(6)} `
}

function addresses(header: RuleHeader, format: ListFormat, run: XtRun): string {
  const [source, destination] = run.family === 6 ? addresses6(header, format) : addresses4(header, format, run)
  const src = format.packed ? `${source} ` : `${source.padEnd(19)} `
  const dst = format.packed ? `-> ${destination}` : `${destination.padEnd(19)} `
  return `${header.invSrc ? '!' : ' '}${src}${header.invDst ? '!' : ' '}${dst}`
}

function addresses4(header: RuleHeader, format: ListFormat, run: XtRun): [string, string] {
  return [address(header.src, header.srcMask, format, run), address(header.dst, header.dstMask, format, run)]
}

function address(value: number, mask: number, format: ListFormat, run: XtRun): string {
  const isNumeric = format.numeric || format.packed
  if (mask === 0) return isNumeric ? '0.0.0.0/0' : 'anywhere'
  const name = isNumeric ? null : run.host.hostName(value)
  return maskedText(name ?? formatIpv4(value), mask)
}

function addresses6(header: RuleHeader, format: ListFormat): [string, string] {
  const any = format.numeric || format.packed ? '::/0' : 'anywhere'
  const text = (prefix: RuleHeader['src6']): string => (prefix === null ? any : prefix6Text(prefix).replace(/\/128$/, ''))
  return [text(header.src6), text(header.dst6)]
}
