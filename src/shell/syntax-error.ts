// What the shell prints about a line that it cannot parse.

import { ExitShell } from './control.js'
import type { Parsed, SyntaxProblem } from './parse.js'
import type { Shell } from './shell.js'

export function syntaxError(shell: Shell, parsed: Parsed, problem: SyntaxProblem): void {
  shell.lastStatus = 2
  const prefix = prefixOf(shell, problem.line)
  if (shell.flavour === 'ash' || shell.flavour === 'dash') shell.proc.error(`${prefix}${posixText(shell, problem)}`)
  else for (const text of bashTexts(shell, parsed, problem)) shell.proc.error(`${prefix}${text}`)
  if (shell.mode === 'script' || shell.mode === 'command') throw new ExitShell(2)
}

function prefixOf(shell: Shell, line: number): string {
  if (shell.flavour === 'dash') return `${shell.name}: ${line}: `
  if (shell.flavour === 'ash') return shell.isInteractive ? `-${shell.baseName}: ` : `${shell.name}: `
  if (shell.mode === 'command') return `${shell.name}: -c: line ${line}: `
  if (shell.mode === 'script') return `${shell.name}: line ${line}: `
  return shell.errorPrefix()
}

function bashTexts(shell: Shell, parsed: Parsed, problem: SyntaxProblem): string[] {
  switch (problem.kind) {
    case 'quote': {
      const isOld = !shell.proc.machine.image.toolAtLeast('bash', '5.2')
      const first = `unexpected EOF while looking for matching \`${problem.token}'`
      return isOld ? [first, 'syntax error: unexpected end of file'] : [first]
    }
    case 'deep':
      return ['memory exhausted']
    case 'eof':
      return ['syntax error: unexpected end of file']
    case 'token': {
      const text = `syntax error near unexpected token \`${problem.token}'`
      if (shell.mode !== 'script' && shell.mode !== 'command') return [text]
      return [text, `\`${parsed.source.split('\n')[problem.line - 1] ?? ''}'`]
    }
  }
}

function posixText(shell: Shell, problem: SyntaxProblem): string {
  const isDash = shell.flavour === 'dash'
  if (problem.kind === 'quote') return isDash ? 'Syntax error: Unterminated quoted string' : 'syntax error: unterminated quoted string'
  if (problem.kind === 'deep') return isDash ? 'Out of space' : 'out of memory'
  const what = problem.kind === 'eof' ? 'end of file' : problem.token === 'newline' ? 'newline' : `"${problem.token}"`
  return isDash ? `Syntax error: ${what} unexpected` : `syntax error: unexpected ${what}`
}
