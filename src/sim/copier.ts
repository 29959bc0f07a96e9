// Copies a graph of objects: every object that changes once, everything immutable shared, nothing that leads back to the original.

/** What becomes of a field of `owner`: `share` keeps the value, a function gives another one; without a rule it is copied. */
export type FieldRule = 'share' | ((value: unknown, copier: Copier, owner: object) => unknown)

/** A constructor, abstract or not: what rules are kept by. */
export type AnyClass = abstract new (...args: never[]) => object

/** What is known about the classes of a graph. A class without rules is copied field by field. */
export class CopyRules {
  private readonly shared = new Set<object>()
  private readonly fieldRules = new Map<object, Readonly<Record<string, FieldRule>>>()
  private readonly finishers = new Map<object, (twin: object) => void>()
  private readonly conditions = new Map<object, (object: object) => boolean>()
  readonly constants = new Set<object>()
  /** Made when the first object of a class is met, and kept: they hold no object. */
  readonly plans = new Map<object, Plan>()

  /** Objects that never change once they are made, nor does what they lead to: both graphs have them. */
  share(...classes: AnyClass[]): this {
    for (const each of classes) this.shared.add(each.prototype as object)
    return this
  }

  /** Those objects of a class never change. */
  shareIf<T extends object>(of: abstract new (...args: never[]) => T, isFixed: (object: T) => boolean): this {
    this.conditions.set(of.prototype as object, isFixed as (object: object) => boolean)
    return this
  }

  /** Objects of modules: tables of functions and the like. */
  shareConstants(...objects: object[]): this {
    for (const each of objects) this.constants.add(each)
    return this
  }

  /** For a class and those derived from it. */
  fields(of: AnyClass, rules: Readonly<Record<string, FieldRule>>): this {
    this.fieldRules.set(of.prototype as object, rules)
    return this
  }

  /** Called with each twin of the class, once the whole copy stands. */
  finish<T extends object>(of: abstract new (...args: never[]) => T, finish: (twin: T) => void): this {
    this.finishers.set(of.prototype as object, finish as (twin: object) => void)
    return this
  }

  isShared(prototype: object): boolean {
    return this.shared.has(prototype)
  }

  fieldRule(prototype: object, field: string): FieldRule | null {
    for (let at: object | null = prototype; at !== null; at = Object.getPrototypeOf(at) as object | null) {
      const rule = this.fieldRules.get(at)?.[field]
      if (rule !== undefined) return rule
    }
    return null
  }

  /** The fields that objects of the class have, if some were copied. */
  fieldsOf(prototype: object): readonly string[] | null {
    return this.plans.get(prototype)?.fields ?? null
  }

  condition(prototype: object): ((object: object) => boolean) | null {
    return this.conditions.get(prototype) ?? null
  }

  finisher(prototype: object): ((twin: object) => void) | null {
    return this.finishers.get(prototype) ?? null
  }
}

/** How objects of one class are copied: first as they are, then what they refer to is replaced. null: they are shared. */
interface Plan {
  /** Of a class; null: a collection or a plain object. */
  readonly fields: readonly string[] | null
  readonly shallow: (original: object) => object
  readonly fill: (twin: object, copier: Copier, original: object) => void
  readonly finish: ((twin: object) => void) | null
}

const SHARED: Plan = { fields: null, shallow: (original) => original, fill: () => {}, finish: null }

/** Rules for fields. */
export const cut = (): null => null

export const emptied = (value: unknown): unknown => (value instanceof Map ? new Map() : value instanceof Set ? new Set() : [])

const nothing = (): void => {}

/** A function that somebody outside is told with. */
export const silenced = (): unknown => nothing

/** A list whose members are all shared. */
export const sliced = (value: unknown): unknown => (value as unknown[]).slice()

/** A set in which functions are listeners from outside. */
export const withoutFunctions = (value: unknown, copier: Copier): unknown => {
  const kept = new Set<object>()
  for (const each of value as Set<unknown>) if (typeof each === 'object' && each !== null) kept.add(copier.copy(each))
  return kept
}

export class Copier {
  private readonly twins = new Map<object, object>()
  private readonly plans: Map<object, Plan>
  // Three stacks side by side: what has a twin whose fields are still those of the original.
  private readonly originals: object[] = []
  private readonly unfilled: object[] = []
  private readonly fillers: Plan[] = []
  private readonly unfinished: object[] = []

  constructor(
    readonly rules: CopyRules,
    /** When the copy is made. */
    readonly nowUs: number,
  ) {
    this.plans = rules.plans
    for (const each of rules.constants) this.twins.set(each, each)
  }

  /** The twin of an object, made when it is first asked for; filled by the time `finish` returns. */
  copy<T extends object>(original: T): T {
    const known = this.twins.get(original)
    return (known ?? this.begin(original)) as T
  }

  private begin(original: object): object {
    const prototype = Object.getPrototypeOf(original) as object
    const plan = this.plans.get(prototype) ?? this.plan(original, prototype)
    if (plan === SHARED) return original
    const twin = plan.shallow(original)
    this.twins.set(original, twin)
    if (twin === original) return twin
    this.originals.push(original)
    this.unfilled.push(twin)
    this.fillers.push(plan)
    if (plan.finish !== null) this.unfinished.push(twin)
    return twin
  }

  private plan(original: object, prototype: object): Plan {
    const plan = this.rules.isShared(prototype) ? SHARED : planFor(this.rules, original, prototype)
    this.plans.set(prototype, plan)
    return plan
  }

  /** For values of any kind. */
  copyValue(value: unknown): unknown {
    if (typeof value === 'object' && value !== null) return this.copy(value)
    if (typeof value === 'function') throw functionFound('a collection', 'member', value)
    return value
  }

  finish(): void {
    const { originals, unfilled, fillers } = this
    while (unfilled.length > 0) fillers.pop()!.fill(unfilled.pop()!, this, originals.pop()!)
    for (const twin of this.unfinished) this.plans.get(Object.getPrototypeOf(twin) as object)!.finish!(twin)
    this.unfinished.length = 0
  }

  /** What stands for an object in the copy: its twin, or itself when it is shared. null: it has no part in the copy. */
  twinOf<T extends object>(original: T): T | null {
    const twin = this.twins.get(original)
    if (twin !== undefined) return twin as T
    return this.rules.isShared(Object.getPrototypeOf(original) as object) ? original : null
  }
}

function planFor(rules: CopyRules, original: object, prototype: object): Plan {
  if (prototype === Object.prototype) return { fields: null, shallow: (plain) => ({ ...plain }), fill: fillPlain, finish: null }
  if (Array.isArray(original)) return { fields: null, shallow: (list) => (list as unknown[]).slice(), fill: fillArray, finish: null }
  if (original instanceof Map) return { fields: null, shallow: () => new Map(), fill: fillMap, finish: null }
  if (original instanceof Set) return { fields: null, shallow: () => new Set(), fill: fillSet, finish: null }
  if (ArrayBuffer.isView(original)) return { fields: null, shallow: (bytes) => (bytes as Uint8Array).slice(), fill: () => {}, finish: null }
  return planForClass(rules, original, prototype)
}

function fillPlain(twin: object, copier: Copier): void {
  const plain = twin as Record<string, unknown>
  for (const key in plain) {
    const value = plain[key]
    if (typeof value === 'object') {
      if (value !== null) plain[key] = copier.copy(value)
    } else if (typeof value === 'function') throw functionFound(`an object {${Object.keys(plain).join(', ')}}`, key, value)
  }
}

function fillArray(twin: object, copier: Copier): void {
  const list = twin as unknown[]
  for (let i = 0; i < list.length; i++) {
    const value = list[i]
    if (typeof value === 'object') {
      if (value !== null) list[i] = copier.copy(value)
    } else if (typeof value === 'function') throw functionFound('an array', String(i), value)
  }
}

function fillMap(twin: object, copier: Copier, original: object): void {
  const map = twin as Map<unknown, unknown>
  for (const [key, value] of original as Map<unknown, unknown>) map.set(copier.copyValue(key), copier.copyValue(value))
}

function fillSet(twin: object, copier: Copier, original: object): void {
  const set = twin as Set<unknown>
  for (const value of original as Set<unknown>) set.add(copier.copyValue(value))
}

interface TwinClass {
  new (original: object): object
  prototype: object
}

/**
 * A class's own functions, compiled: assignments by name keep the twins' fields in the object and in one order, so that the packet path
 * is as fast on twins as on what constructors make. All objects of a class have the same fields (a test looks).
 */
function planForClass(rules: CopyRules, original: object, prototype: object): Plan {
  const fields = Object.keys(original)
  const given: FieldRule[] = []
  const lines = fields.map((field) => {
    const rule = rules.fieldRule(prototype, field)
    if (rule === 'share') return ''
    const at = `t[${JSON.stringify(field)}]`
    if (rule !== null) return `${at} = rules[${given.push(rule) - 1}](${at}, c, o)`
    const found = `functionFound(t.constructor.name, ${JSON.stringify(field)}, v)`
    return `v = ${at}; if (typeof v === 'object') { if (v !== null) ${at} = c.copy(v) } else if (typeof v === 'function') throw ${found}`
  })
  const shallow = fields.map((field) => `this[${JSON.stringify(field)}] = o[${JSON.stringify(field)}]`).join('; ')
  const source = `return [function Twin(o) { ${shallow} }, function fill(t, c, o) { let v; ${lines.filter((line) => line !== '').join('\n')} }]`
  const [Twin, fill] = new Function('rules', 'functionFound', source)(given, functionFound) as [TwinClass, Plan['fill']]
  Twin.prototype = prototype
  const isFixed = rules.condition(prototype)
  return {
    fields,
    shallow: isFixed === null ? (each) => new Twin(each) : (each) => (isFixed(each) ? each : new Twin(each)),
    fill,
    finish: rules.finisher(prototype),
  }
}

function functionFound(owner: string, field: string, value: unknown): Error {
  const text = String(value).replace(/\s+/g, ' ').slice(0, 80)
  return new Error(
    `a lab cannot be copied: field ${field} of ${owner} holds a function (${text}). A function may hold on to the original: make it an ` +
      'object with a method, or say in the copy rules what becomes of the field',
  )
}
