// IPv6 prefixes of ip6tables rules as they are typed.
import { parseIpv6 } from '../../addr/ipv6.js'
import type { Prefix6 } from '../../kernel/netfilter/rule.js'
import { badParameter } from '../../kernel/netfilter/xtables-error.js'

const FULL = (1n << 128n) - 1n

export function mask6Of(length: number): bigint {
  return length === 0 ? 0n : (FULL << BigInt(128 - length)) & FULL
}

export function parsePrefix6List(text: string): Prefix6[] {
  return text.split(',').map((part) => {
    const [name = '', lengthText] = part.trim().split('/')
    const address = parseIpv6(name)
    if (address === null) throw badParameter(`host/network \`${name}' not found`)
    const length = lengthText === undefined ? 128 : Number(lengthText)
    if (!Number.isInteger(length) || length < 0 || length > 128) throw badParameter(`invalid mask \`${lengthText}' specified`)
    return { address: address & mask6Of(length), mask: mask6Of(length) }
  })
}
