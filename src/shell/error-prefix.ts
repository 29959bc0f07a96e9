// What stands before a shell's complaint.

import type { Shell } from './shell.js'

/** `bash: `, `-bash: `, `script.sh: line 3: `, `sh: 1: ` */
export function errorPrefix(shell: Shell): string {
  const { flavour, mode, name, baseName, isInteractive, lineNumber } = shell
  if (flavour === 'ash') return isInteractive ? `-${baseName}: ` : `${name}: ${mode === 'script' ? `line ${lineNumber}: ` : ''}`
  if (flavour === 'dash') return `${name}: ${lineNumber}: `
  if (mode === 'script' || mode === 'command') return `${name}: line ${lineNumber}: `
  return mode === 'interactive' && shell.isLogin ? `-${baseName}: ` : `${baseName}: `
}
