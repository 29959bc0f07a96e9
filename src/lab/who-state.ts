// Looks for what `lab who` was asked about in a node's state: there a line of a listing becomes the thing itself, in the words of who made it.
import { formatIpv4 } from '../addr/ipv4.js'
import { NodeView } from '../doctor/node-view.js'
import type { Rule } from '../kernel/netfilter/rule.js'
import { maskedText, ruleText, targetName } from '../kernel/netfilter/rule-text.js'
import { TABLE_NAMES } from '../kernel/netfilter/tables.js'
import type { NetNamespace } from '../kernel/netns.js'
import { RTPROT_KERNEL } from '../kernel/route-entry.js'
import type { Machine } from '../node/machine.js'
import type { Flow } from '../ovs/flow.js'
import { parseFlow } from '../ovs/flow-text.js'
import { textContext } from '../ovs/flow-text-error.js'
import { sameMatch } from '../ovs/match.js'
import { isFlow, mentionsPolicy, mentionsRoute, type Subject, subjectOf } from './who-subject.js'

/** One thing in one place. */
export interface Found {
  readonly subject: Subject
  /** Name of its namespace, '' the node's own; null: it belongs to none. */
  readonly netns: string | null
  /** `rule 3 of neutron-l3-agent-snat`, for when no agent typed it. */
  readonly what: string
  /** Who else may have made it, when the state tells: the kernel, a packet. */
  readonly maker: string | null
  /** In full, for the names of objects in it. */
  readonly text: string
}

const PRINT = { numeric: true, atLeast: () => true, serviceName: () => null }

export function findInState(machine: Machine, thing: string, here: NetNamespace): Found[] {
  const text = thing.trim()
  if (isFlow(text)) return flowsLike(machine, text)
  const found = [
    ...listedRules(machine, text),
    ...savedRules(machine, text),
    ...policyRules(machine, text),
    ...routes(machine, text),
    ...neighbours(machine, text),
    ...processes(machine, text),
  ]
  if (found.length > 0) return preferring(found, here)
  return preferring([...names(machine, text), ...addresses(machine, text)], here)
}

/** Of several those in the shell's own namespace. */
function preferring(found: readonly Found[], here: NetNamespace): Found[] {
  const own = found.filter(({ netns }) => netns === here.name)
  return own.length > 0 ? own : [...found]
}

function spaces(machine: Machine): [name: string, netns: NetNamespace][] {
  return [['', machine.kernel.initNetns], ...machine.netnsNames]
}

// --- rules of iptables

interface PlacedRule {
  readonly netns: string
  readonly chain: string
  readonly number: number
  readonly rule: Rule
}

function* allRules(machine: Machine): Generator<PlacedRule> {
  for (const [netns, space] of spaces(machine)) {
    for (const table of TABLE_NAMES) {
      for (const chain of space.netfilter.tables.peek(table)?.chains.values() ?? []) {
        for (const [i, rule] of chain.rules.entries()) yield { netns, chain: chain.name, number: i + 1, rule }
      }
    }
  }
}

function foundRule({ netns, chain, number, rule }: PlacedRule): Found {
  const text = `-A ${chain}${ruleText(rule, PRINT)}`
  return { subject: subjectOf(text), netns, what: `rule ${number} of chain ${chain}: ${text}`, maker: null, text }
}

function savedRules(machine: Machine, text: string): Found[] {
  if (!/^(\[\d+:\d+\] )?-A /.test(text)) return []
  const wanted = subjectOf(text)
  return [...allRules(machine)].map(foundRule).filter((found) => wanted.mentions(found.text))
}

const LISTED =
  /^\s*(?:\d+\s+)?(?:\d+[KMGT]?\s+\d+[KMGT]?\s+)?(\S+)\s+(!?\S+)\s+(?:--|-f|!f)\s+(?:\S+\s+\S+\s+)??(!?(?:anywhere|[\d.]+(?:\/[\d.]+)?))\s+(!?(?:anywhere|[\d.]+(?:\/[\d.]+)?))\s*(.*)$/

/** A line of `iptables -nvL`, with counters and devices or without. */
function listedRules(machine: Machine, text: string): Found[] {
  const found = LISTED.exec(text)
  if (found === null) return []
  const [, target, proto, src, dst, rest = ''] = found
  const everywhere = (word: string): string => word.replace('anywhere', '0.0.0.0/0')
  const wanted = [target, proto, everywhere(src!), everywhere(dst!), rest].join(' ').replace(/\s+/g, ' ').trim()
  return [...allRules(machine)].filter(({ rule }) => listedText(rule) === wanted).map(foundRule)
}

function listedText(rule: Rule): string {
  const { header, target } = rule
  const proto = header.protocol === 0 ? 'all' : (/ -p (\S+)/.exec(ruleText(rule, PRINT))?.[1] ?? String(header.protocol))
  const extras =
    rule.matches.map(({ spec, params }) => spec.print(params, PRINT)).join('') +
    (target.kind === 'extension' ? target.spec.print(target.params, PRINT) : '')
  const address = (value: number, mask: number): string => (mask === 0 ? '0.0.0.0/0' : maskedText(formatIpv4(value), mask))
  const columns = [
    targetName(target),
    `${header.invProtocol ? '!' : ''}${proto}`,
    `${header.invSrc ? '!' : ''}${address(header.src, header.srcMask)}`,
    `${header.invDst ? '!' : ''}${address(header.dst, header.dstMask)}`,
  ]
  return `${columns.join(' ')} ${extras}`.replace(/\s+/g, ' ').trim()
}

// --- flows

function flowsLike(machine: Machine, text: string): Found[] {
  const node = new NodeView(machine)
  const bridges = ['br-int', 'br-tun', 'br-ex', ...[...new Set(machine.agentLog.map(({ argv }) => argv[2] ?? ''))]]
  const found: Found[] = []
  for (const name of new Set(bridges)) {
    const bridge = node.bridge(name)
    if (bridge === null) continue
    const wanted = parsed(text, bridge.vswitch.version)
    if (wanted === null) continue
    for (const flow of bridge.flows()) {
      if (!isMeant(flow, wanted, text)) continue
      const isTheSame = (line: string): boolean => {
        const typed = line.includes('=') ? parsed(line.replace(/^.*?\b(?:add-flow|mod-flows) \S+ /, ''), bridge.vswitch.version) : null
        return typed !== null && (typed.table ?? 0) === flow.table && typed.priority === flow.priority && sameMatch(typed.match, flow.match)
      }
      const actions = node.actions(name, flow)
      const maker =
        flow.hardTimeout > 0 ? `a packet made it, by a learn action; it ends ${flow.hardTimeout} s after the last such packet` : null
      found.push({
        subject: { kind: 'flow', mentions: isTheSame },
        netns: null,
        what: `a flow of ${name}`,
        maker,
        text: `${text} ${actions}`,
      })
    }
  }
  return found
}

function parsed(text: string, version: string): ReturnType<typeof parseFlow> | null {
  try {
    return parseFlow(text.trim(), /actions?=/.test(text) ? 'add' : 'query', textContext(version))
  } catch {
    return null
  }
}

/** With actions it is one flow in full; without, a filter. */
function isMeant(flow: Flow, wanted: ReturnType<typeof parseFlow>, text: string): boolean {
  if (!/actions?=/.test(text)) return (wanted.table === null || wanted.table === flow.table) && subsumesMatch(wanted, flow)
  const hasPriority = /\bpriority=/.test(text)
  return (wanted.table ?? 0) === flow.table && (!hasPriority || wanted.priority === flow.priority) && sameMatch(wanted.match, flow.match)
}

function subsumesMatch(wanted: ReturnType<typeof parseFlow>, flow: Flow): boolean {
  return wanted.match.mask.every(
    (mask, i) => (flow.match.mask[i]! & mask) === mask && ((flow.match.key[i]! ^ wanted.match.key[i]!) & mask) === 0,
  )
}

// --- routing

function policyRules(machine: Machine, text: string): Found[] {
  const number = /^(\d+)(?::\s+(?:from|not)\b.*)?$/.exec(text)?.[1]
  if (number === undefined) return []
  return spaces(machine).flatMap(([netns, space]) =>
    space.rules
      .list()
      .filter((rule) => rule.preference === Number(number))
      .map((rule) => {
        const from = rule.src === null ? 'all' : `${formatIpv4(rule.src.address)}${rule.src.length === 32 ? '' : `/${rule.src.length}`}`
        const maker = rule.protocol === RTPROT_KERNEL ? 'the kernel: every namespace begins with it' : null
        const shown = `${number}: from ${from}${rule.iif === null ? '' : ` iif ${rule.iif}`} lookup ${rule.table}`
        return {
          subject: { kind: 'policy-rule' as const, mentions: (line: string) => mentionsPolicy(line, number) },
          netns,
          what: `policy rule ${shown}`,
          maker,
          text: shown,
        }
      }),
  )
}

function routes(machine: Machine, text: string): Found[] {
  const found =
    /^(?:unicast |local |broadcast |blackhole |unreachable |prohibit )?(default|\d+(?:\.\d+){3}(?:\/\d+)?)\s+(?:via (\S+)\s*)?(?:dev (\S+))?/.exec(
      text,
    )
  if (
    found === null ||
    / (lladdr|FAILED|INCOMPLETE)\b/.test(text) ||
    (found[2] === undefined && found[3] === undefined && !/^(blackhole|unreachable|prohibit)/.test(text))
  )
    return []
  const [, to, via, device] = found
  return spaces(machine).flatMap(([netns, space]) =>
    (space.fib.list(null) ?? [])
      .filter((route) => {
        const hop = route.nexthops[0]
        const dst = route.length === 0 ? 'default' : `${formatIpv4(route.dst)}${route.length === 32 ? '' : `/${route.length}`}`
        return (
          dst === to!.replace(/\/32$/, '') &&
          (via === undefined || (hop?.via != null && formatIpv4(hop.via) === via)) &&
          (device === undefined || hop?.dev?.name === device)
        )
      })
      .map((route) => {
        const own = { to: to!, via: via ?? null, device: device ?? null }
        const isKernels = route.protocol === RTPROT_KERNEL
        const source = route.prefSrc === null ? '' : formatIpv4(route.prefSrc)
        const isAddress = (line: string): boolean =>
          /\baddr(ess)? (add|replace)\b/.test(line) && line.includes(`${source}/`) && (device === undefined || line.includes(device))
        return {
          subject: { kind: 'route' as const, mentions: (line: string) => (isKernels ? isAddress(line) : mentionsRoute(line, own)) },
          netns,
          what: `a route in table ${route.table}`,
          maker: isKernels ? `the kernel, with the address ${source} of ${route.nexthops[0]?.dev?.name ?? 'the device'}` : null,
          text,
        }
      }),
  )
}

function neighbours(machine: Machine, text: string): Found[] {
  const found = /^(\d+(?:\.\d+){3}) dev (\S+) (?:lladdr|FAILED|INCOMPLETE|used)/.exec(text)
  if (found === null) return []
  const [, address, device] = found
  return spaces(machine).flatMap(([netns, space]) => {
    const entry = [...(space.deviceByName(device!)?.neighbours.values() ?? [])].find((one) => formatIpv4(one.address) === address)
    if (entry === undefined) return []
    const maker = entry.state === 'PERMANENT' ? null : 'the kernel, from an ARP message'
    return [{ subject: subjectOf(text), netns, what: `a neighbour of ${device}`, maker, text }]
  })
}

// --- processes, names, addresses

/** A number, a line of ps, or what a program is called. */
function processes(machine: Machine, text: string): Found[] {
  const pid = /^(?:\S+ +)?(\d+)\b(?:\s+\S+.*)?$/.exec(text)?.[1]
  const all = [...machine.processes.values()].filter(({ exitCode }) => exitCode === null)
  const meant = all.filter(
    (proc) => String(proc.pid) === pid || (!/\s/.test(text) && proc.comm === text && ['dnsmasq', 'haproxy'].includes(text)),
  )
  return meant.map((proc) => {
    const words = proc.argv.join(' ')
    const isStart = (line: string): boolean => line.endsWith(words) || line.includes(words.replace(/^\S*\//, ''))
    return {
      subject: { kind: 'process' as const, mentions: isStart },
      netns: null,
      what: `process ${proc.pid}: ${words}`,
      maker: null,
      text: words,
    }
  })
}

function names(machine: Machine, text: string): Found[] {
  const subject = subjectOf(text)
  if (subject.kind !== 'name') return []
  const name = (/^\d+: ([^:@\s]+)[@:]/.exec(text)?.[1] ?? text).replace(/@\S+$/, '')
  const devices = spaces(machine).flatMap(([netns, space]) =>
    space.deviceByName(name) === null
      ? []
      : [
          {
            subject,
            netns: null,
            what: `device ${name}${netns === '' ? '' : ` in ${netns}`}`,
            maker: name === 'lo' ? 'the kernel: every namespace has one' : null,
            text,
          },
        ],
  )
  const namespace = machine.netnsNames.has(name) ? [{ subject, netns: null, what: `namespace ${name}`, maker: null, text }] : []
  const file = text.startsWith('/') && machine.files.exists(text) ? [{ subject, netns: null, what: `file ${text}`, maker: null, text }] : []
  return [...devices, ...namespace, ...file, ...chainsAndSets(machine, name, subject)]
}

function chainsAndSets(machine: Machine, name: string, subject: Subject): Found[] {
  return spaces(machine).flatMap(([netns, space]) => {
    const chain = TABLE_NAMES.find((table) => space.netfilter.tables.peek(table)?.chains.has(name))
    const found = chain === undefined ? [] : [{ subject, netns, what: `chain ${name} of ${chain}`, maker: null, text: name }]
    return space.netfilter.sets.get(name) === null ? found : [...found, { subject, netns, what: `set ${name}`, maker: null, text: name }]
  })
}

function addresses(machine: Machine, text: string): Found[] {
  const subject = subjectOf(text)
  const address = /(\d+(?:\.\d+){3})/.exec(text)?.[1]
  if (subject.kind !== 'address' || address === undefined) return []
  return spaces(machine).flatMap(([netns, space]) =>
    space.devices
      .filter((dev) => dev.addresses.some(({ local }) => formatIpv4(local) === address))
      .map((dev) => ({ subject, netns, what: `an address of ${dev.name}`, maker: null, text: address })),
  )
}
