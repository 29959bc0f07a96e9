// Rules as -S and iptables-save write them: words that can be typed back.
import { formatIpv4, lengthOfMask } from '../../addr/ipv4.js'
import { formatIpv6 } from '../../addr/ipv6.js'
import type { PrintContext } from './extension.js'
import { protocolName } from './protocols.js'
import type { Prefix6, Rule, RuleHeader, RuleTarget } from './rule.js'

/** Everything behind `-A CHAIN`; with counters before the target, as -v -S shows them. */
export function ruleText(rule: Rule, context: PrintContext, withCounters = false): string {
  let text = headerText(rule.header)
  for (const use of rule.matches) text += ` -m ${use.spec.name}${use.spec.save(use.params, context)}`
  if (withCounters) text += ` -c ${rule.packets} ${rule.bytes}`
  return text + targetText(rule, context)
}

/** What a listing shows in its first column. */
export function targetName(target: RuleTarget): string {
  switch (target.kind) {
    case 'none':
      return ''
    case 'standard':
      return target.verdict
    case 'chain':
      return target.chain
    case 'extension':
      return target.spec.name
  }
}

/** An address with its mask as listings write it; `text` is the address or a name for it. */
export function maskedText(text: string, mask: number): string {
  return mask === -1 ? text : `${text}/${lengthOfMask(mask) ?? formatIpv4(mask)}`
}

function headerText(header: RuleHeader): string {
  let text = addressText('-s', header.src, header.srcMask, header.invSrc)
  text += addressText('-d', header.dst, header.dstMask, header.invDst)
  if (header.src6 !== null) text += `${header.invSrc ? ' !' : ''} -s ${prefix6Text(header.src6)}`
  if (header.dst6 !== null) text += `${header.invDst ? ' !' : ''} -d ${prefix6Text(header.dst6)}`
  text += deviceText('-i', header.inDev, header.invIn) + deviceText('-o', header.outDev, header.invOut)
  if (header.protocol !== 0) text += `${header.invProtocol ? ' !' : ''} -p ${protocolName(header.protocol) ?? header.protocol}`
  if (header.fragment) text += `${header.invFragment ? ' !' : ''} -f`
  return text
}

function targetText(rule: Rule, context: PrintContext): string {
  const { target } = rule
  switch (target.kind) {
    case 'none':
      return ''
    case 'standard':
      return ` -j ${target.verdict}`
    case 'chain':
      return ` ${target.goto ? '-g' : '-j'} ${target.chain}`
    case 'extension':
      return ` -j ${target.spec.name}${target.spec.save(target.params, context)}`
  }
}

function addressText(option: string, address: number, mask: number, inverted: boolean): string {
  if (mask === 0 && address === 0 && !inverted) return ''
  const length = lengthOfMask(mask)
  return `${inverted ? ' !' : ''} ${option} ${formatIpv4(address)}/${length === null ? formatIpv4(mask) : length}`
}

/** `-i +` matches every device: it is not written. */
function deviceText(option: string, name: string, inverted: boolean): string {
  return name === '' || name === '+' ? '' : `${inverted ? ' !' : ''} ${option} ${name}`
}

export function prefix6Text(prefix: Prefix6): string {
  let length = 0
  for (let mask = prefix.mask; mask !== 0n; mask &= mask - 1n) length++
  return `${formatIpv6(prefix.address)}/${length}`
}
