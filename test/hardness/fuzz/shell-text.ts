// Shell text by grammar: quotes in expansions in quotes, loops, functions, redirections, here-documents; with bounds on what loops do.
import type { Chance } from './chance.js'
import { character, garbage, value } from './mutate.js'

type Make = (chance: Chance, depth: number) => string

const NAMES = [
  'x',
  'y',
  'a',
  'IFS',
  'PATH',
  'PS4',
  'HOME',
  'n',
  'arr',
  '_',
  'PIPESTATUS',
  'RANDOM',
  'LINENO',
  'BASH_REMATCH',
  'OPTARG',
  'REPLY',
  '1x',
  'x-y',
  'COLUMNS',
  'LC_ALL',
  'TZ',
  'SECONDS',
  'UID',
  'EUID',
  'PPID',
  'BASHPID',
  'FUNCNAME',
  'DIRSTACK',
  'OLDPWD',
  'PWD',
  'HISTSIZE',
]
const SPECIALS = ['$', '!', '?', '#', '@', '*', '-', '0', '1', '9', '10']

const name = (c: Chance): string => c.pick(NAMES)

const EXPANSIONS: readonly Make[] = [
  (c) => `$${name(c)}`,
  (c) => `$${c.pick(SPECIALS)}`,
  (c) => `\${${name(c)}}`,
  (c) => `\${#${name(c)}}`,
  (c) => `\${!${name(c)}${c.pick(['', '*', '@', '[@]'])}}`,
  (c, d) => `\${${name(c)}${c.pick([':-', '-', ':=', '=', ':+', '+', ':?', '?'])}${word(c, d + 1)}}`,
  (c, d) =>
    `\${${name(c)}${c.pick(['#', '##', '%', '%%', '/', '//', '/#', '/%', '^', '^^', ',', ',,', '~'])}${pattern(c, d + 1)}${c.percent(30) ? `/${word(c, d + 1)}` : ''}}`,
  (c) => `\${${name(c)}:${c.number()}${c.percent(50) ? `:${c.number()}` : ''}}`,
  (c) => `\${${name(c)}[${c.pick(['@', '*', '0', '-1', 'x', String(c.number())])}]}`,
  (c) => `\${${name(c)}@${c.pick(['Q', 'E', 'P', 'A', 'U', 'L', 'a', 'K', 'z'])}}`,
  (c, d) => `$((${arithmetic(c, d + 1)}))`,
  (c, d) => `$(${list(c, d + 1)})`,
  (c, d) => `\`${list(c, d + 1).replaceAll('`', '\\`')}\``,
]

export function arithmetic(c: Chance, depth = 0): string {
  if (depth > 3 || c.percent(35))
    return c.pick([String(c.number()), name(c), '0x1f', '08', '2#101', '64#_', '1.5', '', '-5', '9223372036854775807', `${name(c)}[1]`])
  switch (c.below(6)) {
    case 0:
      return `${arithmetic(c, depth + 1)}${c.pick(['+', '-', '*', '/', '%', '**', '<<', '>>', '&', '|', '^', '&&', '||', ',', '<', '==', '!='])}${arithmetic(c, depth + 1)}`
    case 1:
      return `${c.pick(['-', '+', '!', '~', '++', '--'])}${arithmetic(c, depth + 1)}`
    case 2:
      return `${name(c)}${c.pick(['++', '--', '=', '+=', '/=', '%=', '<<=', '**='])}${arithmetic(c, depth + 1)}`
    case 3:
      return `(${arithmetic(c, depth + 1)})`
    case 4:
      return `${arithmetic(c, depth + 1)}?${arithmetic(c, depth + 1)}:${arithmetic(c, depth + 1)}`
    default:
      return EXPANSIONS[c.below(8)]!(c, depth + 2)
  }
}

function pattern(c: Chance, depth: number): string {
  return c
    .some(0, 4, () =>
      c.pick([
        '*',
        '?',
        '[a-z]',
        '[!x]',
        '[[:alpha:]]',
        '[',
        ']',
        '[]',
        '[^]a]',
        '@(a|b)',
        '+(x)',
        '!(y)',
        '*(',
        '\\',
        'a',
        '/',
        '.',
        '**',
        word(c, depth + 1),
      ]),
    )
    .join('')
}

export function word(c: Chance, depth = 0): string {
  if (depth > 4) return 'w'
  return c
    .some(1, 3, () => {
      switch (c.below(12)) {
        case 0:
          return `'${garbage(c, c.below(6)).replaceAll("'", '')}'`
        case 1:
          return `"${c.some(0, 3, () => (c.percent(50) ? value(c).replace(/["`$\\]/g, '') : c.pick(EXPANSIONS)(c, depth + 1))).join(' ')}"`
        case 2:
          return `$'${c.pick(['\\n', '\\x41', '\\u4e2d', '\\0', '\\c', "\\'", '\\777', '\\U110000'])}'`
        case 3:
          return `{${c.pick(['a,b', '1..5', '5..1..2', 'a..e', '1..100..7', ',', 'a,{b,c}', '01..10', '1..', 'z..A'])}}`
        case 4:
          return `\\${character(c)}`
        case 5:
          return pattern(c, depth + 1)
        case 6:
          return c.pick(['~', '~root', '~nobody/x', '~+', '~-', '~1'])
        case 7:
        case 8:
          return c.pick(EXPANSIONS)(c, depth + 1)
        default:
          return c.pick(['foo', 'bar', '/tmp', '/etc/passwd', '-n', '--', '10.0.0.1', 'a=b', '1', '0', '='])
      }
    })
    .join('')
}

function redirection(c: Chance, depth: number): string {
  const op = c.pick(['>', '>>', '<', '2>', '2>&1', '>&2', '&>', '<&0', '>|', '<>', '3>&1', '1>&-', '<<<', '9<', '2>>', '{fd}>', '>&'])
  return /[0-9-]$/.test(op)
    ? op
    : `${op} ${c.percent(70) ? c.pick(['/tmp/o', '/dev/null', '/tmp/f', '/proc/self/fd/1', '/nosuch/x', '/dev/tcp/10.0.0.2/80', '""', '/dev/full', '/']) : word(c, depth + 1)}`
}

const BUILTINS = [
  'echo',
  'printf',
  'read',
  'set',
  'shift',
  'export',
  'local',
  'declare',
  'typeset',
  'unset',
  'eval',
  'test',
  '[',
  'let',
  'getopts',
  'trap',
  'type',
  'hash',
  'alias',
  'unalias',
  'cd',
  'pushd',
  'popd',
  'dirs',
  'jobs',
  'wait',
  'kill',
  'ulimit',
  'umask',
  'mapfile',
  'readarray',
  'source',
  '.',
  'return',
  'break',
  'continue',
  'command',
  'builtin',
  'shopt',
  'history',
  'fc',
  'bind',
  'complete',
  'compgen',
  'times',
  'true',
  'false',
  ':',
  'enable',
  'help',
  'disown',
  'bg',
  'fg',
  'suspend',
  'caller',
  'readonly',
]
const OPTIONS = [
  '-a',
  '-A',
  '-e',
  '-r',
  '-p',
  '-n',
  '-i',
  '-x',
  '-u',
  '-o',
  'pipefail',
  '-s',
  '-t',
  '1',
  '-d',
  '-N',
  '2',
  '-v',
  '-f',
  '-F',
  '-l',
  '-c',
  'INT',
  'EXIT',
  'ERR',
  'DEBUG',
  '%1',
  '%%',
  '%s\\n',
  '%d',
  '%b',
  '%q',
  '%(%F)T',
  '%*d',
  '%.3s',
  '%-5x',
  '%c',
  '=~',
  '-eq',
  '-lt',
  '-nt',
  '!',
  ']',
  '(',
  ')',
  '-z',
  'extglob',
  'nullglob',
  'abc:',
]
const PROGRAMS = [
  'cat',
  'grep',
  'sed',
  'awk',
  'sort',
  'uniq',
  'wc',
  'tr',
  'head',
  'tail',
  'cut',
  'xargs',
  'tee',
  'seq',
  'date',
  'ip',
  'ls',
  'find',
  'env',
  'sleep',
  'basename',
  'expr',
  'diff',
  'nl',
  'bash -c',
  'sh -c',
  'rev',
  'od',
  'xxd',
  'timeout 1',
  'nohup',
  'ping -c1 -W1',
  'id',
  'ps',
  'nosuch',
]

function simple(c: Chance, depth: number): string {
  const before = c.percent(20)
    ? c.some(
        1,
        2,
        () =>
          `${name(c)}${c.pick(['=', '+=', '[1]='])}${c.percent(30) ? `(${word(c, depth + 1)} ${word(c, depth + 1)})` : word(c, depth + 1)}`,
      )
    : []
  const head = c.percent(60) ? c.pick(BUILTINS) : c.pick(PROGRAMS)
  const args = c.some(0, 3, () => (c.percent(40) ? c.pick(OPTIONS) : word(c, depth + 1)))
  const after = c.percent(25) ? [redirection(c, depth)] : []
  return [...before, head, ...args, ...after].join(' ')
}

const COMPOUNDS: readonly Make[] = [
  (c, d) => `if ${list(c, d)}; then ${list(c, d)}; ${c.percent(40) ? `else ${list(c, d)}; ` : ''}fi`,
  (c, d) => `for ${name(c)} in ${word(c, d)} ${word(c, d)}; do ${list(c, d)}; done`,
  (c, d) => `for ((i=0;i<${c.below(5)};i++)); do ${list(c, d)}; done`,
  (c, d) => `n=0; while ((n++<${c.below(5)})); do ${list(c, d)}; done`,
  (c, d) => `until true; do ${list(c, d)}; done`,
  (c, d) => `case ${word(c, d)} in ${pattern(c, d)}) ${list(c, d)};${c.pick([';', ';&', '&;', ';;&'])} *) :;; esac`,
  (c, d) => `{ ${list(c, d)}; }`,
  (c, d) => `( ${list(c, d)} )`,
  (c, d) => `f() { ${list(c, d)}; }; f ${word(c, d)}`,
  (c, d) =>
    `[[ ${c.pick(['-n', '-z', '-f', '!', '-v', ''])} ${word(c, d)} ${c.percent(60) ? `${c.pick(['==', '=~', '!=', '<', '-eq', '&&', '-nt'])} ${word(c, d)}` : ''} ]]`,
  (c, d) => `((${arithmetic(c, d)}))`,
  (c, d) => `cat <<${c.pick(['E', "'E'", '-E', '"E"'])}\n${word(c, d)} $(${simple(c, d)})\nE\n`,
  (c, d) => `cat <(${list(c, d)}) >(${simple(c, d)})`,
  (c, d) => `select v in ${word(c, d)}; do break; done < /dev/null`,
  (c, d) => `time ${simple(c, d)}`,
  (c, d) => `coproc ${simple(c, d)}`,
]

export function list(c: Chance, depth = 0): string {
  return c
    .some(1, depth > 1 ? 1 : 3, () => {
      const one = depth < 4 && c.percent(35) ? c.pick(COMPOUNDS)(c, depth + 1) : simple(c, depth + 1)
      return c.percent(15) && depth < 4 ? `${one} | ${simple(c, depth + 1)}` : one
    })
    .join(c.pick(['; ', ' && ', ' || ', '\n', ' & ', '; ']))
}
