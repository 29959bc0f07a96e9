// A script's text as lines to run: `@NODE COMMAND`, `@NODE` alone changes the node, `#` starts a comment.

export interface ScriptLine {
  readonly node: string
  readonly command: string
}

/** Lines before any `@NODE` go to `firstNode`. */
export function readScript(text: string, firstNode: string): ScriptLine[] {
  const lines: ScriptLine[] = []
  let node = firstNode
  for (const raw of text.split(/\r?\n/)) {
    const line = raw.trim()
    if (line === '' || line.startsWith('#')) continue
    const match = /^@(\S+)\s*(.*)$/s.exec(line)
    if (match !== null) node = match[1]!
    const command = match === null ? line : match[2]!
    if (command !== '') lines.push({ node, command })
  }
  return lines
}
