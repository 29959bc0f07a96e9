// Runs the syntax tree: lists, pipelines, loops, functions.

import { conditional } from './conditional.js'
import { BreakLoop, ContinueLoop, ShellError } from './control.js'
import { checkErrexit } from './errexit.js'
import { expandPattern, expandSingle, expandWords } from './expand.js'
import type {
  AndOr,
  ArithmeticFor,
  Case,
  CommandNode,
  CompoundList,
  For,
  Function as FunctionNode,
  If,
  Pipeline,
  PipelineNode,
  Redirected,
  Select,
  Statement,
  While,
} from './parse.js'
import { type Parsed, parseShell, type SyntaxProblem } from './parse.js'
import { matchesPattern } from './pattern.js'
import { runInBackground, runPipeline, runSubshell } from './pipeline.js'
import { withRedirections } from './redirect.js'
import type { Shell, ShellFunction } from './shell.js'
import { runSimple } from './simple.js'
import { syntaxError } from './syntax-error.js'

/** Parses and runs a text: a line, a file, the argument of eval. */
export async function runScript(shell: Shell, source: string): Promise<void> {
  const parsed = parseShell(source)
  const { source: outerSource, position: outerPosition } = shell
  shell.source = source
  shell.position = 0
  try {
    const { problem, script } = parsed
    const sound = problem === null ? script.commands : soundStatements(parsed, problem)
    await runStatements(shell, sound)
    if (problem !== null) syntaxError(shell, parsed, problem)
  } finally {
    shell.source = outerSource
    shell.position = outerPosition
  }
}

/** What stands on lines before the faulty one, and so was complete when the shell read it. */
function soundStatements(parsed: Parsed, problem: SyntaxProblem): readonly Statement[] {
  const { script, source } = parsed
  const whole = problem.kind === 'token' ? script.commands : script.commands.slice(0, -1)
  return whole.filter((statement) => source.slice(0, statement.end).split('\n').length < problem.line)
}

export async function runStatements(shell: Shell, statements: readonly Statement[]): Promise<void> {
  for (let i = 0; i < statements.length; i++) {
    // set -n: only the syntax is looked at; a shell at a terminal ignores it.
    if (shell.options.noexec && !shell.isInteractive) return
    const statement = statements[i]!
    const inPlace = shell.mayExecInPlace && i === statements.length - 1
    shell.mayExecInPlace = false
    if (statement.background === true) await runInBackground(shell, statement.command, textOf(shell, statement))
    else {
      shell.mayExecInPlace = inPlace
      await runNode(shell, statement.command)
    }
  }
}

function textOf(shell: Shell, statement: Statement): string {
  return shell.source
    .slice(statement.pos, statement.end)
    .replace(/\s*&\s*$/, '')
    .trim()
}

export async function runNode(shell: Shell, node: PipelineNode | AndOr): Promise<void> {
  if (node.type === 'AndOr') return runAndOr(shell, node)
  if (node.type === 'Pipeline') return runNegatable(shell, node)
  await runCommand(shell, node)
}

async function runAndOr(shell: Shell, node: AndOr): Promise<void> {
  shell.mayExecInPlace = false
  const last = node.commands.length - 1
  for (let i = 0; i <= last; i++) {
    const operator = i === 0 ? null : node.operators[i - 1]
    if (operator === '&&' && shell.lastStatus !== 0) continue
    if (operator === '||' && shell.lastStatus === 0) continue
    if (i < last) await inCondition(shell, () => runNode(shell, node.commands[i]!))
    else await runNode(shell, node.commands[i]!)
  }
}

async function inCondition(shell: Shell, run: () => Promise<void>): Promise<void> {
  shell.conditionDepth++
  try {
    await run()
  } finally {
    shell.conditionDepth--
  }
}

async function runNegatable(shell: Shell, node: Pipeline): Promise<void> {
  const isNegated = node.prefixes.filter((prefix) => prefix.type === 'Negation').length % 2 === 1
  const time = node.prefixes.find((prefix) => prefix.type === 'Time')
  const startedUs = shell.proc.nowUs
  const run = (): Promise<void> => runMembers(shell, node)
  if (isNegated) {
    shell.mayExecInPlace = false
    await inCondition(shell, run)
    shell.lastStatus = shell.lastStatus === 0 ? 1 : 0
  } else {
    if (time !== undefined) shell.mayExecInPlace = false
    await run()
  }
  if (time?.type === 'Time') reportTime(shell, shell.proc.nowUs - startedUs, time.posix !== undefined)
  if (!isNegated && node.commands.length > 1) await checkErrexit(shell)
}

async function runMembers(shell: Shell, node: Pipeline): Promise<void> {
  if (node.commands.length > 1) return runPipeline(shell, node)
  // `time` and `!` by themselves are about nothing, which is done well.
  if (node.commands.length === 0) shell.lastStatus = 0
  else await runCommand(shell, node.commands[0]!)
}

function reportTime(shell: Shell, us: number, isPosix: boolean): void {
  const seconds = us / 1e6
  const text = (s: number): string => (isPosix ? s.toFixed(2) : `${Math.floor(s / 60)}m${(s % 60).toFixed(3)}s`)
  const gap = isPosix ? ' ' : '\t'
  shell.proc.writeTo(
    2,
    `${isPosix ? '' : '\n'}real${gap}${text(seconds)}\nuser${gap}${text(us < 1000 ? 0 : 0.001)}\nsys${gap}${text(us < 1000 ? 0 : 0.001)}\n`,
  )
}

export async function runCommand(shell: Shell, node: CommandNode): Promise<void> {
  await shell.tick()
  shell.position = node.pos
  if (node.type === 'Command') {
    await runSimple(shell, node)
    return
  }
  shell.mayExecInPlace = false
  switch (node.type) {
    case 'Redirected':
      return runRedirected(shell, node)
    case 'Subshell':
      await runSubshell(shell, node)
      return checkErrexit(shell)
    case 'BraceGroup':
      return runList(shell, node.body)
    case 'If':
      return runIf(shell, node)
    case 'While':
      return runWhile(shell, node)
    case 'For':
      return runFor(shell, node)
    case 'ArithmeticFor':
      return runArithmeticFor(shell, node)
    case 'Case':
      return runCase(shell, node)
    case 'Select':
      return runSelect(shell, node)
    case 'Function':
      return defineFunction(shell, node)
    case 'TestCommand':
      shell.lastStatus = await conditional(shell, node.expression)
      return checkErrexit(shell)
    case 'ArithmeticCommand':
      shell.lastStatus = (await shell.arithmeticText(node.body)) === '0' ? 1 : 0
      return checkErrexit(shell)
    case 'Coproc':
      shell.error('coproc: not emulated by netlab (use a background job and a fifo)')
      shell.lastStatus = 126
  }
}

export async function runList(shell: Shell, list: CompoundList): Promise<void> {
  await runStatements(shell, list.commands)
}

async function runRedirected(shell: Shell, node: Redirected): Promise<void> {
  await withRedirections(shell, node.redirects, () => runCommand(shell, node.command))
}

async function runIf(shell: Shell, node: If): Promise<void> {
  // biome-ignore lint/suspicious/noThenProperty: the grammar's own word
  const branches = [{ clause: node.clause, then: node.then }, ...node.elif]
  for (const branch of branches) {
    await inCondition(shell, () => runList(shell, branch.clause))
    if (shell.lastStatus === 0) return runList(shell, branch.then)
  }
  shell.lastStatus = 0
  if (node.else !== undefined) await runList(shell, node.else)
}

/** One turn of a loop; false when the loop ends. */
async function turn(_shell: Shell, body: () => Promise<void>): Promise<boolean> {
  try {
    await body()
    return true
  } catch (error) {
    if (!(error instanceof BreakLoop || error instanceof ContinueLoop)) throw error
    if (--error.levels > 0) throw error
    return error instanceof ContinueLoop
  }
}

async function inLoop(shell: Shell, loop: () => Promise<void>): Promise<void> {
  shell.loopDepth++
  try {
    await loop()
  } finally {
    shell.loopDepth--
  }
}

async function runWhile(shell: Shell, node: While): Promise<void> {
  let status = 0
  await inLoop(shell, async () => {
    for (;;) {
      const goOn = await turn(shell, async () => {
        await shell.tick()
        await inCondition(shell, () => runList(shell, node.clause))
        if ((shell.lastStatus === 0) !== (node.kind === 'while')) throw new BreakLoop(1)
        status = 0
        await runList(shell, node.body)
        status = shell.lastStatus
      })
      if (!goOn) return
    }
  })
  shell.lastStatus = status
}

async function runFor(shell: Shell, node: For): Promise<void> {
  const values = node.wordlist === undefined ? [...shell.positional] : await expandWords(shell, node.wordlist)
  if (!/^[A-Za-z_]\w*$/.test(node.name.value)) throw new ShellError(`\`${node.name.value}': not a valid identifier`)
  shell.lastStatus = 0
  await inLoop(shell, async () => {
    for (const value of values) {
      shell.assign(node.name.value, value)
      if (!(await turn(shell, () => runList(shell, node.body)))) return
    }
  })
}

async function runArithmeticFor(shell: Shell, node: ArithmeticFor): Promise<void> {
  const evaluate = async (part: ArithmeticFor['test']): Promise<string> =>
    part === undefined ? '1' : shell.arithmeticText(shell.source.slice(part.pos, part.end))
  if (node.initialize !== undefined) await evaluate(node.initialize)
  shell.lastStatus = 0
  await inLoop(shell, async () => {
    while ((await evaluate(node.test)) !== '0') {
      if (!(await turn(shell, () => runList(shell, node.body)))) return
      if (node.update !== undefined) await evaluate(node.update)
      await shell.tick()
    }
  })
}

async function runCase(shell: Shell, node: Case): Promise<void> {
  const subject = await expandSingle(shell, node.word)
  shell.lastStatus = 0
  let fallsThrough = false
  for (const item of node.items) {
    let matches = fallsThrough
    for (const word of item.pattern) {
      if (matches) break
      matches = matchesPattern(subject, await expandPattern(shell, word), shell.shopt.nocasematch)
    }
    if (!matches) continue
    await runList(shell, item.body)
    if (item.terminator === ';&') fallsThrough = true
    else if (item.terminator === ';;&') fallsThrough = false
    else return
  }
}

async function runSelect(shell: Shell, node: Select): Promise<void> {
  const values = node.wordlist === undefined ? [...shell.positional] : await expandWords(shell, node.wordlist)
  const menu = values.map((value, index) => `${index + 1}) ${value}\n`).join('')
  await inLoop(shell, async () => {
    for (let isFirst = true; ; isFirst = false) {
      shell.proc.writeTo(2, `${isFirst ? menu : ''}${shell.variables.get('PS3') ?? '#? '}`)
      const line = await shell.proc.input(0)?.readLine()
      if (line === null || line === undefined) return
      shell.assign('REPLY', line)
      shell.assign(node.name.value, values[Number(line.trim()) - 1] ?? '')
      if (!(await turn(shell, () => runList(shell, node.body)))) return
    }
  })
}

function defineFunction(shell: Shell, node: FunctionNode): Promise<void> {
  const source = shell.source
  shell.functions.set(node.name.value, { body: node.body as ShellFunction['body'], source, text: source.slice(node.pos, node.end) })
  shell.lastStatus = 0
  return Promise.resolve()
}
