// Shell arithmetic: 64-bit integers, all operators of C, variables by name.

export interface ArithmeticScope {
  get(name: string, index: string | null): string
  set(name: string, index: string | null, value: string): void
}

export class ArithmeticError extends Error {}

const BINARY: readonly (readonly string[])[] = [
  ['||'],
  ['&&'],
  ['|'],
  ['^'],
  ['&'],
  ['==', '!='],
  ['<=', '>=', '<', '>'],
  ['<<', '>>'],
  ['+', '-'],
  ['*', '/', '%'],
]
const ASSIGN = ['<<=', '>>=', '+=', '-=', '*=', '/=', '%=', '&=', '|=', '^=', '=']
const TOKEN =
  /\s*(<<=|>>=|\*\*|\+\+|--|<<|>>|<=|>=|==|!=|&&|\|\||[-+*/%&|^]=|[-+*/%&|^!~<>=?:(),[\]]|\d+#[0-9a-zA-Z@_]+|0[xX][0-9a-fA-F]+|\d+|[A-Za-z_]\w*)/y
const MAX_DEPTH = 64
/** Parentheses inside each other: more would not fit on the stack here; bash has no limit of its own. */
const MAX_OPEN = 256
/** Values that are expressions again, within one expression: `a=b+b b=c+c ...` doubles with every name. */
const MAX_INNER = 100_000

type Value = { number: bigint; name: string | null; index: string | null }

export function evaluateArithmetic(text: string, scope: ArithmeticScope, depth = 0, inner = { left: MAX_INNER }): bigint {
  if (depth > MAX_DEPTH || inner.left-- < 0)
    throw new ArithmeticError(`${text}: expression recursion level exceeded (error token is "${text}")`)
  if (text.trim() === '') return 0n
  return new Evaluation(text, scope, { depth, inner }).run()
}

class Evaluation {
  private readonly tokens: { text: string; at: number }[] = []
  private position = 0
  /** Above 0 inside a branch not taken: nothing is assigned. */
  private skipping = 0
  private open = 0

  constructor(
    private readonly text: string,
    private readonly scope: ArithmeticScope,
    private readonly nesting: { readonly depth: number; readonly inner: { left: number } },
  ) {
    let at = 0
    while (at < text.length) {
      TOKEN.lastIndex = at
      const match = TOKEN.exec(text)
      if (match === null) {
        if (text.slice(at).trim() === '') break
        throw this.failure('syntax error: operand expected', text.slice(at))
      }
      this.tokens.push({ text: match[1]!, at: TOKEN.lastIndex - match[1]!.length })
      at = TOKEN.lastIndex
    }
  }

  run(): bigint {
    const value = this.comma()
    const rest = this.tokens[this.position]
    if (rest !== undefined) throw this.failure('syntax error in expression', this.text.slice(rest.at))
    return value
  }

  private failure(what: string, token: string): ArithmeticError {
    return new ArithmeticError(`${this.text.trimStart()}: ${what} (error token is "${token}")`)
  }

  private peek(): string | null {
    return this.tokens[this.position]?.text ?? null
  }

  private accept(...wanted: readonly string[]): string | null {
    const token = this.peek()
    if (token === null || !wanted.includes(token)) return null
    this.position++
    return token
  }

  private comma(): bigint {
    let value = this.assignment()
    while (this.accept(',') !== null) value = this.assignment()
    return value
  }

  private assignment(): bigint {
    const start = this.position
    const name = this.peek()
    if (name !== null && /^[A-Za-z_]/.test(name)) {
      this.position++
      const index = this.subscript()
      const operator = this.accept(...ASSIGN)
      if (operator !== null) {
        const right = this.assignment()
        const value = operator === '=' ? right : this.apply(operator.slice(0, -1), this.load(name, index), right)
        this.store(name, index, value)
        return value
      }
    }
    this.position = start
    return this.ternary()
  }

  private ternary(): bigint {
    const test = this.binary(0)
    if (this.accept('?') === null) return test
    const yes = this.branch(test !== 0n, () => this.assignment())
    if (this.accept(':') === null) throw this.failure("`:' expected for conditional expression", this.rest())
    const no = this.branch(test === 0n, () => this.assignment())
    return test !== 0n ? yes : no
  }

  private branch(isTaken: boolean, read: () => bigint): bigint {
    if (!isTaken) this.skipping++
    const value = read()
    if (!isTaken) this.skipping--
    return value
  }

  private binary(level: number): bigint {
    if (level === BINARY.length) return this.power()
    let left = this.binary(level + 1)
    for (;;) {
      const operator = this.accept(...BINARY[level]!)
      if (operator === null) return left
      if (operator === '&&') left = this.branch(left !== 0n, () => this.binary(level + 1)) !== 0n && left !== 0n ? 1n : 0n
      else if (operator === '||') {
        const right = this.branch(left === 0n, () => this.binary(level + 1))
        left = left !== 0n || right !== 0n ? 1n : 0n
      } else left = this.apply(operator, left, this.binary(level + 1))
    }
  }

  private power(): bigint {
    const base = this.unary()
    if (this.accept('**') === null) return base
    const exponent = this.power()
    if (exponent < 0n) throw this.failure('exponent less than 0', this.rest())
    let result = 1n
    let factor = base
    for (let n = exponent; n > 0n; n >>= 1n) {
      if ((n & 1n) === 1n) result = BigInt.asIntN(64, result * factor)
      factor = BigInt.asIntN(64, factor * factor)
    }
    return result
  }

  private unary(): bigint {
    const operator = this.accept('!', '~', '-', '+', '++', '--')
    switch (operator) {
      case null:
        return this.postfix()
      case '!':
        return this.unary() === 0n ? 1n : 0n
      case '~':
        return ~this.unary()
      case '-':
        return BigInt.asIntN(64, -this.unary())
      case '+':
        return this.unary()
      default:
        return this.preStep(operator)
    }
  }

  private preStep(operator: string): bigint {
    const name = this.peek()
    if (name === null || !/^[A-Za-z_]/.test(name)) {
      const value = this.unary()
      return value
    }
    this.position++
    const index = this.subscript()
    const value = this.load(name, index) + (operator === '++' ? 1n : -1n)
    this.store(name, index, value)
    return value
  }

  private postfix(): bigint {
    const value = this.primary()
    if (value.name === null) return value.number
    const operator = this.accept('++', '--')
    if (operator !== null) this.store(value.name, value.index, value.number + (operator === '++' ? 1n : -1n))
    return value.number
  }

  private primary(): Value {
    const token = this.peek()
    if (token === null) throw this.failure('syntax error: operand expected', this.rest())
    this.position++
    if (token === '(') {
      if (++this.open > MAX_OPEN) throw this.failure('expression recursion level exceeded', this.rest())
      const number = this.comma()
      this.open--
      if (this.accept(')') === null) throw this.failure("missing `)'", this.rest())
      return { number, name: null, index: null }
    }
    if (/^\d/.test(token)) return { number: this.literal(token), name: null, index: null }
    if (!/^[A-Za-z_]/.test(token)) {
      this.position--
      throw this.failure('syntax error: operand expected', this.rest())
    }
    const index = this.subscript()
    return { number: this.load(token, index), name: token, index }
  }

  private literal(token: string): bigint {
    const based = /^(\d+)#(.+)$/.exec(token)
    if (based !== null) return this.based(Number(based[1]), based[2]!, token)
    if (/^0[0-7]*$/.test(token)) return BigInt.asIntN(64, BigInt(token === '0' ? 0 : `0o${token.slice(1) || '0'}`))
    if (/^0\d/.test(token)) throw this.tooGreat(token)
    return BigInt.asIntN(64, BigInt(token))
  }

  private tooGreat(token: string): ArithmeticError {
    return new ArithmeticError(`${token}: value too great for base (error token is "${token}")`)
  }

  private based(base: number, digits: string, token: string): bigint {
    const alphabet = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ@_'
    let value = 0n
    for (const digit of base <= 36 ? digits.toLowerCase() : digits) {
      const number = alphabet.indexOf(digit)
      if (number < 0 || number >= base) throw this.tooGreat(token)
      value = BigInt.asIntN(64, value * BigInt(base) + BigInt(number))
    }
    return value
  }

  private subscript(): string | null {
    if (this.peek() !== '[') return null
    const start = this.tokens[this.position]!.at + 1
    let depth = 0
    for (;;) {
      const token = this.tokens[this.position]
      if (token === undefined) throw this.failure('bad array subscript', this.rest())
      this.position++
      if (token.text === '[') depth++
      else if (token.text === ']' && --depth === 0) return this.text.slice(start, token.at)
    }
  }

  private load(name: string, index: string | null): bigint {
    const text = this.scope.get(name, index)
    if (/^-?(?:0|[1-9]\d*)$/.test(text)) return BigInt.asIntN(64, BigInt(text))
    return evaluateArithmetic(text, this.scope, this.nesting.depth + 1, this.nesting.inner)
  }

  private store(name: string, index: string | null, value: bigint): void {
    if (this.skipping === 0) this.scope.set(name, index, String(BigInt.asIntN(64, value)))
  }

  private rest(): string {
    const token = this.tokens[this.position]
    return token === undefined ? this.text.slice(this.tokens[this.tokens.length - 1]?.at ?? 0) : this.text.slice(token.at)
  }

  private apply(operator: string, a: bigint, b: bigint): bigint {
    if ((operator === '/' || operator === '%') && b === 0n) {
      if (this.skipping > 0) return 0n
      throw this.failure('division by 0', this.text.slice(this.tokens[this.position - 1]!.at))
    }
    return BigInt.asIntN(64, compute(operator, a, b))
  }
}

function compute(operator: string, a: bigint, b: bigint): bigint {
  switch (operator) {
    case '+':
      return a + b
    case '-':
      return a - b
    case '*':
      return a * b
    case '/':
      return a / b
    case '%':
      return a % b
    case '<<':
      return a << (b & 63n)
    case '>>':
      return a >> (b & 63n)
    case '&':
      return a & b
    case '|':
      return a | b
    case '^':
      return a ^ b
    case '==':
      return a === b ? 1n : 0n
    case '!=':
      return a !== b ? 1n : 0n
    case '<':
      return a < b ? 1n : 0n
    case '>':
      return a > b ? 1n : 0n
    case '<=':
      return a <= b ? 1n : 0n
    case '>=':
      return a >= b ? 1n : 0n
    default:
      throw new ArithmeticError(`${operator}: unknown operator`)
  }
}
