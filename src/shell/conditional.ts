// [[ ... ]]: no splitting, patterns on the right of ==, regular expressions on the right of =~.

import { ShellError } from './control.js'
import { expandPattern, expandSingle } from './expand.js'
import type { TestBinaryExpression, TestExpression, Word } from './parse.js'
import { escapeRegex, matchesPattern } from './pattern.js'
import { translateRegex } from './regex.js'
import type { Shell } from './shell.js'
import { binary, compare, TestError, unary } from './test-expression.js'

export async function conditional(shell: Shell, expression: TestExpression): Promise<number> {
  try {
    return (await evaluate(shell, expression)) ? 0 : 1
  } catch (error) {
    if (!(error instanceof TestError)) throw error
    shell.error(`[[: ${error.message}`)
    return 2
  }
}

async function evaluate(shell: Shell, node: TestExpression): Promise<boolean> {
  switch (node.type) {
    case 'TestGroup':
      return evaluate(shell, node.expression)
    case 'TestNot': {
      const value = await evaluate(shell, node.operand)
      return node.negations.length % 2 === 1 ? !value : value
    }
    case 'TestLogical':
      for (const operand of node.operands) {
        const value = await evaluate(shell, operand)
        if (value !== (node.operator === '&&')) return value
      }
      return node.operator === '&&'
    case 'TestUnary':
      return unary(shell, node.operator, await expandSingle(shell, node.operand)) ?? false
    case 'TestBinary':
      return evaluateBinary(shell, node)
  }
}

async function evaluateBinary(shell: Shell, node: TestBinaryExpression): Promise<boolean> {
  const left = await expandSingle(shell, node.left)
  const { operator } = node
  if (operator === '=' || operator === '==' || operator === '!=') {
    const matches = matchesPattern(left, await expandPattern(shell, node.right), shell.shopt.nocasematch)
    return matches === (operator !== '!=')
  }
  if (operator === '=~') return matchRegex(shell, left, node.right)
  const right = await expandSingle(shell, node.right)
  if (/^-(?:eq|ne|lt|le|gt|ge)$/.test(operator)) return compare(operator, shell.arithmetic(left), shell.arithmetic(right))
  return binary(shell, left, operator, right)
}

async function matchRegex(shell: Shell, text: string, word: Word): Promise<boolean> {
  const source = await regexText(shell, word)
  let regex: RegExp
  try {
    regex = translateRegex(source, 'extended', { ignoreCase: shell.shopt.nocasematch })
  } catch {
    throw new ShellError(`${source}: invalid regular expression`, 2)
  }
  const match = regex.exec(text)
  shell.variables.obtain('BASH_REMATCH').setList(match === null ? [] : match.map((group) => group ?? ''))
  return match !== null
}

/** Quoted parts of the expression are literal text. */
async function regexText(shell: Shell, word: Word): Promise<string> {
  if (word.parts === undefined) return word.text
  let source = ''
  for (const part of word.parts) {
    if (part.type === 'Literal' || part.type === 'Glob' || part.type === 'ExtendedGlob' || part.type === 'BraceExpansion')
      source += part.text
    else {
      const text = await expandSingle(shell, {
        type: 'Word',
        text: part.text,
        value: part.text,
        pos: part.pos,
        end: part.end,
        parts: [part],
      })
      const isQuoted = part.type === 'SingleQuoted' || part.type === 'DoubleQuoted' || part.type === 'AnsiCQuoted'
      source += isQuoted ? escapeRegex(text) : text
    }
  }
  return source
}
