// What `set` and `shopt` switch.

export class ShellOptions {
  allexport = false
  braceexpand = true
  errexit = false
  errtrace = false
  functrace = false
  hashall = true
  histexpand = false
  history = false
  ignoreeof = false
  monitor = false
  noclobber = false
  noexec = false
  noglob = false
  nounset = false
  notify = false
  physical = false
  pipefail = false
  posix = false
  privileged = false
  verbose = false
  vi = false
  emacs = false
  xtrace = false
}

export type OptionName = keyof ShellOptions

export const OPTION_LETTERS: Readonly<Record<string, OptionName>> = {
  a: 'allexport',
  B: 'braceexpand',
  C: 'noclobber',
  e: 'errexit',
  E: 'errtrace',
  f: 'noglob',
  h: 'hashall',
  H: 'histexpand',
  m: 'monitor',
  n: 'noexec',
  P: 'physical',
  T: 'functrace',
  u: 'nounset',
  v: 'verbose',
  x: 'xtrace',
  b: 'notify',
}

export class Shopt {
  dotglob = false
  expand_aliases = false
  extglob = true
  failglob = false
  globstar = false
  nocaseglob = false
  nocasematch = false
  nullglob = false
  lastpipe = false
  autocd = false
  checkwinsize = true
  cmdhist = true
  histappend = false
  sourcepath = true
  interactive_comments = true
  progcomp = true
  promptvars = true
}

export type ShoptName = keyof Shopt

/** The letters of `$-`. */
export function optionLetters(options: ShellOptions, isInteractive: boolean): string {
  const letters = Object.entries(OPTION_LETTERS)
    .filter(([, name]) => options[name])
    .map(([letter]) => letter)
    .sort((a, b) => (a.toLowerCase() === b.toLowerCase() ? (a < b ? 1 : -1) : a.toLowerCase() < b.toLowerCase() ? -1 : 1))
  const lower = letters.filter((letter) => letter >= 'a')
  const upper = letters.filter((letter) => letter < 'a')
  return [...lower, ...(isInteractive ? ['i'] : []), ...upper].join('')
}
