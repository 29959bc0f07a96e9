// Copies a graph of objects: every object that changes once, everything immutable shared, nothing that leads back to the original.

/** What the copier does with the objects of a class. Without a rule: a new object of the class, its fields copied in turn. */
export type CopyRule =
  /** Never changes once it is made, nor does what it leads to: both graphs have it. */
  | { readonly kind: 'share' }
  /** Belongs to the outside: the copy has null in its place. */
  | { readonly kind: 'cut' }
  /** Made anew by hand: `make` gives the empty twin, `fill` what is in it. */
  | { readonly kind: 'make'; make(original: object, copier: Copier): object; fill(original: object, twin: object, copier: Copier): void }

/** A constructor, abstract or not: what rules are kept by. */
export type AnyClass = abstract new (...args: never[]) => object

export class CopyRules {
  private readonly byPrototype = new Map<object, CopyRule>()
  private readonly functions = new Set<unknown>()

  share(...classes: AnyClass[]): this {
    for (const each of classes) this.byPrototype.set(each.prototype as object, { kind: 'share' })
    return this
  }

  cut(...classes: AnyClass[]): this {
    for (const each of classes) this.byPrototype.set(each.prototype as object, { kind: 'cut' })
    return this
  }

  of(prototype: object): CopyRule | null {
    return this.byPrototype.get(prototype) ?? null
  }

  /** Functions of a module that hold no state of a lab. */
  shareFunctions(...functions: unknown[]): this {
    for (const each of functions) this.functions.add(each)
    return this
  }

  sharesFunction(value: unknown): boolean {
    return this.functions.has(value)
  }
}

export class Copier {
  private readonly twins = new Map<object, object>()
  private readonly unfilled: object[] = []

  constructor(readonly rules: CopyRules) {}

  /** The twin of an object, made when it is first asked for; filled by the time `finish` returns. */
  copy<T extends object>(original: T): T {
    return (this.twins.get(original) ?? original) as T
  }

  finish(): void {
    this.unfilled.length = 0
  }

  /** null: nothing of the copy came from this object. */
  twinOf<T extends object>(original: T): T | null {
    return (this.twins.get(original) as T | undefined) ?? null
  }
}
