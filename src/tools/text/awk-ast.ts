// The awk program as a tree.

export type Expression =
  | { readonly type: 'number'; readonly value: number }
  | { readonly type: 'string'; readonly value: string }
  | { readonly type: 'regex'; readonly source: string }
  | { readonly type: 'variable'; readonly name: string }
  | { readonly type: 'field'; readonly index: Expression }
  | { readonly type: 'element'; readonly name: string; readonly keys: readonly Expression[] }
  | { readonly type: 'assign'; readonly operator: string; readonly target: Expression; readonly value: Expression }
  | { readonly type: 'ternary'; readonly test: Expression; readonly yes: Expression; readonly no: Expression }
  | { readonly type: 'binary'; readonly operator: string; readonly left: Expression; readonly right: Expression }
  | { readonly type: 'unary'; readonly operator: string; readonly operand: Expression }
  | { readonly type: 'step'; readonly operator: '++' | '--'; readonly isPrefix: boolean; readonly target: Expression }
  | { readonly type: 'match'; readonly isNegated: boolean; readonly left: Expression; readonly right: Expression }
  | { readonly type: 'in'; readonly keys: readonly Expression[]; readonly name: string }
  | { readonly type: 'call'; readonly name: string; readonly args: readonly Expression[] }
  | { readonly type: 'builtin'; readonly name: string; readonly args: readonly Expression[]; readonly hasParens: boolean }
  | {
      readonly type: 'getline'
      readonly kind: 'plain' | 'file' | 'command'
      readonly source: Expression | null
      readonly target: Expression | null
    }
  | { readonly type: 'group'; readonly items: readonly Expression[] }

export type AwkStatement =
  | { readonly type: 'block'; readonly body: readonly AwkStatement[] }
  | { readonly type: 'expression'; readonly value: Expression }
  | {
      readonly type: 'print'
      readonly isFormatted: boolean
      readonly args: readonly Expression[]
      readonly redirect: { readonly operator: string; readonly target: Expression } | null
    }
  | { readonly type: 'if'; readonly test: Expression; readonly yes: AwkStatement; readonly no: AwkStatement | null }
  | { readonly type: 'while'; readonly test: Expression; readonly body: AwkStatement }
  | { readonly type: 'do'; readonly test: Expression; readonly body: AwkStatement }
  | {
      readonly type: 'for'
      readonly init: AwkStatement | null
      readonly test: Expression | null
      readonly update: AwkStatement | null
      readonly body: AwkStatement
    }
  | { readonly type: 'for-in'; readonly variable: string; readonly array: string; readonly body: AwkStatement }
  | { readonly type: 'delete'; readonly name: string; readonly keys: readonly Expression[] | null }
  | { readonly type: 'jump'; readonly kind: 'break' | 'continue' | 'next' | 'nextfile' }
  | { readonly type: 'leave'; readonly kind: 'exit' | 'return'; readonly value: Expression | null }

export interface AwkRule {
  readonly kind: 'begin' | 'end' | 'pattern' | 'range'
  readonly pattern: Expression | null
  readonly until: Expression | null
  /** null: print the record. */
  readonly body: AwkStatement | null
}

export interface AwkFunction {
  readonly name: string
  readonly parameters: readonly string[]
  readonly body: AwkStatement
}

export interface AwkProgram {
  readonly rules: readonly AwkRule[]
  readonly functions: ReadonlyMap<string, AwkFunction>
}
