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

/** What netlab's shell has in one state only: why, and what to do instead. */
export const FIXED: Readonly<Partial<Record<OptionName | ShoptName, string>>> = {
  functrace: 'functions do not inherit the traps DEBUG and RETURN',
  ignoreeof: 'Ctrl-D ends the shell',
  notify: 'ended jobs are told before the next prompt',
  posix: 'the shell is bash as it is by default; sh is stricter',
  privileged: 'nothing here runs set-user-id',
  vi: 'the line editor has the keys of emacs',
  lastpipe: 'read from a here-string or <(...) instead',
  autocd: 'use cd',
  checkwinsize: 'the size is always watched',
  cmdhist: 'commands of several lines are one entry',
  histappend: 'history -w writes the list',
  sourcepath: 'give the path',
  interactive_comments: 'a # begins a comment',
  progcomp: 'completion is always on',
  promptvars: 'prompts are always expanded',
}

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
