// Shell variables: scalars, indexed and associative arrays, attributes, function scopes.

export class ShellVariable {
  scalar: string | null = null
  indexed: Map<number, string> | null = null
  named: Map<string, string> | null = null
  isExported = false
  isReadonly = false
  isInteger = false
  case: 'upper' | 'lower' | null = null

  copy(): ShellVariable {
    const other = new ShellVariable()
    other.scalar = this.scalar
    other.indexed = this.indexed === null ? null : new Map(this.indexed)
    other.named = this.named === null ? null : new Map(this.named)
    other.isExported = this.isExported
    other.isReadonly = this.isReadonly
    other.isInteger = this.isInteger
    other.case = this.case
    return other
  }

  /** What `$name` gives: element 0 of an array. Null when unset. */
  get value(): string | null {
    if (this.indexed !== null) return this.indexed.get(0) ?? null
    if (this.named !== null) return this.named.get('0') ?? null
    return this.scalar
  }

  set value(text: string) {
    const value = this.case === 'upper' ? text.toUpperCase() : this.case === 'lower' ? text.toLowerCase() : text
    if (this.indexed !== null) this.indexed.set(0, value)
    else if (this.named !== null) this.named.set('0', value)
    else this.scalar = value
  }

  get isArray(): boolean {
    return this.indexed !== null || this.named !== null
  }

  /** All elements in the order of their indices. */
  get values(): string[] {
    if (this.indexed !== null) return this.indices.map((index) => this.indexed!.get(index)!)
    if (this.named !== null) return [...this.named.values()]
    return this.scalar === null ? [] : [this.scalar]
  }

  get keys(): string[] {
    if (this.indexed !== null) return this.indices.map(String)
    if (this.named !== null) return [...this.named.keys()]
    return this.scalar === null ? [] : ['0']
  }

  private get indices(): number[] {
    return [...this.indexed!.keys()].sort((a, b) => a - b)
  }

  setList(values: readonly string[]): void {
    this.scalar = null
    this.indexed = new Map(values.map((value, index) => [index, value]))
  }

  makeIndexed(): Map<number, string> {
    if (this.indexed !== null) return this.indexed
    this.indexed = new Map(this.scalar === null ? [] : [[0, this.scalar]])
    this.scalar = null
    return this.indexed
  }

  makeNamed(): Map<string, string> {
    this.named ??= new Map(this.scalar === null ? [] : [['0', this.scalar]])
    this.scalar = null
    return this.named
  }
}

export class Variables {
  /** Innermost function last; index 0 is global. */
  private readonly scopes: Map<string, ShellVariable>[] = [new Map()]
  private environment: Map<string, string> | null = null

  static fromEnvironment(env: ReadonlyMap<string, string>): Variables {
    const variables = new Variables()
    for (const [name, value] of env) {
      if (!/^[A-Za-z_]\w*$/.test(name)) continue
      const variable = new ShellVariable()
      variable.scalar = value
      variable.isExported = true
      variables.scopes[0]!.set(name, variable)
    }
    return variables
  }

  copy(): Variables {
    const other = new Variables()
    other.scopes.length = 0
    for (const scope of this.scopes) other.scopes.push(new Map([...scope].map(([name, variable]) => [name, variable.copy()])))
    return other
  }

  find(name: string): ShellVariable | null {
    for (let i = this.scopes.length - 1; i >= 0; i--) {
      const variable = this.scopes[i]!.get(name)
      if (variable !== undefined) return variable
    }
    return null
  }

  get(name: string): string | null {
    return this.find(name)?.value ?? null
  }

  /** The variable to assign to: the nearest, or a new global one. */
  obtain(name: string): ShellVariable {
    this.environment = null
    const known = this.find(name)
    if (known !== null) return known
    const variable = new ShellVariable()
    this.scopes[0]!.set(name, variable)
    return variable
  }

  set(name: string, value: string): void {
    this.obtain(name).value = value
  }

  /** A new variable of the innermost function (`local`). */
  declareLocal(name: string): ShellVariable {
    this.environment = null
    const scope = this.scopes[this.scopes.length - 1]!
    const known = scope.get(name)
    if (known !== undefined) return known
    const variable = new ShellVariable()
    scope.set(name, variable)
    return variable
  }

  unset(name: string): void {
    this.environment = null
    for (let i = this.scopes.length - 1; i >= 0; i--) if (this.scopes[i]!.delete(name)) return
  }

  get isInFunction(): boolean {
    return this.scopes.length > 1
  }

  pushScope(): void {
    this.scopes.push(new Map())
  }

  popScope(): void {
    this.environment = null
    this.scopes.pop()
  }

  names(): string[] {
    const names = new Set<string>()
    for (const scope of this.scopes) for (const name of scope.keys()) names.add(name)
    return [...names].sort()
  }

  /** The environment that children get. */
  exported(): Map<string, string> {
    if (this.environment !== null) return this.environment
    const env = new Map<string, string>()
    for (const scope of this.scopes) {
      for (const [name, variable] of scope) if (variable.isExported && variable.value !== null) env.set(name, variable.value)
    }
    this.environment = env
    return env
  }

  /** After changing an attribute of a variable. */
  touched(): void {
    this.environment = null
  }
}
