// whereis, man, apropos: where commands are and how they are used.

import type { Command } from '../../node/command.js'
import type { Process } from '../../node/process.js'
import { searchPath } from '../../node/program.js'
import { builtins } from '../../shell/builtins/index.js'

export const whereisCommand: Command = {
  name: 'whereis',
  path: '/usr/bin/whereis',
  usage: 'whereis NAME...',
  run: (proc) => {
    for (const name of proc.argv.slice(1).filter((word) => !word.startsWith('-'))) {
      const found = [...new Set(searchPath(proc, name, '/bin:/usr/bin:/sbin:/usr/sbin:/usr/local/bin:/usr/local/sbin'))]
      proc.line(`${name}:${found.map((place) => ` ${place}`).join('')}`)
    }
    return 0
  },
}

function installed(proc: Process, name: string): Command | null {
  const command = proc.machine.commands.get(name)
  return command !== undefined && proc.files.exists(command.path) ? command : null
}

function page(command: Command, hostname: string): string {
  const section = command.path.includes('sbin') ? 8 : 1
  const title = `${command.name.toUpperCase()}(${section})`
  const synopsis = (command.usage ?? command.name)
    .split('\n')
    .map((line) => `       ${line}`)
    .join('\n')
  const sections = [
    `${title}${`netlab on ${hostname}`.padStart(40 + Math.floor(hostname.length / 2)).padEnd(60)}${title}`,
    `NAME\n       ${command.name} - installed as ${command.path}`,
    `SYNOPSIS\n${synopsis}`,
    `NOTES\n       This is netlab's own short page: it names what this machine's ${command.name} understands. What the real\n       one has and netlab lacks is refused with exit code 126. The full manual is on any Linux machine.`,
  ]
  return `${sections.join('\n\n')}\n`
}

async function man(proc: Process): Promise<number> {
  const words = proc.argv.slice(1)
  if (words[0] === '-k') return apropos(proc, words.slice(1))
  const names = words.filter((word) => !/^-|^\d$/.test(word))
  if (names.length === 0) {
    proc.error("What manual page do you want?\nFor example, try 'man man'.")
    return 1
  }
  let code = 0
  for (const name of names) {
    const command = installed(proc, name)
    if (command !== null) await show(proc, page(command, proc.machine.hostname))
    else if (builtins.has(name)) await show(proc, `${name} is part of the shell: try \`help ${name}'\n`)
    else {
      proc.error(`No manual entry for ${name}`)
      code = 16
    }
  }
  return code
}

/** At a terminal through the pager, as man does. */
async function show(proc: Process, text: string): Promise<void> {
  if (!proc.stdout.isTty || installed(proc, 'less') === null) {
    proc.out(text)
    return
  }
  const path = `/tmp/.man-${proc.pid}`
  proc.files.write(path, text)
  try {
    await proc.waitFor(proc.spawn(['less', path]))
  } finally {
    if (proc.files.exists(path)) proc.files.remove(path)
  }
}

function apropos(proc: Process, words: readonly string[]): number {
  const found = [...proc.machine.commands.values()].filter(
    (command) =>
      installed(proc, command.name) !== null &&
      words.some((word) => `${command.name} ${command.usage ?? ''}`.toLowerCase().includes(word.toLowerCase())),
  )
  found.sort((a, b) => (a.name < b.name ? -1 : 1))
  for (const command of found)
    proc.line(
      `${`${command.name} (${command.path.includes('sbin') ? 8 : 1})`.padEnd(20)} - ${(command.usage ?? command.name).split('\n')[0]}`,
    )
  if (found.length === 0) proc.error(`${words.join(' ')}: nothing appropriate.`)
  return found.length === 0 ? 16 : 0
}

export const manCommand: Command = { name: 'man', path: '/usr/bin/man', usage: 'man [SECTION] NAME... | man -k WORD...', run: man }
export const aproposCommand: Command = {
  name: 'apropos',
  path: '/usr/bin/apropos',
  usage: 'apropos WORD...',
  run: (proc) => apropos(proc, proc.argv.slice(1)),
}
