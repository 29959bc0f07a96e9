// The options that cliff gives every command which lists or shows.
import type { Argument } from '../../../grammar/argparse.js'
import { integerArgument } from '../../../grammar/argparse.js'
import { type ClientRelease, isModernRelease } from './release.js'

const OUTPUT = 'output formatters'

/** Texts under the headings of the help. */
export const GROUP_TEXTS: ReadonlyMap<string, string> = new Map([
  [OUTPUT, 'output formatter options'],
  ['shell formatter', 'a format a UNIX shell can parse (variable="value")'],
])

export function listArguments(release: ClientRelease): readonly Argument[] {
  const choices = isModernRelease(release) ? ['csv', 'json', 'table', 'value', 'yaml'] : ['csv', 'table']
  return [
    ...formatArguments(choices),
    ...layoutArguments(release),
    ...csvArguments,
    ...jsonArguments(release),
    ...(isModernRelease(release) ? sortArguments : []),
  ]
}

export function showArguments(release: ClientRelease): readonly Argument[] {
  const choices = isModernRelease(release) ? ['json', 'shell', 'table', 'value', 'yaml'] : ['shell', 'table']
  return [...formatArguments(choices), ...layoutArguments(release), ...shellArguments(release), ...jsonArguments(release)]
}

function formatArguments(choices: readonly string[]): readonly Argument[] {
  return [
    { name: 'formatter', flags: ['-f', '--format'], choices, group: OUTPUT, help: 'the output format, defaults to table' },
    {
      name: 'columns',
      flags: ['-c', '--column'],
      metavar: 'COLUMN',
      action: 'append',
      group: OUTPUT,
      help: 'specify the column(s) to include, can be repeated',
    },
  ]
}

const sortArguments: readonly Argument[] = [
  {
    name: 'sortColumns',
    flags: ['--sort-column'],
    metavar: 'SORT_COLUMN',
    action: 'append',
    group: OUTPUT,
    help: 'specify the column(s) to sort the data (columns specified first have a priority, non-existing columns are ignored), can be repeated',
  },
]

const csvArguments: readonly Argument[] = [
  {
    name: 'quote',
    flags: ['--quote'],
    choices: ['all', 'minimal', 'none', 'nonnumeric'],
    group: 'CSV Formatter',
    help: 'when to include quotes, defaults to nonnumeric',
  },
]

function shellArguments(release: ClientRelease): readonly Argument[] {
  return [
    {
      name: 'variables',
      flags: ['--variable'],
      metavar: 'VARIABLE',
      action: 'append',
      group: 'shell formatter',
      help: 'specify the variable(s) to include, can be repeated',
      isHidden: isModernRelease(release),
    },
    { name: 'prefix', flags: ['--prefix'], group: 'shell formatter', help: 'add a prefix to all variable names' },
  ]
}

function layoutArguments(release: ClientRelease): readonly Argument[] {
  if (!isModernRelease(release)) return []
  return [
    {
      name: 'maxWidth',
      flags: ['--max-width'],
      metavar: '<integer>',
      check: integerArgument(release.python),
      group: 'table formatter',
      help: 'Maximum display width, <1 to disable. You can also use the CLIFF_MAX_TERM_WIDTH environment variable, but the parameter takes precedence.',
    },
    {
      name: 'fitWidth',
      flags: ['--fit-width'],
      action: 'true',
      group: 'table formatter',
      help: 'Fit the table to the display width. Implied if --max-width greater than 0. Set the environment variable CLIFF_FIT_WIDTH=1 to always enable',
    },
    {
      name: 'printEmpty',
      flags: ['--print-empty'],
      action: 'true',
      group: 'table formatter',
      help: 'Print empty table if there is no data to show.',
    },
  ]
}

function jsonArguments(release: ClientRelease): readonly Argument[] {
  if (!isModernRelease(release)) return []
  return [
    { name: 'noindent', flags: ['--noindent'], action: 'true', group: 'json formatter', help: 'whether to disable indenting the JSON' },
  ]
}
