// What the commands of the replay use that a machine may lack.
import { innerOf } from './inner-command.js'
import type { ExportPlan, Step } from './plan.js'

/** Rows `KIND NAME USES NODES`. */
export function needsOf(plan: ExportPlan): string[] {
  const uses = new Map<string, { count: number; nodes: Set<string> }>()
  for (const step of plan.replay) {
    if (step.instead !== null) continue
    for (const need of new Set(needsOfStep(step))) {
      const use = uses.get(need) ?? { count: 0, nodes: new Set() }
      use.count++
      use.nodes.add(step.node)
      uses.set(need, use)
    }
  }
  return [...uses].sort().map(([need, { count, nodes }]) => `${need} ${count} ${[...nodes].join(',')}`)
}

/** Programs that bash has itself. */
const BUILTINS = new Set(['echo', 'true', 'false', 'kill', 'printf', 'test', 'cd'])
/** Kinds of devices that a kernel may lack. */
const LINK_KINDS = /\btype (veth|bridge|vxlan|geneve|gre|gretap|ipip|sit|vti|vlan|macvlan|macvtap|ipvlan|dummy|bond|vrf|ifb|team)\b/g

function needsOfStep({ argv, stdin }: Step): string[] {
  const program = innerOf(argv).words[0] ?? 'true'
  const text = argv.join(' ')
  const needs = BUILTINS.has(program) ? [] : [`tool ${program}`]
  if (program === 'ip' || argv[0] === 'bash') for (const match of `${text}\n${stdin}`.matchAll(LINK_KINDS)) needs.push(`link ${match[1]}`)
  if (/^ip6?tables/.test(program)) {
    for (const match of `${text}\n${stdin}`.matchAll(/ -m (\w+)/g)) needs.push(`match ${match[1]}`)
    for (const match of `${text}\n${stdin}`.matchAll(/ -j ([A-Z][A-Z0-9]+)\b(?![-\w])/g))
      if (!VERDICTS.has(match[1]!)) needs.push(`target ${match[1]}`)
    if (/physdev/.test(`${text}\n${stdin}`)) needs.push('bridge-nf iptables')
  }
  return needs
}

const VERDICTS = new Set(['ACCEPT', 'DROP', 'RETURN', 'QUEUE'])
