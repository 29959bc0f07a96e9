// Copies a graph of objects: every object that changes once, everything immutable shared, nothing that leads back to the original.

import { Copied } from './copied.js'

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
  shallow(original: object): object
  fill(twin: object, copier: Copier, original: object): void
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
  return new ClassPlan(rules, original, prototype)
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

interface BlankClass {
  new (): Record<string, unknown>
  prototype: object
}

/**
 * A constructor of empty objects with room for fields inside: V8 counts the assignments that it sees here, and takes back what stays
 * unused. Without it twins of large classes would be dictionaries, and slow on the packet path.
 */
function blankClass(prototype: object): BlankClass {
  const Blank = function (this: Record<string, unknown>, isNever?: boolean): void {
    if (isNever === true)
      this.a =
        this.b =
        this.c =
        this.d =
        this.e =
        this.f =
        this.g =
        this.h =
        this.i =
        this.j =
        this.k =
        this.l =
        this.m =
        this.n =
        this.o =
        this.p =
        this.q =
        this.r =
        this.s =
        this.t =
        this.u =
        this.v =
        this.a1 =
        this.b1 =
        this.c1 =
        this.d1 =
        this.e1 =
        this.f1 =
        this.g1 =
        this.h1 =
        this.i1 =
        this.j1 =
        this.k1 =
        this.l1 =
        this.m1 =
        this.n1 =
        this.o1 =
        this.p1 =
        this.q1 =
        this.r1 =
        this.s1 =
        this.t1 =
        this.u1 =
        this.v1 =
        this.a2 =
        this.b2 =
        this.c2 =
        this.d2 =
        this.e2 =
        this.f2 =
        this.g2 =
        this.h2 =
        this.i2 =
        this.j2 =
        this.k2 =
        this.l2 =
        this.m2 =
        this.n2 =
        this.o2 =
        this.p2 =
        this.q2 =
        this.r2 =
        this.s2 =
        this.t2 =
          0
  }
  Blank.prototype = prototype
  return Blank as unknown as BlankClass
}

/** Makes empty objects of a class: as its own constructor does where that can be, by a constructor of ours else. */
function blankOf(prototype: object): () => Record<string, unknown> {
  if (prototype instanceof Copied) {
    const made = prototype.constructor
    return () => Reflect.construct(Copied, NO_ARGUMENTS, made) as unknown as Record<string, unknown>
  }
  const Blank = blankClass(prototype)
  return () => new Blank()
}

const NO_ARGUMENTS: readonly [] = []

/** Of this many objects on, in all copies together, a class is worth functions of its own: to make them costs the first copies more than they save. */
const COMPILED_FROM = 4000

type Assign = (twin: object, original: object) => void

/** All objects of a class have the same fields (a test looks). */
class ClassPlan implements Plan {
  readonly fields: readonly string[]
  readonly finish: ((twin: object) => void) | null
  private readonly isFixed: ((object: object) => boolean) | null
  private readonly blank: () => Record<string, unknown>
  /** Fields that may refer to others, with the rules of those that have one. */
  private readonly loose: readonly string[]
  private readonly ruled: readonly (readonly [string, Exclude<FieldRule, 'share'>])[]
  private count = 0
  private assign: Assign | null = null
  private follow: Plan['fill'] | null = null

  constructor(rules: CopyRules, original: object, prototype: object) {
    this.fields = Object.keys(original)
    this.finish = rules.finisher(prototype)
    this.isFixed = rules.condition(prototype)
    this.blank = blankOf(prototype)
    const ruled: (readonly [string, Exclude<FieldRule, 'share'>])[] = []
    this.loose = this.fields.filter((field) => {
      const rule = rules.fieldRule(prototype, field)
      if (rule !== null && rule !== 'share') ruled.push([field, rule])
      return rule === null
    })
    this.ruled = ruled
  }

  shallow(original: object): object {
    if (this.isFixed?.(original) === true) return original
    const twin = this.blank()
    if (this.assign !== null) this.assign(twin, original)
    else {
      for (const field of this.fields) twin[field] = (original as Record<string, unknown>)[field]
      if (++this.count === COMPILED_FROM) this.compile()
    }
    return twin
  }

  fill(twin: object, copier: Copier, original: object): void {
    if (this.follow !== null) this.follow(twin, copier, original)
    else {
      const record = twin as Record<string, unknown>
      for (const field of this.loose) {
        const value = record[field]
        if (typeof value === 'object') {
          if (value !== null) record[field] = copier.copy(value)
        } else if (typeof value === 'function') throw functionFound(twin.constructor.name, field, value)
      }
    }
    for (const [field, rule] of this.ruled) {
      const record = twin as Record<string, unknown>
      record[field] = rule(record[field], copier, original)
    }
  }

  private compile(): void {
    const name = (field: string): string => `[${JSON.stringify(field)}]`
    const assigned = this.fields.map((field) => `t${name(field)} = o${name(field)}`).join('; ')
    const followed = this.loose.map((field) => {
      const at = `t${name(field)}`
      const found = `functionFound(t.constructor.name, ${JSON.stringify(field)}, v)`
      return `v = ${at}; if (typeof v === 'object') { if (v !== null) ${at} = c.copy(v) } else if (typeof v === 'function') throw ${found}`
    })
    const source = `return [(function assign(t, o) { ${assigned} }), (function follow(t, c) { let v; ${followed.join('\n')} })]`
    const made = new Function('functionFound', source)(functionFound) as [Assign, Plan['fill']]
    this.assign = made[0]
    this.follow = made[1]
  }
}

function functionFound(owner: string, field: string, value: unknown): Error {
  const text = String(value).replace(/\s+/g, ' ').slice(0, 80)
  return new Error(
    `a lab cannot be copied: field ${field} of ${owner} holds a function (${text}). A function may hold on to the original: make it an ` +
      'object with a method, or say in the copy rules what becomes of the field',
  )
}
