// History expansion: !!, !n, !-n, !text, !$ and ^old^new.

import type { Shell } from './shell.js'

/** null when the event does not exist (the reason is printed). */
export function expandHistory(shell: Shell, line: string): { line: string; isChanged: boolean } | null {
  if (!shell.options.histexpand) return { line, isChanged: false }
  const last = shell.history[shell.history.length - 1]
  const swap = /^\^([^^]+)\^([^^]*)\^?$/.exec(line)
  if (swap !== null) {
    if (last === undefined || !last.includes(swap[1]!)) return missing(shell, `:s${line}`, 'substitution failed')
    return { line: last.replace(swap[1]!, () => swap[2]!), isChanged: true }
  }
  let out = ''
  let isChanged = false
  let quote: string | null = null
  for (let i = 0; i < line.length; i++) {
    const c = line[i]!
    if (c === '\\') {
      out += line.slice(i, i + 2)
      i++
      continue
    }
    if (c === "'" && quote === null) quote = "'"
    else if (c === "'" && quote === "'") quote = null
    const event = c === '!' && quote === null ? /^!(?:!|\$|\*|-?\d+|[A-Za-z][\w./-]*|\?[^?\s]+\??)/.exec(line.slice(i))?.[0] : undefined
    if (event === undefined) {
      out += c
      continue
    }
    const text = eventText(shell, event)
    if (text === null) return missing(shell, event, 'event not found')
    out += text
    i += event.length - 1
    isChanged = true
  }
  return { line: out, isChanged }
}

function missing(shell: Shell, event: string, what: string): null {
  shell.error(`${event}: ${what}`)
  return null
}

function eventText(shell: Shell, event: string): string | null {
  const { history } = shell
  const last = history[history.length - 1]
  if (event === '!!') return last ?? null
  if (event === '!$') return last?.trim().split(/\s+/).pop() ?? null
  if (event === '!*') return last?.trim().split(/\s+/).slice(1).join(' ') ?? null
  const number = /^!(-?\d+)$/.exec(event)
  if (number !== null) {
    const n = Number(number[1])
    return history[n < 0 ? history.length + n : n - 1] ?? null
  }
  const contains = event.startsWith('!?')
  const text = event.slice(contains ? 2 : 1).replace(/\?$/, '')
  return [...history].reverse().find((line) => (contains ? line.includes(text) : line.startsWith(text))) ?? null
}
