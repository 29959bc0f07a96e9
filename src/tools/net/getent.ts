// getent: entries of the system's databases as programs get them: names of machines also by DNS.
import { formatIpv4, parseIpv4 } from '../../addr/ipv4.js'
import type { Command } from '../../node/command.js'
import type { Process } from '../../node/process.js'
import { nameOfAddress, resolveHost } from '../../node/resolver.js'

const USAGE = 'getent DATABASE [KEY ...]'
const NOT_FOUND = 2
const CANNOT_LIST = 3

export const getent: Command = { name: 'getent', path: '/usr/bin/getent', usage: USAGE, run }

type Lookup = (proc: Process, key: string) => string | null | Promise<string | null>

interface Database {
  readonly file: string | null
  /** How a line of the file is shown; null: it is none. */
  readonly shown: (line: string) => string | null
  readonly find: Lookup
}

const DATABASES: Readonly<Record<string, Database>> = {
  hosts: { file: '/etc/hosts', shown: hostShown, find: host },
  ahosts: { file: '/etc/hosts', shown: hostShown, find: addresses },
  ahostsv4: { file: '/etc/hosts', shown: hostShown, find: addresses },
  networks: tableOf('/etc/networks', (name, value) => [name, value]),
  services: tableOf('/etc/services', (name, value) => [name, value, value.split('/')[0]!]),
  protocols: tableOf('/etc/protocols', (name, value) => [name, value]),
  passwd: accountsOf('/etc/passwd'),
  group: accountsOf('/etc/group'),
}

async function run(proc: Process): Promise<number> {
  const [name, ...keys] = proc.argv.slice(1)
  if (name === undefined) return refused(proc, 'getent: wrong number of arguments')
  const database = Object.hasOwn(DATABASES, name) ? DATABASES[name]! : null
  if (database === null) return refused(proc, `Unknown database: ${name}`)
  if (keys.length === 0) return all(proc, database)
  let exitCode = 0
  for (const key of keys) {
    const found = await database.find(proc, key)
    if (found === null) exitCode = NOT_FOUND
    else proc.line(found)
  }
  return exitCode
}

function refused(proc: Process, text: string): number {
  proc.writeTo(2, `${text}\nTry \`getent --help' or \`getent --usage' for more information.\n`)
  return 1
}

function all(proc: Process, { file, shown }: Database): number {
  if (file === null) return CANNOT_LIST
  for (const line of linesOf(proc, file)) {
    const text = shown(line)
    if (text !== null) proc.line(text)
  }
  return 0
}

function linesOf(proc: Process, path: string): string[] {
  if (!proc.files.exists(path)) return []
  return proc.files
    .read(path)
    .split('\n')
    .map((line) => line.replace(/#.*/, '').trim())
    .filter((line) => line !== '')
}

// --- machines

function hostShown(line: string): string | null {
  const [address, ...names] = line.split(/\s+/)
  return names.length === 0 ? null : `${address!.padEnd(15)} ${names.join(' ')}`
}

async function host(proc: Process, key: string): Promise<string | null> {
  const lines = linesOf(proc, '/etc/hosts')
  const own = lines.find((line) => line.split(/\s+/).includes(key))
  if (own !== undefined) return hostShown(own)
  const address = parseIpv4(key)
  if (address !== null) {
    const name = await nameOfAddress(proc, address)
    return name === null ? null : hostShown(`${key} ${name}`)
  }
  const found = await resolveHost(proc, key)
  return typeof found === 'string' ? null : hostShown(`${formatIpv4(found.address)} ${found.name}`)
}

async function addresses(proc: Process, key: string): Promise<string | null> {
  const found = await resolveHost(proc, key)
  if (typeof found === 'string') return null
  const address = formatIpv4(found.address).padEnd(15)
  return [`${address} STREAM ${found.name}`, `${address} DGRAM  `, `${address} RAW    `].join('\n')
}

// --- tables

/** Lines with a name, a value and other names; `keys` are what an entry is found by, beside those. */
function tableOf(file: string, keys: (name: string, value: string) => readonly string[]): Database {
  const shown = (line: string): string | null => {
    const [name, value, ...aliases] = line.split(/\s+/)
    return value === undefined ? null : [`${name!.padEnd(21)} ${value}`, ...aliases].join(' ')
  }
  const find = (proc: Process, key: string): string | null => {
    const line = linesOf(proc, file).find((each) => {
      const [name = '', value = '', ...aliases] = each.split(/\s+/)
      return keys(name, value).includes(key) || aliases.includes(key) || key === `${name}/${value.split('/')[1]}`
    })
    return line === undefined ? null : shown(line)
  }
  return { file, shown, find }
}

function accountsOf(file: string): Database {
  const find = (proc: Process, key: string): string | null =>
    linesOf(proc, file).find((line) => {
      const [name, , id] = line.split(':')
      return name === key || id === key
    }) ?? null
  return { file, shown: (line) => line, find }
}
