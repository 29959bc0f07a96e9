// which: where on PATH a command lies (debianutils; Red Hat's says what it looked through).

import type { Command } from '../../node/command.js'
import type { Process } from '../../node/process.js'
import { DEFAULT_PATH, isExecutable, searchPath } from '../../node/program.js'

const WHICH = '/usr/bin/which'

function which(proc: Process): number {
  const words = proc.argv.slice(1)
  const options = words.filter((word) => /^-./.test(word))
  const names = words.filter((word) => !/^-./.test(word))
  const wrong = options.map((option) => option.replace(/^-a*/, '')[0]).find((letter) => letter !== undefined)
  if (wrong !== undefined) {
    proc.error(`Illegal option -${wrong}`)
    proc.line(`Usage: ${WHICH} [-a] args`)
    return 2
  }
  const pathList = proc.env.get('PATH') ?? DEFAULT_PATH
  let code = names.length === 0 ? 1 : 0
  for (const name of names) {
    const found = name.includes('/') ? (isExecutable(proc, name) ? [name] : []) : searchPath(proc, name, pathList)
    for (const path of options.length > 0 ? found : found.slice(0, 1)) proc.line(path)
    if (found.length > 0) continue
    code = 1
    if (proc.machine.image.family === 'redhat') proc.error(`${WHICH}: no ${name} in (${pathList})`)
  }
  return code
}

export const whichCommand: Command = { name: 'which', path: WHICH, usage: 'which [-a] COMMAND...', run: which }
